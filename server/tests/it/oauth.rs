//! The domain without a socket: a sign-in from the query to the tokens, and what must not go on.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::server::{MINUTE, PASSWORD, START_SECONDS, Server, claims, json_of, text};

const CALLBACK: &str = "https://app.example/cb";
const CSRF: &str = "11111111-1111-4111-8111-111111111111";

struct App {
    server: Server,
    pool: String,
    client: String,
}

impl App {
    fn new() -> Self {
        let server = Server::new();
        let pool = server.pool(json!({}));
        let client = server.client(
            &pool,
            json!({
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid"],
                "CallbackURLs": [CALLBACK],
            }),
        );
        server.user(&pool, "alice", &[]);
        Self {
            server,
            pool,
            client,
        }
    }

    fn send(
        &self,
        path: &str,
        form: &[(&str, &str)],
        cookie: &str,
    ) -> http::Response<bytes::Bytes> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post(path)
            .header("host", "localhost:9229")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie);
        self.server.send(request.body(body).unwrap())
    }

    fn query(&self) -> String {
        let client = &self.client;
        format!("response_type=code&client_id={client}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb")
    }

    /// The code of a sign-in.
    fn code(&self) -> String {
        let form = [
            ("_csrf", CSRF),
            ("username", "alice"),
            ("password", PASSWORD),
        ];
        let path = format!("/login?{}", self.query());
        let response = self.send(&path, &form, &format!("XSRF-TOKEN={CSRF}"));
        assert_eq!(response.status(), StatusCode::FOUND);
        let location = response.headers()["location"].to_str().unwrap();
        let code = location.strip_prefix("https://app.example/cb?code=");
        code.unwrap().to_owned()
    }

    fn exchange(&self, code: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ];
        let response = self.send("/oauth2/token", &form, "");
        (response.status().as_u16(), json_of(&response))
    }
}

#[test]
fn a_code_carries_the_time_of_its_sign_in() {
    let app = App::new();
    let code = app.code();
    app.server.advance(4 * MINUTE);
    let (status, tokens) = app.exchange(&code);
    assert_eq!(status, 200, "{tokens}");
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["auth_time"], json!(START_SECONDS));
    assert_eq!(access["iat"], json!(START_SECONDS + 4 * 60));
    assert_eq!(
        app.exchange(&code),
        (400, json!({"error": "invalid_grant"}))
    );
}

#[test]
fn a_code_dies_after_five_minutes() {
    let app = App::new();
    let code = app.code();
    app.server.advance(5 * MINUTE);
    assert_eq!(
        app.exchange(&code),
        (400, json!({"error": "invalid_grant"}))
    );
}

#[test]
fn a_code_dies_with_its_client_or_its_pool() {
    let app = App::new();
    let code = app.code();
    app.server.ok(
        "DeleteUserPoolClient",
        json!({"UserPoolId": app.pool, "ClientId": app.client}),
    );
    assert_eq!(
        app.exchange(&code),
        (400, json!({"error": "invalid_client"}))
    );
}

#[test]
fn a_refresh_token_of_the_domain_refreshes_in_the_api_with_its_own_scopes() {
    let app = App::new();
    let (_, tokens) = app.exchange(&app.code());
    let request = crate::server::refresh_auth(&app.client, &tokens["refresh_token"]);
    let answer = app.server.ok("InitiateAuth", request);
    let access = claims(&answer["AuthenticationResult"]["AccessToken"]);
    assert_eq!(text(&access["scope"]), "openid");
    assert_eq!(access["version"], json!(2));
}

#[test]
fn a_form_without_the_cookie_of_its_page_is_refused() {
    let app = App::new();
    let path = format!("/login?{}", app.query());
    let form = [
        ("_csrf", CSRF),
        ("username", "alice"),
        ("password", PASSWORD),
    ];
    for cookie in [
        "",
        "XSRF-TOKEN=",
        "XSRF-TOKEN=22222222-2222-4222-8222-222222222222",
    ] {
        assert_eq!(
            app.send(&path, &form, cookie).status(),
            StatusCode::FORBIDDEN
        );
    }
}
