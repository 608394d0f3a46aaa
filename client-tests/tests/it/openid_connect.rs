//! The `openidconnect` crate as an app of a pool's domain, and a browser that fills in the login page. All of
//! it over HTTPS: the crate revokes tokens over nothing else.

use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, OAuthFlowType};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreErrorResponseType, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, ProviderMetadata,
    RedirectUrl, RequestTokenError, RevocationUrl, Scope, TokenResponse as _, UserInfoError,
};
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use ureq::http::{Request, Response};
use ureq::tls::TlsConfig;
use url::Url;

use crate::server::{PASSWORD, Server, USERNAME};

const CALLBACK: &str = "https://app.example/cb";
const LOGOUT: &str = "https://app.example/bye";

/// What a Cognito pool says of itself beside the standard.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Addresses {
    end_session_endpoint: String,
    revocation_endpoint: String,
}

impl AdditionalProviderMetadata for Addresses {}

type Metadata = ProviderMetadata<
    Addresses,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Follows nothing, and keeps cookies.
fn agent() -> ureq::Agent {
    // Another test may have been first.
    let _ = aws_lc_rs::default_provider().install_default();
    let config = ureq::Agent::config_builder()
        // The server made its certificate itself.
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .max_redirects(0)
        .http_status_as_error(false)
        .build();
    config.into()
}

fn call(agent: &ureq::Agent, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let (head, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(head, body.read_to_vec()?))
}

struct Browser(ureq::Agent);

impl Browser {
    /// Where a page sends it.
    fn location(&self, address: &str) -> Url {
        let answer = self.0.get(address).call().unwrap();
        assert_eq!(answer.status(), 302, "{address}");
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Fills in the login page, and comes back to the app.
    fn sign_in(&self, page: &Url) -> Url {
        let shown = self.0.get(page.as_str()).call().unwrap();
        assert_eq!(shown.status(), 200);
        let html = shown.into_body().read_to_string().unwrap();
        let (_, rest) = html.split_once("name=\"_csrf\" value=\"").unwrap();
        let (csrf, _) = rest.split_once('"').unwrap();
        let form = [
            ("_csrf", csrf),
            ("username", USERNAME),
            ("password", PASSWORD),
        ];
        let answer = self.0.post(page.as_str()).send_form(form).unwrap();
        assert_eq!(answer.status(), 302);
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }
}

fn parameter(address: &Url, name: &str) -> String {
    let mut pairs = address.query_pairs();
    pairs.find(|(it, _)| it == name).unwrap().1.into_owned()
}

/// A pool with a domain, a user and a client with a secret: pool, client and secret.
async fn world(server: &Server) -> (String, String, String) {
    let idp = server.idp();
    let made = idp
        .create_user_pool()
        .pool_name("pool")
        .send()
        .await
        .unwrap();
    let pool = made.user_pool.unwrap().id.unwrap();
    idp.create_user_pool_domain()
        .user_pool_id(&pool)
        .domain("openidconnect-crate")
        .send()
        .await
        .unwrap();
    let email = AttributeType::builder()
        .name("email")
        .value("alice@example.com");
    let verified = AttributeType::builder()
        .name("email_verified")
        .value("true");
    idp.admin_create_user()
        .user_pool_id(&pool)
        .username(USERNAME)
        .message_action(MessageActionType::Suppress)
        .user_attributes(email.build().unwrap())
        .user_attributes(verified.build().unwrap())
        .send()
        .await
        .unwrap();
    idp.admin_set_user_password()
        .user_pool_id(&pool)
        .username(USERNAME)
        .password(PASSWORD)
        .permanent(true)
        .send()
        .await
        .unwrap();
    let made = idp
        .create_user_pool_client()
        .user_pool_id(&pool)
        .client_name("app")
        .generate_secret(true)
        .allowed_o_auth_flows_user_pool_client(true)
        .allowed_o_auth_flows(OAuthFlowType::Code)
        .set_allowed_o_auth_scopes(Some(["openid", "email"].map(str::to_owned).into()))
        .callback_urls(CALLBACK)
        .logout_urls(LOGOUT)
        .supported_identity_providers("COGNITO")
        .send()
        .await
        .unwrap();
    let client = made.user_pool_client.unwrap();
    (
        pool,
        client.client_id.unwrap(),
        client.client_secret.unwrap(),
    )
}

#[tokio::test]
async fn the_openidconnect_crate_signs_a_user_in_and_out() {
    // The issuer is then the address that is asked, which is HTTPS here.
    let server = Server::start_with(&["--issuer", "host"]);
    let (pool, client_id, secret) = world(&server).await;
    let app = agent();
    let http = |request| call(&app, request);
    let issuer = format!("{}/{pool}", server.public_url().replace("http:", "https:"));
    let metadata = Metadata::discover(&IssuerUrl::new(issuer).unwrap(), &http).unwrap();
    let addresses = metadata.additional_metadata().clone();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(client_id.clone()),
        Some(ClientSecret::new(secret)),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
    .set_revocation_url(RevocationUrl::new(addresses.revocation_endpoint).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();

    let browser = Browser(agent());
    let page = browser.location(address.as_str());
    assert_eq!(page.path(), "/login");
    let back = browser.sign_in(&page);
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    assert_eq!(&parameter(&back, "state"), state.secret());

    let code = AuthorizationCode::new(parameter(&back, "code"));
    let tokens = client
        .exchange_code(code)
        .unwrap()
        .set_pkce_verifier(verifier)
        .request(&http)
        .unwrap();
    let verifier = client.id_token_verifier();
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    assert_eq!(claims.email().unwrap().as_str(), "alice@example.com");
    assert!(id_token.claims(&verifier, &Nonce::new_random()).is_err());
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));

    // The subject is compared by the crate.
    let ask = |token| {
        let subject = Some(claims.subject().clone());
        let answer: Result<CoreUserInfoClaims, UserInfoError<_>> =
            client.user_info(token, subject).unwrap().request(&http);
        answer
    };
    let user = ask(tokens.access_token().clone()).unwrap();
    assert_eq!(user.email(), claims.email());
    assert_eq!(user.email_verified(), Some(true));

    let refresh_token = tokens.refresh_token().unwrap();
    let renewed = client
        .exchange_refresh_token(refresh_token)
        .unwrap()
        .request(&http)
        .unwrap();
    let same = renewed.id_token().unwrap();
    let any_nonce = |_: Option<&Nonce>| Ok(());
    let again = same.claims(&verifier, any_nonce).unwrap();
    assert_eq!(again.subject(), claims.subject());
    assert_eq!(again.auth_time(), claims.auth_time());

    client
        .revoke_token(CoreRevocableToken::from(refresh_token))
        .unwrap()
        .request(&http)
        .unwrap();
    match client
        .exchange_refresh_token(refresh_token)
        .unwrap()
        .request(&http)
    {
        Err(RequestTokenError::ServerResponse(refusal)) => {
            assert_eq!(refusal.error(), &CoreErrorResponseType::InvalidGrant);
        }
        other => unreachable!("{other:?}"),
    }
    match ask(tokens.access_token().clone()) {
        Err(UserInfoError::Response(status, ..)) => assert_eq!(status, 401),
        other => unreachable!("{other:?}"),
    }

    // The browser's session is another thing: it ends where the app says good-bye.
    let back = browser.location(address.as_str());
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    let good_bye = Url::parse_with_params(
        &addresses.end_session_endpoint,
        [("client_id", client_id.as_str()), ("logout_uri", LOGOUT)],
    );
    assert_eq!(
        browser.location(good_bye.unwrap().as_str()).as_str(),
        LOGOUT
    );
    assert_eq!(browser.location(address.as_str()).path(), "/login");
}
