//! The domain of a user pool: OAuth 2.0 and OpenID Connect, one file an endpoint, and the login that they
//! lead to. What the pages look like is for `pages/` (facts/oauth.md).

mod add_passkey;
mod authorize;
mod client;
mod client_credentials;
mod code;
mod completion;
mod confirm;
mod confirm_user;
mod cookies;
mod errand;
mod error;
mod federation;
mod forgot_password;
mod idp_response;
mod login;
mod logout;
mod look;
mod page;
mod parameters;
mod picker;
mod place;
mod provider_page;
mod provider_saml;
mod refresh;
mod register;
mod reply;
mod request;
mod revoke;
mod saml_response;
mod session;
mod set_up;
mod sign_up;
mod token;
mod token_exchange;
mod user_info;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Response, StatusCode, request::Parts};
use parking_lot::Mutex;

use self::cookies::Cookies;
use self::parameters::Parameters;
use self::place::Place;
pub(crate) use self::provider_page::answer as answer_as_provider;
use crate::app::App;
use crate::aws_json::Exchange;
use crate::calls::{Injected, Payload, Target};
use crate::context::{Context, Origin};
use crate::errors::oauth::OAuthError;
use crate::pages::Frame;
use crate::store::Pool;

/// An address of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Authorize,
    Login,
    Logout,
    Error,
    Token,
    UserInfo,
    Revoke,
    Register,
    AddPasskey,
    IdpResponse,
    Signup,
    Confirm,
    ConfirmUser,
    ResendCode,
    ForgotPassword,
    ConfirmForgotPassword,
    SamlResponse,
    SamlLogout,
}

impl Endpoint {
    pub(crate) fn of(path: &str) -> Option<Self> {
        Some(match path {
            // The older spelling (captured: facts/captured.md 86).
            "/oauth2/authorize" | "/authorize" => Self::Authorize,
            "/login" => Self::Login,
            "/logout" => Self::Logout,
            "/error" => Self::Error,
            "/oauth2/token" => Self::Token,
            "/oauth2/userInfo" => Self::UserInfo,
            "/oauth2/revoke" => Self::Revoke,
            "/oauth2/register" => Self::Register,
            "/passkeys/add" => Self::AddPasskey,
            "/signup" => Self::Signup,
            "/confirm" => Self::Confirm,
            "/confirmUser" | "/confirmUser/" => Self::ConfirmUser,
            "/resendcode" => Self::ResendCode,
            "/forgotPassword" => Self::ForgotPassword,
            // The second is how AWS's documentation writes it.
            "/confirmForgotPassword" | "/confirmforgotPassword" => Self::ConfirmForgotPassword,
            "/oauth2/idpresponse" => Self::IdpResponse,
            "/saml2/idpresponse" => Self::SamlResponse,
            "/saml2/logout" => Self::SamlLogout,
            _ => return None,
        })
    }

    /// Whether scripts of any site may call it (documented: facts/oauth.md §3).
    pub(crate) fn is_for_scripts(self) -> bool {
        matches!(self, Self::Token | Self::UserInfo | Self::Revoke)
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Authorize => "Authorize",
            Self::Login => "Login",
            Self::Logout => "Logout",
            Self::Error => "Error",
            Self::Token => "Token",
            Self::UserInfo => "UserInfo",
            Self::Revoke => "Revoke",
            Self::Register => "Register",
            Self::AddPasskey => "AddPasskey",
            Self::IdpResponse => "IdpResponse",
            Self::Signup => "Signup",
            Self::Confirm => "Confirm",
            Self::ConfirmUser => "ConfirmUser",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::ConfirmForgotPassword => "ConfirmForgotPassword",
            Self::SamlResponse => "SamlResponse",
            Self::SamlLogout => "SamlLogout",
        }
    }
}

/// One request to the domain.
struct Call<'a> {
    cx: Context,
    headers: &'a HeaderMap,
    /// As it was sent.
    query_text: &'a str,
    query: Parameters,
    /// Of a body that is a form.
    form: Parameters,
    cookies: Cookies,
    place: Place,
    frame: OnceLock<Frame>,
    /// What a form has to bring back. The browser keeps the one that it was given first.
    csrf: String,
    noted: Mutex<Noted>,
}

/// What a request turned out to be.
#[derive(Default)]
struct Noted {
    pool: Option<String>,
    account: Option<String>,
    error: Option<Cow<'static, str>>,
    /// From here on the browser is somebody: forms that it was shown before are void.
    renews_csrf: bool,
}

impl Call<'_> {
    fn note_pool(&self, pool: &Pool) {
        let mut noted = self.noted.lock();
        noted.pool = Some(pool.id().to_owned());
        noted.account = Some(pool.scope().account.clone());
    }

    fn note_error(&self, error: &OAuthError) {
        self.noted.lock().error = Some(error.error.into());
    }

    /// The pool that the host or the parameters name, whatever comes of it.
    fn pool(&self) -> Option<Arc<Pool>> {
        if let Place::Domain(pool, _) = &self.place {
            return Some(pool.clone());
        }
        let sent = self.form.get("client_id");
        if let Some(client_id) = sent.or_else(|| self.query.get("client_id")) {
            return self.place.pool_of_client(&self.cx, client_id);
        }
        let named = self.cx.app.store.user_pool(self.query.get("user_pool_id")?);
        named.filter(|pool| self.place.is_of(pool))
    }

    async fn meet(&self, endpoint: Endpoint) -> Result<(), Injected> {
        let pool = self.pool();
        if let Some(pool) = &pool {
            self.note_pool(pool);
        }
        let target = Target {
            service: "oauth",
            operation: endpoint.operation(),
            user_pool_id: pool.as_ref().map(|it| it.id()),
            account: pool.as_ref().map(|it| it.scope().account.as_str()),
        };
        let app = &self.cx.app;
        app.faults.meet(&target, &app.random).await
    }

    fn base_url(&self) -> &str {
        &self.cx.origin.base_url
    }
}

pub(crate) async fn answer(
    app: Arc<App>,
    endpoint: Endpoint,
    head: &Parts,
    origin: Origin,
    body: &[u8],
) -> (Response<Bytes>, Exchange) {
    let cx = Context::anonymous(app, origin);
    let query_text = head.uri.query().unwrap_or_default();
    let cookies = Cookies::of(&head.headers);
    let is_form = is_form(&head.headers);
    let call = Call {
        headers: &head.headers,
        query_text,
        query: Parameters::parse(query_text.as_bytes()),
        form: Parameters::parse(if is_form { body } else { b"" }),
        place: Place::of(&cx),
        frame: OnceLock::new(),
        csrf: cookies
            .csrf()
            .unwrap_or_else(|| cx.app.random.uuid().to_string()),
        cookies,
        noted: Mutex::default(),
        cx,
    };
    let mut response = match call.meet(endpoint).await {
        Ok(()) => reach(&call, endpoint, &head.method, (is_form, body)).await,
        Err(fault) => reply::injected(&call, fault),
    };
    reply::finish(&call, &mut response);
    let noted = call.noted.into_inner();
    let exchange = Exchange {
        service: "oauth",
        operation: endpoint.operation(),
        pool: noted.pool,
        account: noted.account,
        error: noted.error,
        ..Exchange::default()
    };
    (response, exchange)
}

async fn reach(
    call: &Call<'_>,
    endpoint: Endpoint,
    method: &Method,
    (is_form, body): (bool, &[u8]),
) -> Response<Bytes> {
    let is_post = method == Method::POST;
    let is_get = method == Method::GET || method == Method::HEAD;
    match endpoint {
        Endpoint::Authorize if is_get || is_post => authorize::answer(call, is_post).await,
        Endpoint::Login if is_get => login::show(call),
        Endpoint::Login if is_post => login::submit(call).await,
        Endpoint::Logout if is_get => logout::answer(call).await,
        Endpoint::Error if is_get => error::show(call),
        // Another content type is no body at all (captured: facts/captured.md 90).
        Endpoint::Token if is_post && is_form => token::answer(call).await,
        Endpoint::UserInfo if is_get || is_post => user_info::answer(call),
        Endpoint::Revoke if is_post && is_form => revoke::answer(call),
        Endpoint::AddPasskey if is_get => add_passkey::show(call),
        Endpoint::AddPasskey if is_post => add_passkey::submit(call),
        Endpoint::Register if is_post => register::answer(call, body),
        Endpoint::Signup if is_get => sign_up::show(call),
        Endpoint::Signup if is_post => sign_up::submit(call).await,
        Endpoint::Confirm if is_get => confirm::show(call),
        Endpoint::Confirm if is_post => confirm::submit(call).await,
        Endpoint::ConfirmUser if is_get => confirm_user::answer(call).await,
        Endpoint::ResendCode if is_post => confirm::resend(call).await,
        Endpoint::ForgotPassword if is_get => forgot_password::show(call),
        Endpoint::ForgotPassword if is_post => forgot_password::submit(call).await,
        Endpoint::ConfirmForgotPassword if is_get => forgot_password::show_reset(call),
        Endpoint::ConfirmForgotPassword if is_post => forgot_password::reset(call).await,
        Endpoint::IdpResponse if is_get || is_post => idp_response::answer(call, is_post).await,
        Endpoint::SamlResponse if is_post => saml_response::answer(call).await,
        Endpoint::SamlLogout if is_post => saml_response::signed_out(call),
        _ => reply::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// What the journal has of a request: its query, and its body where that is a form, too.
pub(crate) fn payload(head: &Parts, body: &[u8]) -> Payload {
    let query = head.uri.query().unwrap_or_default().as_bytes();
    if body.is_empty() {
        Payload::form(query)
    } else if is_form(&head.headers) {
        Payload::form(&[query, body].join(&b'&'))
    } else {
        Payload::json(body)
    }
}

/// The same of an answer. What the domain tells of a user is attributes; a page is not shown.
pub(crate) fn payload_of_answer(endpoint: &str, response: &Response<Bytes>) -> Payload {
    if endpoint == Endpoint::UserInfo.operation() && response.status().is_success() {
        Payload::attributes(response.body())
    } else {
        Payload::json(response.body())
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    media.and_then(|it| it.split(';').next()).is_some_and(|it| {
        it.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
