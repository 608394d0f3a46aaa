//! What tokens say, who can check them, and the access tokens that GetUser refuses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognitwin::config::IssuerMode;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::server::{
    HOUR, NOBODY, PASSWORD, REGION, SECOND, START_SECONDS, Server, claims, json_of, part, settings,
    text, with,
};
use crate::sign_in::users;

const REFUSED: &str = "NotAuthorizedException";

#[test]
fn an_access_token_says_who_it_is_for_and_nothing_of_the_user() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, json!({}));
    let user = server.user(
        &pool,
        "alice",
        &[("email", "a@example.com"), ("name", "Alice")],
    );
    let tokens = server.sign_in(&client, "alice");
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(
        access,
        json!({
            "sub": user["Attributes"][0]["Value"],
            "iss": format!("http://localhost:9229/{pool}"),
            "client_id": client,
            "origin_jti": text(&access["origin_jti"]),
            "event_id": text(&access["event_id"]),
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": START_SECONDS,
            "exp": START_SECONDS + 3600,
            "iat": START_SECONDS,
            "jti": text(&access["jti"]),
            "username": "alice",
        })
    );
}

#[test]
fn an_id_token_says_what_the_client_may_read_of_the_user() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [
        {"Name": "tier", "AttributeDataType": "String"},
        {"Name": "age", "AttributeDataType": "Number"},
        {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
    ]}));
    let attributes = [
        ("email", "a@example.com"),
        ("email_verified", "true"),
        ("phone_number", "+14325551212"),
        ("phone_number_verified", "false"),
        ("address", "1 Main Street"),
        ("updated_at", "1700000000"),
        ("birthdate", "2000-01-01"),
        ("custom:tier", "gold"),
        ("custom:age", "42"),
        ("dev:custom:secret", "hush"),
    ];
    let user = server.user(&pool, "alice", &attributes);
    let said_to = |settings: Value| {
        let client = server.client(&pool, settings);
        let tokens = server.sign_in(&client, "alice");
        let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
        assert_eq!(
            (&id["origin_jti"], &id["event_id"]),
            (&access["origin_jti"], &access["event_id"])
        );
        assert_ne!(id["jti"], access["jti"]);
        let always = json!({
            "sub": user["Attributes"][0]["Value"],
            "iss": format!("http://localhost:9229/{pool}"),
            "aud": client,
            "cognito:username": "alice",
            "origin_jti": text(&id["origin_jti"]),
            "event_id": text(&id["event_id"]),
            "token_use": "id",
            "auth_time": START_SECONDS,
            "exp": START_SECONDS + 3600,
            "iat": START_SECONDS,
            "jti": text(&id["jti"]),
        });
        (id, always)
    };
    let (id, always) = said_to(json!({}));
    let standard = json!({
        "email": "a@example.com", "email_verified": true, "phone_number": "+14325551212", "phone_number_verified": false,
        "address": {"formatted": "1 Main Street"}, "updated_at": 1_700_000_000, "birthdate": "2000-01-01",
    });
    assert_eq!(id, with(always, standard));
    let (id, always) = said_to(
        json!({"ReadAttributes": ["custom:tier", "custom:age", "dev:custom:secret", "email"]}),
    );
    let custom = json!({"custom:tier": "gold", "custom:age": "42", "email": "a@example.com"});
    assert_eq!(id, with(always, custom));
    let (id, always) = said_to(json!({"ReadAttributes": []}));
    assert_eq!(id, always);
}

#[test]
fn users_of_an_email_pool_are_their_sub_in_every_token() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let client = server.client(&pool, json!({}));
    let user = server.user(&pool, "a@example.com", &[]);
    let tokens = server.sign_in(&client, "a@example.com");
    let id = claims(&tokens["IdToken"]);
    assert_eq!(
        (&id["cognito:username"], &id["sub"]),
        (&user["Username"], &user["Username"])
    );
    assert_eq!(claims(&tokens["AccessToken"])["username"], user["Username"]);
}

#[test]
fn a_client_that_revokes_nothing_has_tokens_without_jti() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, json!({"EnableTokenRevocation": false}));
    server.user(&pool, "alice", &[]);
    let tokens = server.sign_in(&client, "alice");
    for token in ["AccessToken", "IdToken"] {
        let claims = claims(&tokens[token]);
        assert_eq!((claims.get("jti"), claims.get("origin_jti")), (None, None));
        assert_ne!(claims["event_id"], Value::Null);
    }
}

#[test]
fn tokens_live_as_long_as_the_client_says() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    server.user(&pool, "alice", &[]);
    for (settings, access, id) in [
        (
            json!({"AccessTokenValidity": 12, "IdTokenValidity": 24}),
            43_200,
            86_400,
        ),
        (
            json!({"AccessTokenValidity": 300, "IdTokenValidity": 10, "TokenValidityUnits": {"AccessToken": "seconds", "IdToken": "minutes"}}),
            300,
            600,
        ),
        (
            json!({"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "days"}}),
            86_400,
            3600,
        ),
    ] {
        let client = server.client(&pool, settings);
        let tokens = server.sign_in(&client, "alice");
        assert_eq!(tokens["ExpiresIn"], json!(access));
        assert_eq!(
            claims(&tokens["AccessToken"])["exp"],
            json!(START_SECONDS + access)
        );
        assert_eq!(claims(&tokens["IdToken"])["exp"], json!(START_SECONDS + id));
    }
}

#[test]
fn the_issuer_is_what_the_server_is_told_to_say() {
    for (issuer, base) in [
        (IssuerMode::Public, "https://cognito.test".to_owned()),
        (IssuerMode::Host, "http://cognito.test:8080".to_owned()),
        (
            IssuerMode::Aws,
            format!("https://cognito-idp.{REGION}.amazonaws.com"),
        ),
    ] {
        let mut settings = settings();
        settings.issuer = issuer;
        "https://cognito.test".clone_into(&mut settings.public_url);
        let server = Server::with(settings);
        let (pool, client) = server.demo();
        let tokens = server.sign_in(&client, "alice");
        for token in ["AccessToken", "IdToken"] {
            assert_eq!(
                claims(&tokens[token])["iss"],
                json!(format!("{base}/{pool}"))
            );
        }
        server.ok_as(
            NOBODY,
            "GetUser",
            json!({"AccessToken": tokens["AccessToken"]}),
        );
        let request = http::Request::get(format!("/{pool}/.well-known/openid-configuration"))
            .header("host", "cognito.test:8080");
        let document = json_of(&server.send(request.body(String::new()).unwrap()));
        assert_eq!(document["issuer"], json!(format!("{base}/{pool}")));
    }
}

#[test]
fn a_pool_publishes_its_addresses() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    server.ok(
        "CreateUserPoolDomain",
        json!({"UserPoolId": pool, "Domain": "demo"}),
    );
    let response = server.get(&format!("/{pool}/.well-known/openid-configuration"));
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        json_of(&response),
        json!({
            "authorization_endpoint": "http://localhost:9229/oauth2/authorize",
            "end_session_endpoint": "http://localhost:9229/logout",
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": format!("http://localhost:9229/{pool}"),
            "jwks_uri": format!("http://localhost:9229/{pool}/.well-known/jwks.json"),
            "response_types_supported": ["code", "token"],
            "revocation_endpoint": "http://localhost:9229/oauth2/revoke",
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": "http://localhost:9229/oauth2/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": "http://localhost:9229/oauth2/userInfo",
        })
    );
    for document in ["jwks.json", "openid-configuration"] {
        let response = server.get(&format!("/us-east-1_unknown/.well-known/{document}"));
        let message = json!({"message": "User pool us-east-1_unknown does not exist."});
        assert_eq!(
            (response.status().as_u16(), json_of(&response)),
            (404, message)
        );
    }
}

#[test]
fn tokens_are_signed_by_two_published_keys() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let before = json_of(&server.get(&format!("/{pool}/.well-known/jwks.json")));
    let tokens = server.sign_in(&client, "alice");
    let published = json_of(&server.get(&format!("/{pool}/.well-known/jwks.json")));
    assert_eq!(before, published);
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let whole = json!({
            "alg": "RS256", "e": "AQAB", "kid": text(&key["kid"]), "kty": "RSA", "n": text(&key["n"]), "use": "sig",
        });
        assert_eq!(*key, whole);
        assert_eq!((text(&key["kid"]).len(), text(&key["n"]).len()), (44, 342));
    }
    let set: JwkSet = serde_json::from_value(published.clone()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let kids: Vec<String> = ["AccessToken", "IdToken"]
        .iter()
        .map(|token| {
            let token = &tokens[token];
            let header = part(token, 0);
            let kid = text(&header["kid"]);
            assert_eq!(header, json!({"kid": kid, "alg": "RS256"}));
            let key = DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
            jsonwebtoken::decode::<Value>(text(token), &key, &validation).unwrap();
            kid
        })
        .collect();
    assert_ne!(kids[0], kids[1]);
}

#[test]
fn two_pools_share_no_key() {
    let server = Server::new();
    let keys = || {
        let pool = server.pool(json!({}));
        let published = json_of(&server.get(&format!("/{pool}/.well-known/jwks.json")));
        [
            published["keys"][0]["n"].clone(),
            published["keys"][1]["n"].clone(),
        ]
    };
    let (one, other) = (keys(), keys());
    assert!(one.iter().all(|key| !other.contains(key)));
}

struct World {
    server: Server,
    pool: String,
    tokens: Value,
}

impl World {
    fn new() -> Self {
        let server = Server::new();
        let (pool, client) = server.demo();
        let tokens = server.sign_in(&client, "alice");
        Self {
            server,
            pool,
            tokens,
        }
    }

    #[track_caller]
    fn refuses(&self, token: &str, kind: &str, message: &str) {
        self.server.refuses_as(
            NOBODY,
            "GetUser",
            json!({"AccessToken": token}),
            kind,
            message,
        );
    }

    fn access(&self) -> String {
        text(&self.tokens["AccessToken"])
    }

    /// The access token with other claims, under the signature of the real one.
    fn forged(&self, more: Value) -> String {
        let token = self.access();
        let parts: Vec<&str> = token.split('.').collect();
        let claims = with(claims(&self.tokens["AccessToken"]), more).to_string();
        [parts[0], &URL_SAFE_NO_PAD.encode(claims), parts[2]].join(".")
    }
}

#[test]
fn what_is_no_access_token_is_refused() {
    let world = World::new();
    let id_token = text(&world.tokens["IdToken"]);
    let none = {
        let token = world.access();
        let payload = token.split('.').nth(1).unwrap();
        format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#))
    };
    let elsewhere = world.forged(json!({"iss": "http://localhost:9229/us-east-1_unknown"}));
    for token in ["garbage", "a.b.c", &id_token, &none, &elsewhere] {
        world.refuses(token, REFUSED, "Invalid Access Token");
    }
}

#[test]
fn a_token_with_another_signature_is_refused() {
    let world = World::new();
    let message = "Could not verify signature for Access Token";
    world.refuses(&world.forged(json!({"username": "bob"})), REFUSED, message);
    world.refuses(
        &world.forged(json!({"exp": START_SECONDS + 999_999})),
        REFUSED,
        message,
    );
    let mut changed = world.access();
    let dot = changed.rfind('.').unwrap();
    let first = if changed[dot + 1..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    changed.replace_range(dot + 1..dot + 2, first);
    world.refuses(&changed, REFUSED, message);
    // Another pool's token under this pool's name: its key is not known here.
    let (_, client) = world.server.demo();
    let other = text(&world.server.sign_in(&client, "alice")["AccessToken"]);
    let parts: Vec<&str> = other.split('.').collect();
    let claims = URL_SAFE_NO_PAD.encode(claims(&world.tokens["AccessToken"]).to_string());
    world.refuses(&[parts[0], &claims, parts[2]].join("."), REFUSED, message);
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let world = World::new();
    let path = format!("/{}/.well-known/jwks.json", world.pool);
    let published = json_of(&world.server.get(&path));
    for key in published["keys"].as_array().unwrap() {
        let modulus = text(&key["n"]);
        for secret in [
            modulus.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(&modulus).unwrap(),
            key.to_string().into_bytes(),
        ] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some(text(&key["kid"]));
            let claims = claims(&world.tokens["AccessToken"]);
            let token =
                jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
            world.refuses(
                &token,
                REFUSED,
                "Could not verify signature for Access Token",
            );
        }
    }
}

#[test]
fn an_access_token_expires_to_the_second() {
    let world = World::new();
    // The test begins half a second into its second, and tokens count whole ones.
    world.server.advance(HOUR - SECOND);
    world
        .server
        .ok_as(NOBODY, "GetUser", json!({"AccessToken": world.access()}));
    world.server.advance(SECOND / 2);
    world.refuses(&world.access(), REFUSED, "Access Token has expired");
}

#[test]
fn a_token_outlives_neither_its_user_nor_the_users_rights() {
    let world = World::new();
    let sub = claims(&world.tokens["AccessToken"])["sub"].clone();
    let delete = json!({"UserPoolId": world.pool, "Username": "alice"});
    world.server.ok("AdminDeleteUser", delete.clone());
    world.refuses(
        &world.access(),
        "UserNotFoundException",
        "User does not exist.",
    );
    for (more, kind, message) in [
        (
            json!({"Enabled": false}),
            REFUSED,
            "Access Token has been revoked",
        ),
        (
            json!({"UserStatus": "RESET_REQUIRED"}),
            "PasswordResetRequiredException",
            "Password reset required for the user",
        ),
        (
            json!({"UserStatus": "UNCONFIRMED"}),
            "UserNotConfirmedException",
            "User is not confirmed.",
        ),
    ] {
        let alice = with(
            json!({"Username": "alice", "Sub": sub, "Password": PASSWORD}),
            more,
        );
        world
            .server
            .seed("again", users(&world.pool, json!([alice])));
        world.refuses(&world.access(), kind, message);
        world.server.ok("AdminDeleteUser", delete.clone());
    }
}
