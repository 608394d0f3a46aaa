//! The whole state: written out, put into another server, forgotten, seeded again.

use std::collections::BTreeSet;

use cognitwin::changes::Kind;
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::oauth;
use crate::server::{
    ACCOUNT, Caller, NOBODY, OWNER, PASSWORD, REGION, Server, json_of, password_auth, refresh_auth,
    text, with,
};

pub const ADDRESS: &str = "/_cognitwin/snapshot";
pub const OTHER_ACCOUNT: &str = "111122223333";
pub const OTHER: Caller = Caller {
    region: REGION,
    key: Some(OTHER_ACCOUNT),
};

pub fn snapshot(server: &Server, query: &str) -> String {
    let response = server.get(&format!("{ADDRESS}{query}"));
    assert_eq!(response.status(), 200);
    String::from_utf8(response.body().to_vec()).unwrap()
}

pub fn put(server: &Server, query: &str, document: &str) -> Response<bytes::Bytes> {
    let request = Request::put(format!("{ADDRESS}{query}"));
    server.send(request.body(document.to_owned()).unwrap())
}

#[track_caller]
pub fn install(server: &Server, document: &str) {
    let response = put(server, "", document);
    assert_eq!(
        (json_of(&response), response.status().as_u16()),
        (Value::Null, 204)
    );
}

#[track_caller]
pub fn reset(server: &Server, query: &str) {
    let response = post_reset(server, query);
    assert_eq!(
        (json_of(&response), response.status().as_u16()),
        (Value::Null, 204)
    );
}

pub fn post_reset(server: &Server, query: &str) -> Response<bytes::Bytes> {
    let request = Request::post(format!("/_cognitwin/reset{query}"));
    server.send(request.body(String::new()).unwrap())
}

pub fn error(problem: &str) -> Value {
    json!({"error": problem})
}

/// A server that has some of everything; the tokens of alice.
pub fn everything(server: &Server) -> (String, String, Value) {
    let pool = server.pool(json!({
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["preferred_username"],
        "KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/mrk-1"},
    }));
    let client = server.client(&pool, oauth::app());
    let named = |more: Value| with(json!({"UserPoolId": pool}), more);
    let email = [("email", "alice@example.com"), ("preferred_username", "al")];
    server.user(&pool, "alice", &email);
    let tokens = server.sign_in(&client, "alice");
    oauth::sign_in(server, &client);
    let calls = [
        ("CreateGroup", json!({"GroupName": "admins"})),
        (
            "AdminAddUserToGroup",
            json!({"GroupName": "admins", "Username": "alice"}),
        ),
        (
            "CreateResourceServer",
            json!({"Identifier": "api", "Name": "API"}),
        ),
        ("CreateUserPoolDomain", json!({"Domain": "everything"})),
        (
            "SetUICustomization",
            json!({"CSS": ".logo-customizable {max-width: 60%;}"}),
        ),
        (
            "CreateManagedLoginBranding",
            json!({"ClientId": client, "UseCognitoProvidedValues": true}),
        ),
        (
            "CreateTerms",
            json!({
                "ClientId": client, "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
                "Links": {"cognito:default": "https://example.com"},
            }),
        ),
        ("CreateUserPoolReplica", json!({"RegionName": "eu-west-1"})),
        ("GetSigningCertificate", json!({})),
        (
            "CreateUserImportJob",
            json!({"JobName": "job", "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs"}),
        ),
        (
            "CreateIdentityProvider",
            json!({
                "ProviderName": "Google", "ProviderType": "Google",
                "ProviderDetails": {"client_id": "a", "client_secret": "b", "authorize_scopes": "email"},
            }),
        ),
        (
            "AdminLinkProviderForUser",
            json!({
                "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
                "SourceUser": {
                    "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject",
                    "ProviderAttributeValue": "1",
                },
            }),
        ),
    ];
    for (operation, input) in calls {
        server.ok(operation, named(input));
    }
    let limit = json!({"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserCreation"}});
    server.ok(
        "UpdateProvisionedLimit",
        json!({"LimitDefinition": limit, "RequestedLimitValue": 60}),
    );
    let up = json!({
        "ClientId": client, "Username": "bob", "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": "bob@example.com"}],
    });
    server.ok_as(NOBODY, "SignUp", up);
    for _ in 0..6 {
        server.call_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", "wrong"),
        );
    }
    let identity_pool = server.ok(
        "CreateIdentityPool",
        json!({"IdentityPoolName": "i", "AllowUnauthenticatedIdentities": true}),
    );
    let identity = server.ok_as(
        NOBODY,
        "GetId",
        json!({"IdentityPoolId": identity_pool["IdentityPoolId"]}),
    );
    server.ok_as(
        NOBODY,
        "GetOpenIdToken",
        json!({"IdentityId": identity["IdentityId"]}),
    );
    // What the seeds draw is known once they were applied again.
    let elsewhere = server.pool(json!({}));
    reset(server, &format!("?userPoolId={elsewhere}"));
    (pool, client, tokens)
}

fn kinds(document: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(document).unwrap();
    let rows = document["rows"].as_array().unwrap();
    rows.iter().map(|row| text(&row["kind"])).collect()
}

#[test]
fn every_kind_of_row_travels() {
    let server = Server::new();
    let (_, client, tokens) = everything(&server);
    let document = snapshot(&server, "");
    let all: BTreeSet<_> = Kind::ALL
        .iter()
        .map(|kind| kind.name().to_owned())
        .collect();
    assert_eq!(kinds(&document), all);
    let other = Server::new();
    other.pool(json!({"PoolName": "forgotten"}));
    install(&other, &document);
    assert_eq!(snapshot(&other, ""), document);
    // A wrong password locked her out; the clock that travels lets her in again.
    other.advance(crate::server::HOUR);
    other.sign_in(&client, "alice");
    let refreshed = other.ok_as(
        NOBODY,
        "InitiateAuth",
        refresh_auth(&client, &tokens["RefreshToken"]),
    );
    let token = json!({"AccessToken": refreshed["AuthenticationResult"]["AccessToken"]});
    other.ok_as(NOBODY, "GetUser", token);
}

#[test]
fn a_token_of_one_server_is_good_on_another() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let other = Server::new();
    other.demo();
    install(&other, &snapshot(&server, ""));
    let access = json!({"AccessToken": tokens["AccessToken"]});
    assert_eq!(
        other.ok_as(NOBODY, "GetUser", access.clone())["Username"],
        "alice"
    );
    let jwks = format!("/{pool}/.well-known/jwks.json");
    assert_eq!(json_of(&other.get(&jwks)), json_of(&server.get(&jwks)));
    // A session of a challenge travels, too, and what was revoked stays so.
    server.ok_as(NOBODY, "GlobalSignOut", access.clone());
    install(&other, &snapshot(&server, ""));
    other.refuses_as(
        NOBODY,
        "GetUser",
        access,
        "NotAuthorizedException",
        "Access Token has been revoked",
    );
}

#[test]
fn what_is_under_way_on_one_server_ends_on_another() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, oauth::app());
    server.user(&pool, "alice", &[]);
    let (code, cookie) = oauth::sign_in(&server, &client);
    let temporary = json!({
        "UserPoolId": pool, "Username": "bob", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", temporary);
    let challenge = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "bob", PASSWORD),
    );
    let other = Server::new();
    install(&other, &snapshot(&server, ""));
    // A code is good once on each, as if nobody knew of the other.
    for server in [&server, &other] {
        let (status, tokens) = oauth::exchange(server, &client, &code);
        assert_eq!(status, 200, "{tokens}");
        let again = oauth::exchange(server, &client, &code);
        assert_eq!(again, (400, json!({"error": "invalid_grant"})));
        let refreshed = refresh_auth(&client, &tokens["refresh_token"]);
        server.ok_as(NOBODY, "InitiateAuth", refreshed);
        let code = oauth::let_in(server, &client, &cookie).unwrap();
        assert_eq!(oauth::exchange(server, &client, &code).0, 200);
    }
    let answer = json!({
        "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
        "ChallengeResponses": {"USERNAME": "bob", "NEW_PASSWORD": "N3wPassw0rd!"},
    });
    let answered = other.ok_as(NOBODY, "RespondToAuthChallenge", answer.clone());
    assert!(answered["AuthenticationResult"]["IdToken"].is_string());
    other.refuses_as(
        NOBODY,
        "RespondToAuthChallenge",
        answer,
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    );
}

#[test]
fn a_bad_snapshot_is_refused_and_changes_nothing() {
    let server = Server::new();
    everything(&server);
    let before = snapshot(&server, "");
    let good: Value = serde_json::from_str(&before).unwrap();
    let rows = good["rows"].as_array().unwrap();
    let user = rows.iter().position(|row| row["kind"] == "User").unwrap();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document);
        document.to_string()
    };
    let pool = rows
        .iter()
        .position(|row| row["kind"] == "UserPool")
        .unwrap();
    let cases: [(String, &str); 16] = [
        (
            broken(&|it| it["rows"][user]["place"] = json!(u64::MAX)),
            "no such place",
        ),
        (
            broken(&|it| it["rows"][user]["place"] = json!(-1)),
            "invalid value: integer `-1`, expected u64",
        ),
        (
            broken(&|it| it["rows"][pool]["value"]["scope"]["account"] = json!("1")),
            "this is not its id",
        ),
        (
            broken(&|it| it["rows"][pool]["value"]["scope"]["region"] = json!("eu-west-1")),
            "this is not its id",
        ),
        (
            String::new(),
            "EOF while parsing a value at line 1 column 0",
        ),
        (
            "[]".to_owned(),
            "invalid length 0, expected struct Document",
        ),
        ("{}".to_owned(), "missing field `cognitwinSnapshot`"),
        (broken(&|it| it["more"] = json!(1)), "unknown field `more`"),
        (
            broken(&|it| it["cognitwinSnapshot"] = json!(2)),
            "cognitwinSnapshot: 2 is not a version that this server reads (1)",
        ),
        (
            broken(&|it| it["rows"][user]["kind"] = json!("Nobody")),
            "unknown variant `Nobody`",
        ),
        (
            broken(&|it| it["rows"][user]["more"] = json!("")),
            "unknown field `more`",
        ),
        (
            broken(&|it| it["rows"][user]["value"]["sub"] = json!(1)),
            "value: User alice of us-east-1_",
        ),
        (
            broken(&|it| it["rows"][user]["place"] = json!(0)),
            "there twice, or not where it belongs",
        ),
        (
            broken(&|it| it["rows"][user]["key"] = json!("eve")),
            "there twice, or not where it belongs",
        ),
        (
            broken(&|it| it["rows"][user]["owner"] = json!("us-east-1_x")),
            "there is no such pool",
        ),
        (
            broken(&|it| {
                let row = it["rows"][user].clone();
                it["rows"].as_array_mut().unwrap().push(row);
            }),
            "there twice, or not where it belongs",
        ),
    ];
    for (document, problem) in cases {
        let response = put(&server, "", &document);
        let told = text(&json_of(&response)["error"]);
        assert_eq!(response.status(), 400, "{told}");
        assert!(told.contains(problem), "{told} has no {problem}");
        assert_eq!(snapshot(&server, ""), before);
    }
    let at = format!("rows[{user}]");
    let told = put(
        &server,
        "",
        &broken(&|it| it["rows"][user]["value"] = json!({})),
    );
    assert_eq!(
        json_of(&told),
        error(&format!(
            "{at}.value: User alice of {}: missing field `username` at line 1 column 2",
            text(&rows[user]["owner"])
        ))
    );
}

#[test]
fn every_row_that_is_cut_short_is_refused() {
    let server = Server::new();
    everything(&server);
    let before = snapshot(&server, "");
    let good: Value = serde_json::from_str(&before).unwrap();
    for index in 0..good["rows"].as_array().unwrap().len() {
        for value in [json!(null), json!([]), json!("x"), json!(-1)] {
            let mut document = good.clone();
            if value == document["rows"][index]["value"] {
                continue;
            }
            let kind = text(&document["rows"][index]["kind"]);
            document["rows"][index]["value"] = value.clone();
            let response = put(&server, "", &document.to_string());
            let is_empty_list =
                value == json!([]) && matches!(&*kind, "SealingKeys" | "RefreshTokenKeys");
            assert_eq!(response.status() == 400, !is_empty_list, "{kind} {value}");
            install(&server, &before);
        }
    }
    assert_eq!(snapshot(&server, ""), before);
}

#[test]
fn a_snapshot_is_of_an_account_where_one_is_named() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let other_pool = text(
        &server.ok_as(OTHER, "CreateUserPool", json!({"PoolName": "other"}))["UserPool"]["Id"],
    );
    let of_other = snapshot(&server, &format!("?account={OTHER_ACCOUNT}"));
    assert!(of_other.contains(&other_pool) && !of_other.contains(&pool));
    let of_owner = snapshot(&server, &format!("?account={ACCOUNT}"));
    let target = Server::new();
    let kept = json!({"PoolName": "kept", "UserPoolTags": {"_custom_id_": "us-east-1_kept"}});
    let kept = target.ok_as(OTHER, "CreateUserPool", kept);
    let response = put(&target, &format!("?account={ACCOUNT}"), &of_owner);
    assert_eq!(response.status(), 204, "{:?}", json_of(&response));
    let named = json!({"UserPoolId": kept["UserPool"]["Id"]});
    target.ok_as(OTHER, "DescribeUserPool", named);
    target.ok_as(
        NOBODY,
        "InitiateAuth",
        refresh_auth(&client, &tokens["RefreshToken"]),
    );
    // A whole snapshot brings no more than that account.
    let response = put(
        &target,
        &format!("?account={ACCOUNT}"),
        &snapshot(&server, ""),
    );
    assert_eq!(response.status(), 204);
    let named = json!({"UserPoolId": other_pool});
    let missing = format!("User pool {other_pool} does not exist.");
    target.refuses_as(
        OTHER,
        "DescribeUserPool",
        named,
        "ResourceNotFoundException",
        &missing,
    );
    // What another account has is in the way, and nothing changes.
    let before = snapshot(&server, "");
    let moved = snapshot(&server, "").replace(OTHER_ACCOUNT, "444455556666");
    let response = put(&server, "?account=444455556666", &moved);
    assert_eq!(response.status(), 400);
    assert_eq!(
        json_of(&response),
        error(&format!("the user pool {other_pool} is there already"))
    );
    assert_eq!(snapshot(&server, ""), before);
}

#[test]
fn whoever_works_on_what_was_replaced_ends_without_a_trace() {
    let server = Server::new();
    let (pool, _) = server.demo();
    let old = server.app.store.user_pool(&pool).unwrap();
    let document = snapshot(&server, "");
    install(&server, &document);
    old.write(|state| state.remove_user("alice")).unwrap();
    assert!(server.app.store.delete_user_pool(&old, |_| Ok(())).is_err());
    assert!(server.app.store.delete_client(&old, "nobody").is_err());
    assert_eq!(snapshot(&server, ""), document);
    server.ok(
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
    );
}

/// One operation of a random history.
fn step(server: &Server, pools: &mut Vec<(String, String)>, (what, who, which): (u8, u8, u8)) {
    if pools.is_empty() || what == 0 {
        let pool = server.pool(json!({"AliasAttributes": ["email"]}));
        let client = server.client(&pool, json!({}));
        pools.push((pool, client));
        return;
    }
    let index = usize::from(which) % pools.len();
    let (pool, client) = pools[index].clone();
    let username = format!("user{}", who % 6);
    let group = format!("group{}", who % 3);
    let address = format!("address{}@example.com", which % 4);
    let of_user = json!({"UserPoolId": pool, "Username": username});
    // Many are refused, which is a part of a history.
    let call = |operation: &str, more: Value| {
        let _ = server.call_as(OWNER, operation, with(of_user.clone(), more));
    };
    let attributes =
        json!([{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}]);
    match what {
        1..=4 => call("AdminCreateUser", json!({"UserAttributes": attributes})),
        5 => call("AdminDeleteUser", json!({})),
        6 | 7 => call(
            "AdminSetUserPassword",
            json!({"Password": PASSWORD, "Permanent": true}),
        ),
        8 => call(
            "AdminUpdateUserAttributes",
            json!({"UserAttributes": attributes}),
        ),
        9 => {
            let request = json!({"UserPoolId": pool, "GroupName": group});
            let _ = server.call_as(OWNER, "CreateGroup", request);
        }
        10 => call("AdminAddUserToGroup", json!({"GroupName": group})),
        11 => {
            let request = json!({"UserPoolId": pool, "GroupName": group});
            let _ = server.call_as(OWNER, "DeleteGroup", request);
        }
        12 | 13 => {
            let password = if who % 2 == 0 { PASSWORD } else { "wrong" };
            let _ = server.call_as(
                NOBODY,
                "InitiateAuth",
                password_auth(&client, &username, password),
            );
        }
        14 => call("AdminUserGlobalSignOut", json!({})),
        15 => call("AdminDisableUser", json!({})),
        16 => {
            server.ok("DeleteUserPool", json!({"UserPoolId": pool}));
            pools.remove(index);
        }
        17 => {
            let request = Request::put("/_cognitwin/clock");
            let body = json!({"advanceSeconds": 60}).to_string();
            assert_eq!(server.send(request.body(body).unwrap()).status(), 200);
        }
        18 => call("AdminResetUserPassword", json!({})),
        _ => {
            let request = json!({"UserPoolId": pool, "ClientId": client, "ClientName": username});
            let _ = server.call_as(OWNER, "UpdateUserPoolClient", request);
        }
    }
}

/// A history, and the server that it makes.
pub fn live(server: &Server, history: &[(u8, u8, u8)]) {
    let mut pools = Vec::new();
    for each in history {
        step(server, &mut pools, *each);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_state_is_the_same_after_a_snapshot(
        history in prop::collection::vec((0..20_u8, any::<u8>(), any::<u8>()), 0..120)
    ) {
        let server = Server::new();
        live(&server, &history);
        let document = snapshot(&server, "");
        let other = Server::new();
        install(&other, &document);
        prop_assert_eq!(snapshot(&other, ""), document);
        // Lists, which pages walk through, are the same as well.
        let listed = server.ok("ListUserPools", json!({"MaxResults": 60}));
        prop_assert_eq!(&other.ok("ListUserPools", json!({"MaxResults": 60})), &listed);
        for pool in listed["UserPools"].as_array().unwrap() {
            let request = json!({"UserPoolId": pool["Id"]});
            prop_assert_eq!(
                other.ok("ListUsers", request.clone()),
                server.ok("ListUsers", request)
            );
        }
    }
}

#[test]
fn an_unknown_control_address_stays_unknown() {
    let server = Server::new();
    let response = server.get("/_cognitwin/snapshots");
    assert_eq!(response.status(), 404);
}
