//! What a test sees of calls, and does to them: journal, faults, minted tokens, codes of authenticator apps,
//! metrics, the console.

use http::{Request, Response};
use serde_json::{Value, json};

use crate::server::{
    ACCOUNT, NOBODY, PASSWORD, Server, authorization, claims, json_of, password_auth, refresh_auth,
    text, with,
};

pub fn control(server: &Server, method: &str, path: &str, body: Value) -> Response<bytes::Bytes> {
    let uri = format!("/_cognitwin/{path}");
    let request = Request::builder().method(method).uri(uri);
    server.send(request.body(body.to_string()).unwrap())
}

pub fn requests(server: &Server, query: &str) -> Vec<Value> {
    let response = server.get(&format!("/_cognitwin/requests{query}"));
    assert_eq!(response.status(), 200);
    json_of(&response).as_array().unwrap().clone()
}

#[track_caller]
fn refuses(server: &Server, method: &str, path: &str, body: Value, status: u16, problem: &str) {
    let response = control(server, method, path, body.clone());
    assert_eq!(
        json_of(&response),
        json!({"error": problem}),
        "{path} {body}"
    );
    assert_eq!(response.status(), status, "{path} {body}");
}

#[test]
fn the_journal_shows_who_asked_what_and_no_secret() {
    let server = Server::new();
    let (pool, client) = server.demo();
    control(&server, "DELETE", "requests", Value::Null);
    server.advance(1000);
    let tokens = server.sign_in(&client, "alice");
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", "wrong"),
        "NotAuthorizedException",
        "Incorrect username or password.",
    );
    let found = requests(&server, "");
    assert_eq!(found.len(), 2);
    let (first, second) = (&found[0], &found[1]);
    assert_eq!(
        first["request"],
        json!({
            "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "alice", "PASSWORD": "***"},
        })
    );
    let result = &first["response"]["AuthenticationResult"];
    assert_eq!(
        (
            &result["AccessToken"],
            &result["IdToken"],
            &result["RefreshToken"]
        ),
        (&json!("***"), &json!("***"), &json!("***"))
    );
    assert_eq!(result["ExpiresIn"], 3600);
    assert_eq!(first["time"], "2026-01-01T00:00:01.5Z");
    assert_eq!(
        (&first["status"], &first["errorType"]),
        (&json!(200), &Value::Null)
    );
    assert_eq!(
        (&first["service"], &first["userPoolId"]),
        (&json!("cognito-idp"), &json!(pool))
    );
    assert_eq!(first["account"], "000000000000");
    assert_eq!(
        (&second["status"], &second["errorType"]),
        (&json!(400), &json!("NotAuthorizedException"))
    );
    let all = json!(found).to_string();
    for secret in [
        PASSWORD,
        "wrong",
        &text(&tokens["AccessToken"]),
        &text(&tokens["RefreshToken"]),
    ] {
        assert!(!all.contains(secret));
    }
    for (query, count) in [
        ("?operation=InitiateAuth", 2),
        ("?operation=SignUp", 0),
        ("?since=2026-01-01T00:00:02Z", 0),
        ("?since=2026-01-01T00:00:01Z", 2),
        ("?account=123456789012", 0),
        (&format!("?userPoolId={pool}"), 2),
    ] {
        assert_eq!(requests(&server, query).len(), count, "{query}");
    }
    refuses(
        &server,
        "GET",
        "requests?user=a",
        Value::Null,
        400,
        "unknown parameter user",
    );
    refuses(
        &server,
        "GET",
        "requests?operation=a&operation=b",
        Value::Null,
        400,
        "operation is given twice",
    );
    refuses(
        &server,
        "GET",
        "requests?since=yesterday",
        Value::Null,
        400,
        "since must be a time such as 2027-01-01T00:00:00Z",
    );
}

#[test]
fn the_journal_has_calls_that_came_to_nothing_and_those_of_sts() {
    let server = Server::new();
    server.call_target(NOBODY, "Nonsense.Do", "{".to_owned());
    server.call_target(
        NOBODY,
        "AWSCognitoIdentityProviderService.SignUp",
        "{\"Password\": \"hidden".to_owned(),
    );
    let sts = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", authorization("test", "us-east-1"))
        .body("Action=GetCallerIdentity&Version=2011-06-15".to_owned());
    let id = text(&json!(
        server.send(sts.unwrap()).headers()["x-amzn-requestid"]
            .to_str()
            .unwrap()
    ));
    let found = requests(&server, "");
    assert_eq!(found.len(), 3);
    assert_eq!(
        (&found[0]["service"], &found[0]["errorType"]),
        (&Value::Null, &json!("UnknownOperationException"))
    );
    assert_eq!(
        found[1]["request"],
        json!({"unreadable": true, "bytes": 20})
    );
    assert_eq!(
        (&found[2]["service"], &found[2]["operation"]),
        (&json!("sts"), &json!("GetCallerIdentity"))
    );
    assert_eq!(found[2]["id"], id);
    assert!(text(&found[2]["response"]).contains("<Account>000000000000</Account>"));
}

#[test]
fn the_next_calls_meet_a_fault_and_then_no_more() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let wanted = json!({
        "operation": "InitiateAuth", "errorType": "TooManyRequestsException", "message": "Slow down", "times": 2,
    });
    let response = control(&server, "POST", "faults", wanted);
    assert_eq!(response.status(), 201);
    let id = text(&json_of(&response)["id"]);
    let meets = |kind: &str, message: &str| {
        let asked = password_auth(&client, "alice", PASSWORD);
        server.refuses_as(NOBODY, "InitiateAuth", asked, kind, message);
    };
    meets("TooManyRequestsException", "Slow down");
    server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    let listed = json_of(&control(&server, "GET", "faults", Value::Null));
    assert_eq!(
        (&listed[0]["id"], &listed[0]["timesLeft"], &listed[0]["met"]),
        (&json!(id), &json!(1), &json!(1))
    );
    meets("TooManyRequestsException", "Slow down");
    server.sign_in(&client, "alice");
    assert_eq!(
        json_of(&control(&server, "GET", "faults", Value::Null)),
        json!([])
    );
    assert_eq!(
        requests(&server, "?operation=InitiateAuth")[0]["errorType"],
        "TooManyRequestsException"
    );

    control(
        &server,
        "POST",
        "faults",
        json!({"operation": "*", "errorType": "ThrottlingException"}),
    );
    meets("ThrottlingException", "Rate exceeded");
    let id = json_of(&control(&server, "GET", "faults", Value::Null))[0]["id"].clone();
    let response = control(
        &server,
        "DELETE",
        &format!("faults/{}", text(&id)),
        Value::Null,
    );
    assert_eq!(response.status(), 204);
    server.sign_in(&client, "alice");
    let problem = format!("there is no fault {}", text(&id));
    refuses(
        &server,
        "DELETE",
        &format!("faults/{}", text(&id)),
        Value::Null,
        404,
        &problem,
    );
}

#[test]
fn a_fault_is_of_a_service_a_pool_an_account_and_a_chance() {
    let server = Server::new();
    let (pool, client) = server.demo();
    for other in [
        json!({"operation": "cognito-identity.*", "errorType": "A"}),
        json!({"operation": "*", "errorType": "B", "account": "123456789012"}),
        json!({"operation": "*", "errorType": "C", "userPoolId": "us-east-1_other"}),
        json!({"operation": "sts.GetCallerIdentity", "errorType": "D", "status": 503}),
    ] {
        assert_eq!(control(&server, "POST", "faults", other).status(), 201);
    }
    server.sign_in(&client, "alice");
    let sts = server.get("/?Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(sts.status(), 503);
    assert!(String::from_utf8_lossy(sts.body()).contains("<Code>D</Code>"));
    control(&server, "DELETE", "faults", Value::Null);
    let mine = json!({
        "operation": "cognito-idp.*", "errorType": "InternalErrorException", "userPoolId": pool, "probability": 0.5,
    });
    control(&server, "POST", "faults", mine);
    let failed = (0..40)
        .filter(|_| {
            let asked = password_auth(&client, "alice", PASSWORD);
            server.call_as(NOBODY, "InitiateAuth", asked).status() == 500
        })
        .count();
    assert!((5..=35).contains(&failed), "{failed}");
}

#[test]
fn a_fault_that_makes_no_sense_is_refused() {
    let server = Server::new();
    for (wanted, problem) in [
        (
            json!({"operation": "Dance", "errorType": "A"}),
            "operation: \"Dance\" is not an operation",
        ),
        (
            json!({"operation": "s3.*", "errorType": "A"}),
            "operation: \"s3.*\" is not an operation",
        ),
        (json!({"operation": "*"}), "errorType or delayMs is wanted"),
        (
            json!({"operation": "*", "delayMs": 1, "status": 500}),
            "status and message belong to an errorType",
        ),
        (
            json!({"operation": "*", "errorType": "A\r\nB"}),
            "errorType: letters, digits and _, 128 at most",
        ),
        (
            json!({"operation": "*", "errorType": "A", "status": 200}),
            "status: 400 to 599",
        ),
        (
            json!({"operation": "*", "errorType": "A", "times": 0}),
            "times: 1 or more",
        ),
        (
            json!({"operation": "*", "errorType": "A", "probability": 0.0}),
            "probability: more than 0, 1 at most",
        ),
        (
            json!({"operation": "*", "delayMs": 60_001}),
            "delayMs: 60000 at most",
        ),
    ] {
        refuses(&server, "POST", "faults", wanted, 400, problem);
    }
    let response = control(
        &server,
        "POST",
        "faults",
        json!({"operation": "*", "delay": 1}),
    );
    assert_eq!(response.status(), 400);
    for _ in 0..100 {
        control(
            &server,
            "POST",
            "faults",
            json!({"operation": "SignUp", "delayMs": 1}),
        );
    }
    let more = json!({"operation": "SignUp", "delayMs": 1});
    refuses(&server, "POST", "faults", more, 400, "100 faults at most");
}

#[test]
fn a_minted_session_is_one_that_was_signed_in() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let wanted = json!({"userPoolId": pool, "clientId": client, "username": "alice"});
    let minted = json_of(&control(&server, "POST", "tokens", wanted.clone()));
    assert_eq!(minted["expiresIn"], 3600);
    let user = server.ok_as(
        NOBODY,
        "GetUser",
        json!({"AccessToken": minted["accessToken"]}),
    );
    assert_eq!(user["Username"], "alice");
    server.ok_as(
        NOBODY,
        "InitiateAuth",
        refresh_auth(&client, &minted["refreshToken"]),
    );

    let mut own = wanted.clone();
    own["scopes"] = json!(["orders/read", "openid"]);
    own["claims"] = json!({"tenant": "t1", "level": 3});
    own["expiresInSeconds"] = json!(60);
    let minted = json_of(&control(&server, "POST", "tokens", own));
    let (access, id) = (claims(&minted["accessToken"]), claims(&minted["idToken"]));
    assert_eq!(access["scope"], "orders/read openid");
    for token in [&access, &id] {
        assert_eq!(
            (&token["tenant"], &token["level"]),
            (&json!("t1"), &json!(3))
        );
        assert_eq!(
            token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(),
            60
        );
    }
    assert_eq!(minted["expiresIn"], 60);

    let with = |name: &str, value: Value| {
        let mut wanted = wanted.clone();
        wanted[name] = value;
        wanted
    };
    for (body, status, problem) in [
        (
            with("userPoolId", json!("us-east-1_none")),
            404,
            "there is no user pool us-east-1_none".to_owned(),
        ),
        (
            with("clientId", json!("none")),
            404,
            format!("{pool} has no client none"),
        ),
        (
            with("username", json!("bob")),
            404,
            format!("{pool} has no user bob"),
        ),
        (
            with("claims", json!({"sub": "x"})),
            400,
            "claims: sub is reserved".to_owned(),
        ),
        (
            with("claims", json!({"cognito:groups": ["x"]})),
            400,
            "claims: cognito:groups is reserved".to_owned(),
        ),
        (
            with("expiresInSeconds", json!(0)),
            400,
            "expiresInSeconds: 1 to 86400".to_owned(),
        ),
        (
            with("scopes", json!(["a b"])),
            400,
            "scopes: 1 to 50, of printable characters without blanks".to_owned(),
        ),
        (
            with("scopes", json!([])),
            400,
            "scopes: 1 to 50, of printable characters without blanks".to_owned(),
        ),
    ] {
        refuses(&server, "POST", "tokens", body, status, &problem);
    }
    server.ok(
        "AdminDisableUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
    );
    refuses(
        &server,
        "POST",
        "tokens",
        wanted,
        400,
        "the user alice is disabled",
    );
}

#[test]
fn the_code_of_an_authenticator_app_lives_by_the_clock() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, json!({}));
    server.user(&pool, "alice", &[]);
    server.ok(
        "SetUserPoolMfaConfig",
        json!({
            "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true},
        }),
    );
    let path = format!("totp?userPoolId={pool}&username=alice");
    refuses(
        &server,
        "GET",
        &path,
        Value::Null,
        404,
        "alice has no software token",
    );
    refuses(
        &server,
        "GET",
        "totp?username=a",
        Value::Null,
        400,
        "userPoolId is missing",
    );
    let access = server.sign_in(&client, "alice")["AccessToken"].clone();
    server.ok_as(
        NOBODY,
        "AssociateSoftwareToken",
        json!({"AccessToken": access}),
    );
    let shown = json_of(&control(&server, "GET", &path, Value::Null));
    assert_eq!(
        (&shown["secondsLeft"], &shown["used"]),
        (&json!(30), &json!(false))
    );
    let verify = json!({"AccessToken": access, "UserCode": shown["code"]});
    server.ok_as(NOBODY, "VerifySoftwareToken", verify);
    let shown = json_of(&control(&server, "GET", &path, Value::Null));
    assert_eq!(shown["used"], true);
    server.advance(29_000);
    let last = json_of(&control(&server, "GET", &path, Value::Null));
    assert_eq!(
        (&last["code"], &last["secondsLeft"]),
        (&shown["code"], &json!(1))
    );
    server.advance(1_000);
    let next = json_of(&control(&server, "GET", &path, Value::Null));
    assert_ne!(next["code"], shown["code"]);
    assert_eq!(next["used"], false);
}

#[test]
fn metrics_count_only_what_is_known() {
    let server = Server::new();
    let (_, client) = server.demo();
    server.sign_in(&client, "alice");
    server.call_target(NOBODY, "Evil.\"}", "{}".to_owned());
    control(
        &server,
        "POST",
        "faults",
        json!({"operation": "GetUser", "errorType": "Invented"}),
    );
    server.call_as(NOBODY, "GetUser", json!({"AccessToken": "a"}));
    let response = server.get("/_cognitwin/metrics");
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = String::from_utf8_lossy(response.body()).into_owned();
    for line in [
        "cognitwin_calls_total{service=\"cognito-idp\",operation=\"InitiateAuth\",error=\"\"} 1",
        "cognitwin_calls_total{service=\"cognito-idp\",operation=\"GetUser\",error=\"other\"} 1",
        "cognitwin_calls_total{service=\"\",operation=\"\",error=\"UnknownOperationException\"} 1",
        "cognitwin_users 1",
        "cognitwin_user_pools 1",
        "cognitwin_user_pool_clients 1",
        "cognitwin_identity_pools 0",
        "cognitwin_messages_total{medium=\"EMAIL\"} 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    assert!(!text.contains("Evil") && !text.contains("Invented"));
}

#[test]
fn the_console_escapes_and_has_no_script() {
    let server = Server::new();
    server.pool(json!({"PoolName": "a+b"}));
    server.call_target(
        NOBODY,
        "AWSCognitoIdentityProviderService.GetUser",
        "{}".to_owned(),
    );
    let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]}));
    let client = server.client(&pool, json!({}));
    let request = json!({
        "ClientId": client, "Username": "<script>alert(1)</script>", "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": "a@example.com"}],
    });
    server.ok_as(NOBODY, "SignUp", request);
    for path in ["/_cognitwin/", "/_cognitwin"] {
        let response = server.get(path);
        assert_eq!(response.status(), 200);
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"));
        let page = String::from_utf8_lossy(response.body()).into_owned();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"));
        assert!(page.contains(&pool) && page.contains("SignUp"));
    }
    let pressed = Request::post("/_cognitwin/").body("advance=3600".to_owned());
    let response = server.send(pressed.unwrap());
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"/_cognitwin/".parse().unwrap())
    );
    let now = json_of(&server.get("/_cognitwin/clock"))["now"].clone();
    assert_eq!(now, "2026-01-01T01:00:00.5Z");
    for form in ["advance=soon", "format=disk"] {
        let pressed = Request::post("/_cognitwin/").body(form.to_owned());
        assert_eq!(server.send(pressed.unwrap()).status(), 400, "{form}");
    }
}

#[test]
fn what_is_not_a_part_of_the_control_api_says_so() {
    let server = Server::new();
    for (method, path) in [
        ("GET", "nonsense"),
        ("PATCH", "clock"),
        ("POST", "requests"),
        ("PUT", "faults"),
        ("GET", "tokens"),
        ("POST", "totp"),
        ("DELETE", "metrics"),
        ("POST", "parity"),
        ("GET", "../health"),
    ] {
        let problem = format!("{method} /_cognitwin/{path} is not a part of the control API");
        refuses(&server, method, path, Value::Null, 404, &problem);
    }
    assert_eq!(requests(&server, ""), Vec::<Value>::new());
}

#[test]
fn a_reset_forgets_calls_and_faults_of_what_it_resets() {
    let server = Server::new();
    let (own, _) = server.demo();
    let other = server.pool(json!({}));
    let about = |pool: &str| {
        server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    };
    let faults = || json_of(&server.get("/_cognitwin/faults"));
    let fault = |more: Value| {
        let wanted = with(json!({"operation": "SignUp", "delayMs": 1}), more);
        let added = control(&server, "POST", "faults", wanted);
        assert_eq!(added.status(), 201);
    };
    let reset = |query: &str| {
        let response = control(&server, "POST", &format!("reset{query}"), Value::Null);
        assert_eq!(response.status(), 204, "{query}");
    };
    about(&own);
    about(&other);
    fault(json!({"account": ACCOUNT}));
    fault(json!({"account": "111122223333"}));
    reset(&format!("?userPoolId={own}"));
    assert!(requests(&server, &format!("?userPoolId={own}")).is_empty());
    assert!(!requests(&server, &format!("?userPoolId={other}")).is_empty());
    assert_eq!(faults().as_array().unwrap().len(), 2);
    reset(&format!("?account={ACCOUNT}"));
    assert!(requests(&server, "").is_empty());
    assert_eq!(faults()[0]["account"], "111122223333");
    assert_eq!(faults().as_array().unwrap().len(), 1);
    server.pool(json!({}));
    reset("");
    assert!(requests(&server, "").is_empty());
    assert_eq!(faults(), json!([]));
}

#[test]
fn a_message_that_travels_keeps_its_account_and_shows_it_to_nobody() {
    let server = Server::new();
    let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]}));
    let client = server.client(&pool, json!({"GenerateSecret": false}));
    let up = json!({
        "ClientId": client, "Username": "carol", "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": "carol@example.com"}],
    });
    server.ok_as(NOBODY, "SignUp", up);
    let second = Server::new();
    let document = server.get("/_cognitwin/snapshot").into_body();
    let put = Request::put("/_cognitwin/snapshot").body(String::from_utf8(document.to_vec()));
    let (head, body) = put.unwrap().into_parts();
    let installed = second.send(Request::from_parts(head, body.unwrap()));
    assert_eq!(installed.status(), 204);
    let messages = |query: &str| json_of(&second.get(&format!("/_cognitwin/messages{query}")));
    let sent = messages("");
    assert_eq!(sent.as_array().unwrap().len(), 1);
    assert_eq!(sent[0].get("account"), None);
    assert_eq!(messages(&format!("?account={ACCOUNT}")), sent);
    let forgotten = control(
        &second,
        "DELETE",
        "messages?account=111122223333",
        json!(""),
    );
    assert_eq!(forgotten.status(), 204);
    assert_eq!(messages(""), sent);
}
