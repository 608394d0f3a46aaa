//! GetId, and which identity a login belongs to (facts: identity.md §3–§5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::identity_pools::{identity_pool, role};
use crate::server::{HOUR, NOBODY, REGION, START_SECONDS, Server, claims, text, with};

const REFUSED: &str = "NotAuthorizedException";

/// A user pool as an identity pool knows it, with alice and bob.
pub struct Provider {
    pub pool: String,
    pub client: String,
}

impl Provider {
    pub fn new(server: &Server, settings: Value) -> Self {
        let pool = server.pool(settings);
        let client = server.client(&pool, json!({}));
        server.user(&pool, "alice", &[]);
        server.user(&pool, "bob", &[]);
        Self { pool, client }
    }

    pub fn name(&self) -> String {
        format!("cognito-idp.{REGION}.amazonaws.com/{}", self.pool)
    }

    pub fn config(&self) -> Value {
        json!({"ProviderName": self.name(), "ClientId": self.client})
    }

    pub fn token(&self, server: &Server, username: &str) -> Value {
        server.sign_in(&self.client, username)["IdToken"].clone()
    }

    pub fn login(&self, server: &Server, username: &str) -> Value {
        json!({self.name(): self.token(server, username)})
    }
}

/// Two user pools, and an identity pool that takes both and guests.
pub struct World {
    pub server: Server,
    pub one: Provider,
    pub two: Provider,
    pub pool: String,
}

impl World {
    pub fn new(settings: Value) -> Self {
        let server = Server::new();
        let one = Provider::new(&server, json!({}));
        let two = Provider::new(&server, json!({}));
        let providers = json!({"CognitoIdentityProviders": [one.config(), two.config()]});
        let pool = identity_pool(&server, with(providers, settings));
        let roles = json!({"authenticated": role("user"), "unauthenticated": role("guest")});
        server.ok(
            "SetIdentityPoolRoles",
            json!({"IdentityPoolId": pool, "Roles": roles}),
        );
        Self {
            server,
            one,
            two,
            pool,
        }
    }

    pub fn get_id(&self, logins: Value) -> Value {
        json!({"IdentityPoolId": self.pool, "Logins": logins})
    }

    #[track_caller]
    pub fn id(&self, logins: Value) -> String {
        let answer = self.server.ok_as(NOBODY, "GetId", self.get_id(logins));
        let id = text(&answer["IdentityId"]);
        assert_eq!(answer, json!({"IdentityId": id}));
        id
    }

    #[track_caller]
    pub fn credentials(&self, id: &str, logins: Value) -> Value {
        let request = json!({"IdentityId": id, "Logins": logins});
        self.server
            .ok_as(NOBODY, "GetCredentialsForIdentity", request)
    }

    /// Both operations check logins alike.
    #[track_caller]
    fn refuses_login(&self, logins: Value, kind: &str, message: &str) {
        self.server
            .refuses_as(NOBODY, "GetId", self.get_id(logins.clone()), kind, message);
        let guest = self.id(json!({}));
        let request = json!({"IdentityId": guest, "Logins": logins});
        self.server
            .refuses_as(NOBODY, "GetCredentialsForIdentity", request, kind, message);
    }
}

fn merged(one: Value, other: Value) -> Value {
    with(one, other)
}

#[test]
fn a_guest_is_a_new_identity_each_time() {
    let world = World::new(json!({}));
    let (one, other) = (world.id(json!({})), world.id(Value::Null));
    assert!(one.starts_with("us-east-1:") && one.len() == 46, "{one}");
    assert_ne!(one, other);
}

#[test]
fn a_login_finds_the_same_identity_each_time() {
    let world = World::new(json!({}));
    let alice = world.id(world.one.login(&world.server, "alice"));
    assert_eq!(world.id(world.one.login(&world.server, "alice")), alice);
    assert_ne!(world.id(world.one.login(&world.server, "bob")), alice);
    assert_ne!(world.id(world.two.login(&world.server, "alice")), alice);
}

#[test]
fn the_account_may_be_named_and_must_be_the_pools() {
    let world = World::new(json!({}));
    let request = |account: &str| json!({"IdentityPoolId": world.pool, "AccountId": account});
    world.server.ok_as(NOBODY, "GetId", request("000000000000"));
    let message = format!("IdentityPool '{}' not found.", world.pool);
    world.server.refuses_as(
        NOBODY,
        "GetId",
        request("123456789012"),
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn guests_are_refused_where_they_are_not_allowed() {
    let world = World::new(json!({"AllowUnauthenticatedIdentities": false}));
    let message = "Unauthenticated access is not supported for this identity pool.";
    world
        .server
        .refuses_as(NOBODY, "GetId", world.get_id(json!({})), REFUSED, message);
    world.id(world.one.login(&world.server, "alice"));
}

#[test]
fn logins_of_one_call_belong_to_one_identity() {
    let world = World::new(json!({}));
    let (one, two) = (
        world.one.login(&world.server, "alice"),
        world.two.login(&world.server, "alice"),
    );
    let both = world.id(merged(one.clone(), two.clone()));
    assert_eq!((world.id(one), world.id(two)), (both.clone(), both));
}

#[test]
fn logins_of_two_identities_make_them_one_and_the_older_stays() {
    let world = World::new(json!({}));
    let (one, two) = (
        world.one.login(&world.server, "alice"),
        world.two.login(&world.server, "alice"),
    );
    let (younger, older) = (two.clone(), one.clone());
    let first = world.id(older);
    let second = world.id(younger);
    assert_ne!(first, second);
    assert_eq!(world.id(merged(one.clone(), two.clone())), first);
    assert_eq!(
        (world.id(one.clone()), world.id(two.clone())),
        (first.clone(), first)
    );
    let message = format!("Identity '{second}' not found.");
    let request = json!({"IdentityId": second, "Logins": two});
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn a_guest_who_signs_in_stays_the_same_identity() {
    let world = World::new(json!({}));
    let guest = world.id(json!({}));
    assert_eq!(
        world.credentials(&guest, json!({}))["IdentityId"],
        json!(guest)
    );
    let login = world.one.login(&world.server, "alice");
    assert_eq!(
        world.credentials(&guest, login.clone())["IdentityId"],
        json!(guest)
    );
    assert_eq!(world.id(login), guest);
    // Who has signed in once is no guest again.
    let message = format!("Access to Identity '{guest}' is forbidden.");
    let request = json!({"IdentityId": guest});
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        REFUSED,
        &message,
    );
}

#[test]
fn a_guest_who_signs_in_as_somebody_known_becomes_that_identity() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    let known = world.id(login.clone());
    let guest = world.id(json!({}));
    assert_eq!(world.credentials(&guest, login)["IdentityId"], json!(known));
    let message = format!("Identity '{guest}' not found.");
    let request = json!({"IdentityId": guest});
    world.server.refuses_as(
        NOBODY,
        "GetCredentialsForIdentity",
        request,
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn a_guest_with_logins_of_two_identities_becomes_the_older() {
    let world = World::new(json!({}));
    for round in 0..4 {
        let name = format!("user{round}");
        world.server.user(&world.one.pool, &name, &[]);
        world.server.user(&world.two.pool, &name, &[]);
        let one = world.one.login(&world.server, &name);
        let two = world.two.login(&world.server, &name);
        let older = world.id(one.clone());
        world.id(two.clone());
        let guest = world.id(json!({}));
        let answer = world.credentials(&guest, merged(one, two));
        assert_eq!(answer["IdentityId"], json!(older));
    }
}

#[test]
fn an_identity_gives_nothing_to_another_user() {
    let world = World::new(json!({}));
    let alice = world.id(world.one.login(&world.server, "alice"));
    let message = "Logins don't match. Please include at least one valid login for this identity or identity pool.";
    for login in [
        world.one.login(&world.server, "bob"),
        world.two.login(&world.server, "alice"),
    ] {
        let request = json!({"IdentityId": alice, "Logins": login});
        world.server.refuses_as(
            NOBODY,
            "GetCredentialsForIdentity",
            request,
            REFUSED,
            message,
        );
    }
}

#[test]
fn an_identity_has_one_user_of_each_provider() {
    let world = World::new(json!({}));
    let (one, two) = (
        world.one.login(&world.server, "alice"),
        world.two.login(&world.server, "alice"),
    );
    let identity = world.id(merged(one, two.clone()));
    let conflict = merged(world.one.login(&world.server, "bob"), two);
    let (kind, message) = (
        "ResourceConflictException",
        "Logins are already linked to another identity.",
    );
    world.server.refuses_as(
        NOBODY,
        "GetId",
        world.get_id(conflict.clone()),
        kind,
        message,
    );
    let request = json!({"IdentityId": identity, "Logins": conflict});
    world
        .server
        .refuses_as(NOBODY, "GetCredentialsForIdentity", request, kind, message);
    // Nothing was linked on the way.
    assert_ne!(world.id(world.one.login(&world.server, "bob")), identity);
}

#[test]
fn a_second_login_is_linked_when_credentials_are_asked_for() {
    let world = World::new(json!({}));
    let (one, two) = (
        world.one.login(&world.server, "alice"),
        world.two.login(&world.server, "alice"),
    );
    let identity = world.id(one.clone());
    world.credentials(&identity, merged(one, two.clone()));
    assert_eq!(world.id(two), identity);
}

#[test]
fn a_token_that_proves_nothing_is_refused() {
    let world = World::new(json!({"DeveloperProviderName": "login.demo"}));
    let name = world.one.name();
    let server = &world.server;
    let tokens = server.sign_in(&world.one.client, "alice");
    let token = text(&tokens["IdToken"]);
    let parts: Vec<&str> = token.split('.').collect();
    let forged = with(claims(&tokens["IdToken"]), json!({"sub": "somebody"})).to_string();
    let forged = [parts[0], &URL_SAFE_NO_PAD.encode(forged), parts[2]].join(".");
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        parts[1]
    );
    let other_client = server.client(&world.one.pool, json!({}));
    let foreign = server.sign_in(&other_client, "alice")["IdToken"].clone();
    let unsupported = "Token is not from a supported provider of this identity pool.";
    let no_jwt = "Invalid login token. Not a valid OpenId Connect identity token.";
    for (logins, message) in [
        (json!({"graph.facebook.com": "token"}), unsupported),
        (json!({name.clone(): foreign}), unsupported),
        (json!({name.clone(): "garbage"}), no_jwt),
        (json!({name.clone(): unsigned}), no_jwt),
        (
            json!({name.clone(): tokens["AccessToken"]}),
            "Invalid login token. Missing a required claim: aud",
        ),
        (
            json!({name.clone(): world.two.token(server, "alice")}),
            "Invalid login token. Issuer doesn't match providerName",
        ),
        (
            json!({name: forged}),
            "Invalid login token. Couldn't verify signed token.",
        ),
        (
            json!({format!("cognito-idp.eu-west-1.amazonaws.com/{}", world.one.pool): token}),
            unsupported,
        ),
    ] {
        world.refuses_login(logins, REFUSED, message);
    }
    let developer = json!({"login.demo": "alice"});
    world.refuses_login(
        developer,
        "InvalidParameterException",
        "Please provide a valid public provider",
    );
}

#[test]
fn an_expired_token_is_told_when_it_expired() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    world.server.advance(HOUR - 501);
    world.id(login.clone());
    world.server.advance(1);
    let expiry = START_SECONDS + 3600;
    let message = format!("Invalid login token. Token expired: {expiry} >= {expiry}");
    world.refuses_login(login.clone(), REFUSED, &message);
    world.server.advance(7000);
    let message = format!(
        "Invalid login token. Token expired: {} >= {expiry}",
        expiry + 7
    );
    world.refuses_login(login, REFUSED, &message);
}

#[test]
fn a_provider_says_whether_its_users_are_looked_up() {
    let server = Server::new();
    let provider = Provider::new(&server, json!({}));
    let login = provider.login(&server, "alice");
    let pool = |check: bool| {
        let config = with(provider.config(), json!({"ServerSideTokenCheck": check}));
        let pool = identity_pool(&server, json!({"CognitoIdentityProviders": [config]}));
        json!({"IdentityPoolId": pool, "Logins": login})
    };
    let (trusting, checking) = (pool(false), pool(true));
    server.ok_as(NOBODY, "GetId", checking.clone());
    server.ok(
        "AdminDeleteUser",
        json!({"UserPoolId": provider.pool, "Username": "alice"}),
    );
    server.ok_as(NOBODY, "GetId", trusting);
    let message = "Invalid login token. Token has been revoked.";
    server.refuses_as(NOBODY, "GetId", checking, REFUSED, message);
}

#[test]
fn tokens_of_a_deleted_user_pool_are_of_no_supported_provider() {
    let world = World::new(json!({}));
    let login = world.one.login(&world.server, "alice");
    world
        .server
        .ok("DeleteUserPool", json!({"UserPoolId": world.one.pool}));
    let message = "Token is not from a supported provider of this identity pool.";
    world.refuses_login(login, REFUSED, message);
}

#[test]
fn providers_that_cannot_be_asked_are_named() {
    let server = Server::new();
    let oidc = "arn:aws:iam::000000000000:oidc-provider/idp.test";
    let saml = "arn:aws:iam::000000000000:saml-provider/okta";
    let pool = identity_pool(
        &server,
        json!({
            "SupportedLoginProviders": {"graph.facebook.com": "123"},
            "OpenIdConnectProviderARNs": [oidc],
            "SamlProviderARNs": [saml],
        }),
    );
    let request = |provider: &str| json!({"IdentityPoolId": pool, "Logins": {provider: "token"}});
    let what = format!("Signing in to an identity pool with {saml}");
    server.is_not_implemented("GetId", request(saml), &what);
    server.refuses_as(
        NOBODY,
        "GetId",
        request("graph.facebook.com"),
        "ExternalServiceException",
        "graph.facebook.com could not be reached to verify the login token.",
    );
    let message = "Invalid login token. Not a valid OpenId Connect identity token.";
    server.refuses_as(NOBODY, "GetId", request("idp.test"), REFUSED, message);
}
