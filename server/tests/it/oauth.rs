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
        let client = server.client(&pool, app());
        server.user(&pool, "alice", &[]);
        Self {
            server,
            pool,
            client,
        }
    }

    fn code(&self) -> String {
        sign_in(&self.server, &self.client).0
    }

    fn exchange(&self, code: &str) -> (u16, Value) {
        exchange(&self.server, &self.client, code)
    }
}

fn send(
    server: &Server,
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
    server.send(request.body(body).unwrap())
}

fn query(client: &str) -> String {
    format!("response_type=code&client_id={client}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb")
}

fn code_of(response: &http::Response<bytes::Bytes>) -> Option<String> {
    let location = response.headers().get("location")?.to_str().unwrap();
    let code = location.strip_prefix("https://app.example/cb?code=")?;
    Some(code.to_owned())
}

/// The code of alice's sign-in, and the cookie of her browser.
pub fn sign_in(server: &Server, client: &str) -> (String, String) {
    let form = [
        ("_csrf", CSRF),
        ("username", "alice"),
        ("password", PASSWORD),
    ];
    let path = format!("/login?{}", query(client));
    let response = send(server, &path, &form, &format!("XSRF-TOKEN={CSRF}"));
    assert_eq!(response.status(), StatusCode::FOUND);
    let cookies = response.headers().get_all("set-cookie").iter();
    let mut cookies = cookies.filter_map(|it| it.to_str().unwrap().split_once(';'));
    let cookie = cookies.find(|(cookie, _)| cookie.starts_with("cognito="));
    (code_of(&response).unwrap(), cookie.unwrap().0.to_owned())
}

/// The code that a browser with this cookie gets without a question.
pub fn let_in(server: &Server, client: &str, cookie: &str) -> Option<String> {
    let request = Request::get(format!("/oauth2/authorize?{}", query(client)))
        .header("host", "localhost:9229")
        .header("cookie", cookie);
    let response = server.send(request.body(String::new()).unwrap());
    assert_eq!(response.status(), StatusCode::FOUND);
    code_of(&response)
}

pub fn exchange(server: &Server, client: &str, code: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    let response = send(server, "/oauth2/token", &form, "");
    (response.status().as_u16(), json_of(&response))
}

/// Settings of a client of the domain.
pub fn app() -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
    })
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
    let path = format!("/login?{}", query(&app.client));
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
            send(&app.server, &path, &form, cookie).status(),
            StatusCode::FORBIDDEN
        );
    }
}
