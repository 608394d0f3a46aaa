//! GetCredentialsForIdentity: which role, for how long; and STS, which says whose credentials they are.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::identities::{Provider, World};
use crate::identity_pools::{identity_pool, role};
use crate::server::{
    Caller, HOUR, NOBODY, OWNER, START_STAMP, Server, authorization, json_of, refusal, text, with,
};

const REFUSED: &str = "NotAuthorizedException";
const STS: &str = "Action=GetCallerIdentity&Version=2011-06-15";

fn ask_sts(server: &Server, key: Option<&str>, token: Option<&str>, form: &str) -> Response<Bytes> {
    let mut request = Request::post("/").header(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    if let Some(key) = key {
        request = request.header("authorization", authorization(key, "us-east-1"));
    }
    if let Some(token) = token {
        request = request.header("x-amz-security-token", token);
    }
    server.send(request.body(form.to_owned()).unwrap())
}

/// Status and body, the request id put where the header has it.
fn shown(response: &Response<Bytes>) -> (u16, String) {
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap();
    let body = std::str::from_utf8(response.body()).unwrap();
    assert_eq!(response.headers()["content-type"], "text/xml");
    assert!(body.contains(id), "{body}");
    (response.status().as_u16(), body.replace(id, "ID"))
}

fn identity_of(arn: &str, user_id: &str, account: &str) -> (u16, String) {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>{user_id}</UserId><Account>{account}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    (200, body)
}

fn sts_refusal(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>ID</RequestId></ErrorResponse>"
    );
    (status, body)
}

/// The role that credentials are for, as STS tells it.
fn role_of(server: &Server, credentials: &Value) -> String {
    let key = text(&credentials["Credentials"]["AccessKeyId"]);
    let token = text(&credentials["Credentials"]["SessionToken"]);
    let (_, body) = shown(&ask_sts(server, Some(&key), Some(&token), STS));
    let arn = body
        .split("<Arn>")
        .nth(1)
        .unwrap()
        .split("</Arn>")
        .next()
        .unwrap();
    arn.split('/').nth(1).unwrap().to_owned()
}

#[test]
fn credentials_look_like_those_of_aws_and_live_an_hour() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    let id = world.id(login.clone());
    let answer = world.credentials(&id, login);
    let credentials = &answer["Credentials"];
    let (key, secret, token) = (
        text(&credentials["AccessKeyId"]),
        text(&credentials["SecretKey"]),
        text(&credentials["SessionToken"]),
    );
    assert_eq!(
        answer,
        json!({
            "IdentityId": id,
            "Credentials": {
                "AccessKeyId": key, "SecretKey": secret, "SessionToken": token, "Expiration": START_STAMP + 3600.0,
            },
        })
    );
    assert!(key.starts_with("ASIA") && key.len() == 20, "{key}");
    assert_eq!(secret.len(), 40);
    assert!(
        token.starts_with("IQoJb3JpZ2lu") && token.len() > 700,
        "{token}"
    );
}

#[test]
fn users_and_guests_have_their_roles() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    let user = world.credentials(&world.id(login.clone()), login);
    let guest = world.credentials(&world.id(json!({})), json!({}));
    assert_eq!(role_of(&world.server, &user), "user");
    assert_eq!(role_of(&world.server, &guest), "guest");
}

#[test]
fn an_unknown_identity_has_no_credentials() {
    let server = Server::new();
    let id = "us-east-1:11111111-2222-4333-8444-555555555555";
    let message = format!("Identity '{id}' not found.");
    let request = json!({"IdentityId": id});
    server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn a_pool_without_roles_has_no_credentials() {
    let server = Server::new();
    let provider = Provider::new(&server, json!({}));
    let pool = identity_pool(
        &server,
        json!({"CognitoIdentityProviders": [provider.config()]}),
    );
    for logins in [json!({}), provider.login(&server, "alice")] {
        let id = server.ok_as(
            NOBODY,
            "GetId",
            json!({"IdentityPoolId": pool, "Logins": logins}),
        );
        let message =
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
        server.refuses_as(
            NOBODY,
            "GetCredentialsForIdentity",
            with(id, json!({"Logins": logins})),
            "InvalidIdentityPoolConfigurationException",
            message,
        );
    }
}

#[test]
fn a_role_of_ones_own_choice_must_be_ones_own() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    let id = world.id(login.clone());
    let ask = |id: &str, logins: &Value, role: &str| json!({"IdentityId": id, "Logins": logins, "CustomRoleArn": role});
    let own = world.server.ok_as(
        NOBODY,
        "GetCredentialsForIdentity",
        ask(&id, &login, &role("user")),
    );
    assert_eq!(role_of(&world.server, &own), "user");
    let admin = role("admin");
    let message = format!("Access to Role '{admin}' is forbidden.");
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        ask(&id, &login, &admin),
        REFUSED,
        &message,
    );
    let guest = world.id(json!({}));
    let message = format!("Access to Role '{}' is forbidden.", role("guest"));
    let request = ask(&guest, &json!({}), &role("guest"));
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        REFUSED,
        &message,
    );
}

/// A user pool with `custom:tier`, an identity pool with rules over it.
struct Rules {
    server: Server,
    provider: String,
    client: String,
    user_pool: String,
    pool: String,
}

impl Rules {
    fn new(resolution: &str) -> Self {
        let server = Server::new();
        let user_pool =
            server.pool(json!({"Schema": [{"Name": "tier", "AttributeDataType": "String"}]}));
        let client = server.client(&user_pool, json!({"ReadAttributes": ["custom:tier"]}));
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{user_pool}");
        let config = json!([{"ProviderName": provider, "ClientId": client}]);
        let pool = identity_pool(&server, json!({"CognitoIdentityProviders": config}));
        let rule = |kind: &str, value: &str, name: &str| json!({"Claim": "custom:tier", "MatchType": kind, "Value": value, "RoleARN": role(name)});
        let rules = [
            rule("Equals", "gold", "gold"),
            rule("StartsWith", "silver", "silver"),
            rule("Contains", "old", "old"),
            rule("NotEqual", "none", "some"),
        ];
        let mapping = json!({
            "Type": "Rules", "AmbiguousRoleResolution": resolution, "RulesConfiguration": {"Rules": rules},
        });
        let roles = json!({
            "IdentityPoolId": pool, "Roles": {"authenticated": role("user")},
            "RoleMappings": {format!("{provider}:{client}"): mapping},
        });
        server.ok("SetIdentityPoolRoles", roles);
        Self {
            server,
            provider,
            client,
            user_pool,
            pool,
        }
    }

    /// The request of somebody new with this tier.
    fn request(&self, tier: &str, custom: Option<&str>) -> Value {
        let name = format!("user-{tier}{}", custom.is_some());
        let attributes = [("custom:tier", tier)];
        let attributes = if tier.is_empty() {
            &[]
        } else {
            &attributes[..]
        };
        self.server.user(&self.user_pool, &name, attributes);
        let token = self.server.sign_in(&self.client, &name)["IdToken"].clone();
        let logins = json!({self.provider.clone(): token});
        let id = self.server.ok_as(
            NOBODY,
            "GetId",
            json!({"IdentityPoolId": self.pool, "Logins": logins}),
        );
        with(id, json!({"Logins": logins, "CustomRoleArn": custom}))
    }

    #[track_caller]
    fn role(&self, tier: &str, custom: Option<&str>) -> String {
        let answer = self.server.ok_as(
            NOBODY,
            "GetCredentialsForIdentity",
            self.request(tier, custom),
        );
        role_of(&self.server, &answer)
    }
}

#[test]
fn the_first_rule_that_matches_gives_the_role() {
    let rules = Rules::new("AuthenticatedRole");
    for (tier, role) in [
        ("gold", "gold"),
        ("silver-plus", "silver"),
        ("golden", "old"),
        ("bronze", "some"),
        ("none", "user"),
        ("", "user"),
    ] {
        assert_eq!(rules.role(tier, None), role, "{tier}");
    }
}

#[test]
fn a_role_of_ones_own_choice_must_be_one_of_a_matching_rule() {
    let rules = Rules::new("AuthenticatedRole");
    assert_eq!(rules.role("gold", Some(&role("old"))), "old");
    let silver = role("silver");
    let request = rules.request("bronze", Some(&silver));
    let message = format!("Access to Role '{silver}' is forbidden.");
    rules.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        REFUSED,
        &message,
    );
}

#[test]
fn nobody_without_a_rule_gets_a_role_where_the_mapping_denies() {
    let rules = Rules::new("Deny");
    assert_eq!(rules.role("gold", None), "gold");
    let message = format!(
        "The ambiguous role mapping rules for: {}:{} denied this request.",
        rules.provider, rules.client
    );
    for tier in ["none", ""] {
        let request = rules.request(tier, None);
        rules.server.refuses_as(
            NOBODY,
            "GetCredentialsForIdentity",
            request,
            REFUSED,
            &message,
        );
    }
}

#[test]
fn a_token_without_roles_is_ambiguous() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    let id = world.id(login.clone());
    let key = format!("{}:{}", world.one.name(), world.one.client);
    let set = |resolution: &str| {
        let mapping = json!({"Type": "Token", "AmbiguousRoleResolution": resolution});
        let roles = json!({"authenticated": role("user")});
        let request = json!({"IdentityPoolId": world.pool, "Roles": roles, "RoleMappings": {key.clone(): mapping}});
        world.server.ok("SetIdentityPoolRoles", request);
    };
    set("AuthenticatedRole");
    assert_eq!(
        role_of(&world.server, &world.credentials(&id, login.clone())),
        "user"
    );
    set("Deny");
    let message = format!("The ambiguous role mapping rules for: {key} denied this request.");
    let request = json!({"IdentityId": id, "Logins": login});
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        REFUSED,
        &message,
    );
    // The mapping is of one client of one provider, and of no other.
    let other = world.two.login(&world.server, "alice");
    let answer = world.credentials(&world.id(other.clone()), other);
    assert_eq!(role_of(&world.server, &answer), "user");
}

#[test]
fn sts_knows_whose_the_credentials_are_until_they_expire() {
    let world = World::new(json!({}));
    let server = &world.server;
    let guest = world.credentials(&world.id(json!({})), json!({}));
    let key = text(&guest["Credentials"]["AccessKeyId"]);
    let token = text(&guest["Credentials"]["SessionToken"]);
    let answer = shown(&ask_sts(server, Some(&key), Some(&token), STS));
    let user_id = answer
        .1
        .split("<UserId>")
        .nth(1)
        .unwrap()
        .split("</UserId>")
        .next()
        .unwrap();
    assert!(
        user_id.starts_with("AROA") && user_id.ends_with(":CognitoIdentityCredentials"),
        "{user_id}"
    );
    assert_eq!(user_id.split(':').next().unwrap().len(), 21);
    let arn = "arn:aws:sts::000000000000:assumed-role/guest/CognitoIdentityCredentials";
    assert_eq!(answer, identity_of(arn, user_id, "000000000000"));
    server.advance(HOUR - 1);
    assert_eq!(
        shown(&ask_sts(server, Some(&key), Some(&token), STS)).0,
        200
    );
    server.advance(1);
    let expired = sts_refusal(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    );
    assert_eq!(
        shown(&ask_sts(server, Some(&key), Some(&token), STS)),
        expired
    );
    let mut request = Request::post("/")
        .header(
            "x-amz-target",
            "AWSCognitoIdentityService.ListIdentityPools",
        )
        .header("authorization", authorization(&key, "us-east-1"));
    request = request.header("x-amz-security-token", token);
    let response = server.send(request.body(r#"{"MaxResults": 1}"#.to_owned()).unwrap());
    let message = "The security token included in the request is expired";
    assert_eq!(
        json_of(&response),
        refusal("ExpiredTokenException", message)
    );
}

#[test]
fn temporary_credentials_work_in_the_account_of_their_role() {
    let server = Server::new();
    let owner = Caller {
        key: Some("123456789012"),
        ..OWNER
    };
    let pool = server.ok_as(
        owner,
        "CreateIdentityPool",
        json!({"IdentityPoolName": "theirs", "AllowUnauthenticatedIdentities": true}),
    );
    let pool = text(&pool["IdentityPoolId"]);
    let theirs = "arn:aws:iam::123456789012:role/service-role/guest";
    server.ok_as(
        owner,
        "SetIdentityPoolRoles",
        json!({"IdentityPoolId": pool, "Roles": {"unauthenticated": theirs}}),
    );
    let id = server.ok_as(NOBODY, "GetId", json!({"IdentityPoolId": pool}));
    let guest = server.ok_as(NOBODY, "GetCredentialsForIdentity", id);
    let key = text(&guest["Credentials"]["AccessKeyId"]);
    let token = text(&guest["Credentials"]["SessionToken"]);
    let request = Request::post("/")
        .header(
            "x-amz-target",
            "AWSCognitoIdentityProviderService.CreateUserPool",
        )
        .header("authorization", authorization(&key, "us-east-1"))
        .header("x-amz-security-token", &token);
    let created = server.send(
        request
            .body(r#"{"PoolName": "theirs"}"#.to_owned())
            .unwrap(),
    );
    let arn = text(&json_of(&created)["UserPool"]["Arn"]);
    assert!(
        arn.starts_with("arn:aws:cognito-idp:us-east-1:123456789012:"),
        "{arn}"
    );
    let (_, body) = shown(&ask_sts(&server, Some(&key), Some(&token), STS));
    let arn = "<Arn>arn:aws:sts::123456789012:assumed-role/guest/CognitoIdentityCredentials</Arn>";
    assert!(body.contains(arn), "{body}");
}

#[test]
fn any_other_key_is_the_root_of_its_account() {
    let server = Server::new();
    for (key, account) in [
        ("test", "000000000000"),
        ("AKIAEXAMPLE", "000000000000"),
        ("123456789012", "123456789012"),
    ] {
        let answer = shown(&ask_sts(&server, Some(key), None, STS));
        assert_eq!(
            answer,
            identity_of(&format!("arn:aws:iam::{account}:root"), account, account)
        );
    }
    let mut request = Request::get(format!("/?{STS}"));
    request = request.header("authorization", authorization("test", "us-east-1"));
    let answer = shown(&server.send(request.body(String::new()).unwrap()));
    assert_eq!(answer.0, 200);
}

#[test]
fn sts_refuses_what_it_cannot_trust_or_does_not_know() {
    let world = World::new(json!({}));
    let server = &world.server;
    let invalid = sts_refusal(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    );
    let guest = world.credentials(&world.id(json!({})), json!({}));
    let key = text(&guest["Credentials"]["AccessKeyId"]);
    let token = text(&guest["Credentials"]["SessionToken"]);
    for (key, token) in [
        (key.as_str(), None),
        (&key, Some("garbage")),
        (&key, Some(&token[..token.len() - 8])),
        ("ASIAEXAMPLEEXAMPLE23", Some(&token)),
    ] {
        assert_eq!(shown(&ask_sts(server, Some(key), token, STS)), invalid);
    }
    assert_eq!(
        shown(&ask_sts(server, None, None, STS)),
        sts_refusal(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token"
        )
    );
    for form in ["Action=AssumeRole&Version=2011-06-15", "Action=AssumeRole"] {
        let version = form.split("Version=").nth(1).unwrap_or_default();
        let message = format!("Could not find operation AssumeRole for version {version}");
        assert_eq!(
            shown(&ask_sts(server, Some("test"), None, form)),
            sts_refusal(400, "InvalidAction", &message)
        );
    }
    let strange = "Action=%3Cscript%3E&Version=1";
    let message = "Could not find operation &lt;script&gt; for version 1";
    assert_eq!(
        shown(&ask_sts(server, Some("test"), None, strange)),
        sts_refusal(400, "InvalidAction", message)
    );
    let broken = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", "Bearer x");
    assert_eq!(
        shown(&server.send(broken.body(STS.to_owned()).unwrap())),
        sts_refusal(
            400,
            "IncompleteSignature",
            "Authorization header requires 'Credential' parameter."
        )
    );
}

#[test]
fn two_servers_do_not_trust_each_others_credentials() {
    let world = World::new(json!({}));
    let guest = world.credentials(&world.id(json!({})), json!({}));
    let key = text(&guest["Credentials"]["AccessKeyId"]);
    let token = text(&guest["Credentials"]["SessionToken"]);
    // Another seed is another key.
    let mut other = Server::new();
    let clock = cognitwin::clock::Clock::frozen_at(world.server.app.clock.now());
    let random = cognitwin::random::Random::seeded(2);
    other.app = cognitwin::app::App::with(crate::server::settings(), clock, random).unwrap();
    assert_eq!(
        shown(&ask_sts(&other, Some(&key), Some(&token), STS)).0,
        403
    );
    let elsewhere = Caller {
        region: "us-east-1",
        key: Some("test"),
    };
    other.ok_as(elsewhere, "ListIdentityPools", json!({"MaxResults": 1}));
}
