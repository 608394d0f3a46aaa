//! CreateIdentityPool, DescribeIdentityPool, ListIdentityPools, DeleteIdentityPool, and the roles of one.

use serde_json::{Value, json};

use crate::server::{Caller, NOBODY, Server, text, with};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const UNKNOWN: &str = "us-east-1:11111111-2222-4333-8444-555555555555";

const EUROPE: Caller = Caller {
    region: "eu-west-1",
    key: Some("test"),
};
const OTHER_ACCOUNT: Caller = Caller {
    region: "us-east-1",
    key: Some("123456789012"),
};

pub fn role(name: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{name}")
}

fn bare() -> Value {
    json!({"IdentityPoolName": "demo", "AllowUnauthenticatedIdentities": true})
}

/// The id of a new identity pool that takes guests.
pub fn identity_pool(server: &Server, settings: Value) -> String {
    text(&server.ok("CreateIdentityPool", with(bare(), settings))["IdentityPoolId"])
}

fn provider(pool: &str, client: &str) -> Value {
    json!({"ProviderName": format!("cognito-idp.us-east-1.amazonaws.com/{pool}"), "ClientId": client})
}

#[test]
fn a_new_identity_pool_is_answered_and_described_with_what_was_asked_for() {
    let server = Server::new();
    let created = server.ok("CreateIdentityPool", bare());
    let id = text(&created["IdentityPoolId"]);
    assert!(id.starts_with("us-east-1:") && id.len() == 46, "{id}");
    assert_eq!(created, with(bare(), json!({"IdentityPoolId": id})));
    assert_eq!(
        server.ok("DescribeIdentityPool", json!({"IdentityPoolId": id})),
        created
    );
}

#[test]
fn every_setting_of_an_identity_pool_is_described() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let checked = with(
        provider(&pool, &client),
        json!({"ServerSideTokenCheck": true}),
    );
    let settings = json!({
        "IdentityPoolName": "demo",
        "AllowUnauthenticatedIdentities": false,
        "AllowClassicFlow": true,
        "SupportedLoginProviders": {"graph.facebook.com": "123"},
        "DeveloperProviderName": "login.demo",
        "OpenIdConnectProviderARNs": ["arn:aws:iam::000000000000:oidc-provider/idp.test"],
        "CognitoIdentityProviders": [checked, provider(&pool, "second")],
        "SamlProviderARNs": ["arn:aws:iam::000000000000:saml-provider/okta"],
        "IdentityPoolTags": {"team": "blue"},
    });
    let created = server.ok("CreateIdentityPool", settings.clone());
    let mut expected = with(
        settings,
        json!({"IdentityPoolId": created["IdentityPoolId"]}),
    );
    expected["CognitoIdentityProviders"][1]["ServerSideTokenCheck"] = json!(false);
    assert_eq!(created, expected);
    let request = json!({"IdentityPoolId": created["IdentityPoolId"]});
    assert_eq!(server.ok("DescribeIdentityPool", request), expected);
}

#[test]
fn a_provider_that_is_no_user_pool_is_refused() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let named = |name: &str| json!([{"ProviderName": name, "ClientId": client}]);
    for providers in [
        named(&format!(
            "https://cognito-idp.us-east-1.amazonaws.com/{pool}"
        )),
        named(&pool),
        named("cognito-idp.us-east-1.amazonaws.com/us-east-1_unknown"),
        named(&format!("cognito-idp.eu-west-1.amazonaws.com/{pool}")),
        json!([{"ProviderName": format!("cognito-idp.us-east-1.amazonaws.com/{pool}")}]),
        json!([{"ClientId": client}]),
    ] {
        let request = with(bare(), json!({"CognitoIdentityProviders": providers}));
        server.refuses(
            "CreateIdentityPool",
            request,
            INVALID,
            "Invalid Cognito Identity Provider",
        );
    }
    for (member, arn) in [
        (
            "OpenIdConnectProviderARNs",
            "arn:aws:iam::000000000000:saml-provider/okta",
        ),
        (
            "SamlProviderARNs",
            "arn:aws:iam::000000000000:oidc-provider/idp.test",
        ),
        ("SamlProviderARNs", "this is no ARN of anything"),
    ] {
        let request = with(bare(), json!({member: [arn]}));
        let message = format!("{arn} is not a valid ARN for this parameter.");
        server.refuses("CreateIdentityPool", request, INVALID, &message);
    }
    assert_eq!(
        server.ok("ListIdentityPools", json!({"MaxResults": 60})),
        json!({"IdentityPools": []})
    );
}

#[test]
fn identity_pools_are_listed_page_by_page() {
    let server = Server::new();
    let rows: Vec<Value> = ["one", "two", "three"]
        .iter()
        .map(|name| {
            let id = identity_pool(&server, json!({"IdentityPoolName": name}));
            json!({"IdentityPoolId": id, "IdentityPoolName": name})
        })
        .collect();
    let first = server.ok("ListIdentityPools", json!({"MaxResults": 2}));
    let token = &first["NextToken"];
    assert_eq!(
        first,
        json!({"IdentityPools": rows[..2], "NextToken": token})
    );
    let next = json!({"MaxResults": 2, "NextToken": token});
    assert_eq!(
        server.ok("ListIdentityPools", next.clone()),
        json!({"IdentityPools": rows[2..]})
    );
    for other in [EUROPE, OTHER_ACCOUNT] {
        let message = "Paging Marker is Invalid for Request";
        server.refuses_as(other, "ListIdentityPools", next.clone(), INVALID, message);
    }
    let garbage = json!({"MaxResults": 2, "NextToken": "garbage"});
    server.refuses(
        "ListIdentityPools",
        garbage,
        INVALID,
        "Invalid pagination token.",
    );
}

#[test]
fn an_unknown_identity_pool_is_not_found_by_any_operation() {
    let server = Server::new();
    let message = format!("IdentityPool '{UNKNOWN}' not found.");
    for (operation, more) in [
        ("DescribeIdentityPool", json!({})),
        ("DeleteIdentityPool", json!({})),
        ("GetIdentityPoolRoles", json!({})),
        ("SetIdentityPoolRoles", json!({"Roles": {}})),
        ("GetId", json!({})),
    ] {
        let request = with(json!({"IdentityPoolId": UNKNOWN}), more);
        server.refuses(operation, request, NOT_FOUND, &message);
    }
}

#[test]
fn accounts_and_regions_do_not_see_one_another() {
    let server = Server::new();
    let pool = identity_pool(&server, json!({}));
    let message = format!("IdentityPool '{pool}' not found.");
    for other in [EUROPE, OTHER_ACCOUNT] {
        let all = server.ok_as(other, "ListIdentityPools", json!({"MaxResults": 60}));
        assert_eq!(all, json!({"IdentityPools": []}));
        for operation in [
            "DescribeIdentityPool",
            "DeleteIdentityPool",
            "GetIdentityPoolRoles",
        ] {
            server.refuses_as(
                other,
                operation,
                json!({"IdentityPoolId": pool}),
                NOT_FOUND,
                &message,
            );
        }
    }
    let european = server.ok_as(EUROPE, "CreateIdentityPool", bare());
    assert!(text(&european["IdentityPoolId"]).starts_with("eu-west-1:"));
    // A public operation finds it wherever it is, and names its own region.
    let identity = server.ok_as(
        NOBODY,
        "GetId",
        json!({"IdentityPoolId": european["IdentityPoolId"]}),
    );
    assert!(text(&identity["IdentityId"]).starts_with("eu-west-1:"));
}

#[test]
fn a_tag_fixes_the_id_of_an_identity_pool_and_is_not_kept() {
    let server = Server::new();
    let request = |id: &str| with(bare(), json!({"IdentityPoolTags": {"_custom_id_": id}}));
    let created = server.ok("CreateIdentityPool", request(UNKNOWN));
    assert_eq!(created, with(bare(), json!({"IdentityPoolId": UNKNOWN})));
    let message = format!("The id {UNKNOWN} is already in use.");
    server.refuses("CreateIdentityPool", request(UNKNOWN), INVALID, &message);
    for id in [
        "fixed",
        "eu-west-1:11111111-2222-4333-8444-555555555555",
        "us-east-1:xyz",
    ] {
        let message = format!("The id {id} is not a valid id for this resource.");
        server.refuses("CreateIdentityPool", request(id), INVALID, &message);
    }
}

#[test]
fn a_deleted_identity_pool_is_gone_with_its_identities() {
    let server = Server::new();
    let pool = identity_pool(&server, json!({}));
    let identity = server.ok_as(NOBODY, "GetId", json!({"IdentityPoolId": pool}));
    assert_eq!(
        server.ok("DeleteIdentityPool", json!({"IdentityPoolId": pool})),
        Value::Null
    );
    let message = format!("IdentityPool '{pool}' not found.");
    server.refuses(
        "DescribeIdentityPool",
        json!({"IdentityPoolId": pool}),
        NOT_FOUND,
        &message,
    );
    let message = format!("Identity '{}' not found.", text(&identity["IdentityId"]));
    server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        identity,
        NOT_FOUND,
        &message,
    );
}

#[test]
fn roles_are_replaced_as_a_whole() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let id = identity_pool(
        &server,
        json!({"CognitoIdentityProviders": [provider(&pool, &client)]}),
    );
    let get = || server.ok("GetIdentityPoolRoles", json!({"IdentityPoolId": id}));
    let set = |more: Value| {
        let request = with(json!({"IdentityPoolId": id}), more);
        assert_eq!(server.ok("SetIdentityPoolRoles", request), Value::Null);
    };
    assert_eq!(get(), json!({"IdentityPoolId": id}));
    let key = format!("cognito-idp.us-east-1.amazonaws.com/{pool}:{client}");
    let rule = json!({"Claim": "custom:tier", "MatchType": "Equals", "Value": "gold", "RoleARN": role("gold")});
    let first = json!({
        "Roles": {"authenticated": role("user"), "unauthenticated": role("guest")},
        "RoleMappings": {key: {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}}},
    });
    set(first.clone());
    assert_eq!(get(), with(json!({"IdentityPoolId": id}), first));
    set(json!({"Roles": {"authenticated": role("user")}}));
    assert_eq!(
        get(),
        json!({"IdentityPoolId": id, "Roles": {"authenticated": role("user")}})
    );
    set(json!({"Roles": {}}));
    assert_eq!(get(), json!({"IdentityPoolId": id}));
}

#[test]
fn role_mappings_that_make_no_sense_are_refused() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let settings = json!({
        "CognitoIdentityProviders": [provider(&pool, &client)],
        "SupportedLoginProviders": {"graph.facebook.com": "123"},
    });
    let id = identity_pool(&server, settings);
    let name = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
    let key = format!("{name}:{client}");
    let set = |key: &str, mapping: Value| json!({"IdentityPoolId": id, "Roles": {}, "RoleMappings": {key: mapping}});
    let token = json!({"Type": "Token", "AmbiguousRoleResolution": "Deny"});
    for unknown in [
        format!("https://{key}"),
        format!("{name}:other"),
        name,
        "accounts.google.com".to_owned(),
    ] {
        let message = format!(
            "({unknown}) is not a valid RoleMapping ProviderName or is not a configured provider."
        );
        server.refuses(
            "SetIdentityPoolRoles",
            set(&unknown, token.clone()),
            INVALID,
            &message,
        );
    }
    let rules = |count: usize, arn: &str| {
        let rule = json!({"Claim": "sub", "MatchType": "Equals", "Value": "x", "RoleARN": arn});
        json!({
            "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": vec![rule; count]},
        })
    };
    let wrong_rules = "RulesConfiguration is required for, and only for, RoleMapping type Rules.";
    let user = "arn:aws:iam::000000000000:user/alice";
    let wrong_arn = format!("{user} is not a valid ARN for this parameter.");
    for (mapping, message) in [
        (
            json!({"Type": "Token"}),
            "AmbiguousRoleResolution is required for RoleMapping.",
        ),
        (
            json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny"}),
            wrong_rules,
        ),
        (
            with(rules(1, &role("r")), json!({"Type": "Token"})),
            wrong_rules,
        ),
        (
            rules(26, &role("r")),
            "A RoleMapping can have at most 25 rules.",
        ),
        (rules(1, user), &wrong_arn),
    ] {
        server.refuses("SetIdentityPoolRoles", set(&key, mapping), INVALID, message);
    }
    let no_role = json!({"IdentityPoolId": id, "Roles": {"authenticated": user}});
    server.refuses("SetIdentityPoolRoles", no_role, INVALID, &wrong_arn);
    assert_eq!(
        server.ok("GetIdentityPoolRoles", json!({"IdentityPoolId": id})),
        json!({"IdentityPoolId": id})
    );
    server.ok("SetIdentityPoolRoles", set(&key, rules(25, &role("r"))));
    server.ok("SetIdentityPoolRoles", set("graph.facebook.com", token));
}

#[test]
fn an_account_has_so_many_identity_pools_in_a_region_and_no_more() {
    let server = Server::new();
    for _ in 0..10_000 {
        identity_pool(&server, json!({}));
    }
    let message = "Exceeded maximum number of identity pools: 10000";
    server.refuses(
        "CreateIdentityPool",
        bare(),
        "LimitExceededException",
        message,
    );
    server.ok_as(OTHER_ACCOUNT, "CreateIdentityPool", bare());
}

#[test]
fn a_seed_has_every_setting_of_an_identity_pool() {
    let server = Server::new();
    let provider = "idp.example/realm";
    let settings = json!({
        "IdentityPoolId": UNKNOWN,
        "IdentityPoolName": "demo",
        "AllowUnauthenticatedIdentities": false,
        "AllowClassicFlow": false,
        "DeveloperProviderName": "login.demo",
        "SupportedLoginProviders": {"graph.facebook.com": "123"},
        "OpenIdConnectProviderARNs": [format!("arn:aws:iam::000000000000:oidc-provider/{provider}")],
        "SamlProviderARNs": ["arn:aws:iam::000000000000:saml-provider/okta"],
        "IdentityPoolTags": {"team": "blue"},
    });
    let map = json!({"IdentityProviderName": provider, "PrincipalTags": {"team": "groups"}});
    let maps = json!({"PrincipalTagAttributeMaps": [map]});
    server.seed(
        "identity-pool",
        json!({"IdentityPools": [with(settings.clone(), maps)]}),
    );
    let id = json!({"IdentityPoolId": UNKNOWN});
    assert_eq!(server.ok("DescribeIdentityPool", id.clone()), settings);
    let name = with(id, json!({"IdentityProviderName": provider}));
    let shown = with(
        name.clone(),
        json!({"UseDefaults": false, "PrincipalTags": {"team": "groups"}}),
    );
    assert_eq!(server.ok("GetPrincipalTagAttributeMap", name), shown);
}
