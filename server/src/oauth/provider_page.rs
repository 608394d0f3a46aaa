//! The providers that are built in, as browsers and apps see them: a page where the tester says who signs in,
//! and the endpoints of OpenID Connect (interface.md §2).

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{Method, Response, StatusCode, Uri, request};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::parameters::Parameters;
use super::place::Place;
use super::{is_form, provider_saml, reply};
use crate::app::App;
use crate::context::{Context, Origin};
use crate::errors::oauth;
use crate::federation::built_in::{self, Asked, BuiltIn};
use crate::fetch;
use crate::pages::{self, Frame, Look, ProviderPage};
use crate::user_pools::{Person, is_email};

/// Answers what comes to an address below [`built_in::PATH`].
pub(crate) async fn answer(
    app: Arc<App>,
    head: &request::Parts,
    origin: Origin,
    body: &[u8],
) -> Response<Bytes> {
    let cx = Context::anonymous(app, origin);
    let path = head.uri.path();
    let path = path.strip_prefix(built_in::PATH).unwrap_or_default();
    let Some((provider, endpoint)) = find(&cx, path) else {
        let body = json!({"error": "there is no such provider"});
        return json(StatusCode::NOT_FOUND, body);
    };
    let query = head.uri.query().unwrap_or_default();
    let form = Parameters::parse(if is_form(&head.headers) { body } else { b"" });
    let visit = Visit {
        cx: &cx,
        provider: &provider,
        query: Parameters::parse(query.as_bytes()),
        form,
    };
    let is_post = head.method == Method::POST;
    let mut response = match (&*endpoint, is_post) {
        _ if provider.speaks_saml() => visit.saml(&endpoint, is_post).await,
        ("authorize", false) => visit.show(None),
        ("authorize", true) => visit.submit(),
        ("token", _) => visit.token(is_post).await,
        ("userinfo", _) => {
            let bearer = head
                .headers
                .get(AUTHORIZATION)
                .and_then(|it| it.to_str().ok());
            let token = bearer.and_then(|it| it.strip_prefix("Bearer "));
            let (name, pool) = (&provider.name, provider.user_pool_id());
            let (status, body) = built_in::user_info(&cx, name, pool, token.unwrap_or_default());
            json(status, body)
        }
        ("keys", false) => match cx.app.provider_key().await {
            Ok(key) => json(StatusCode::OK, json!({"keys": [key.jwk()]})),
            Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
        },
        (".well-known/openid-configuration", false) => {
            json(StatusCode::OK, provider.discovery(&cx))
        }
        _ => reply::empty(StatusCode::METHOD_NOT_ALLOWED),
    };
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        reply::set(&mut response, name, value);
    }
    response
}

/// `<provider>/<endpoint>`, or `<provider>/<user pool id>/<endpoint>`.
fn find(cx: &Context, path: &str) -> Option<(BuiltIn, String)> {
    const ENDPOINTS: [&str; 5] = [
        "authorize",
        "token",
        "userinfo",
        "keys",
        ".well-known/openid-configuration",
    ];
    let (name, rest) = path.split_once('/')?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let (pool, endpoint) = match rest.split_once('/') {
        Some((id, endpoint)) if id != ".well-known" => (Some(id), endpoint),
        _ => (None, rest),
    };
    let provider = BuiltIn::find(&cx.app, &name, pool)?;
    let known: &[&str] = if provider.speaks_saml() {
        &provider_saml::ENDPOINTS
    } else {
        &ENDPOINTS
    };
    if !known.contains(&endpoint) {
        return None;
    }
    Some((provider, endpoint.to_owned()))
}

pub(super) struct Visit<'a> {
    pub(super) cx: &'a Context,
    pub(super) provider: &'a BuiltIn,
    pub(super) query: Parameters,
    form: Parameters,
}

impl Visit<'_> {
    /// Who asks, and where the answer goes, or what is wrong with it.
    fn asked(&self) -> Result<Asked<'_>, &'static str> {
        let get = |name| self.query.get(name);
        let client_id = get("client_id").filter(|it| self.provider.knows(it));
        let is_web = |it: &&str| it.starts_with("https://") || it.starts_with("http://");
        let redirect_uri = get("redirect_uri").filter(is_web);
        let is_known = |it: &&str| self.leads_back(it, "/oauth2/idpresponse");
        let redirect_uri = redirect_uri.filter(is_known);
        if get("response_type") != Some("code") {
            return Err("The response_type has to be code.");
        }
        Ok(Asked {
            client_id: client_id.ok_or("No such client_id.")?,
            redirect_uri: redirect_uri.ok_or("No such redirect_uri.")?,
            nonce: get("nonce"),
        })
    }

    /// Whether an answer goes to where the provider's pool takes it: here, or on a domain of that pool. One
    /// that is nobody's does not know where its apps are.
    pub(super) fn leads_back(&self, address: &str, endpoint: &str) -> bool {
        let Some(pool) = self.provider.pool() else {
            return true;
        };
        let Some(base) = address.strip_suffix(endpoint) else {
            return false;
        };
        let is_host = base
            .split_once("://")
            .is_some_and(|(_, host)| !host.contains(['/', '?', '#', '@', '\\']));
        let place = Place::at(self.cx, base);
        let is_here = base == self.cx.origin.base_url;
        is_here || is_host && matches!(place, Place::Domain(..)) && place.is_of(pool)
    }

    fn show(&self, error: Option<&str>) -> Response<Bytes> {
        let asked = match self.asked() {
            Ok(asked) => asked,
            Err(problem) => return refused(problem),
        };
        // A link leads nobody elsewhere without a click: an app that is nobody's is on this machine.
        let is_near = |address: &str| {
            let address: Option<Uri> = address.parse().ok();
            address.is_some_and(|it| it.host().is_some_and(fetch::is_loopback))
        };
        let may_skip = self.provider.pool().is_some() || is_near(asked.redirect_uri);
        let hint = self.query.get("login_hint");
        let hint = hint.filter(|_| error.is_none() && may_skip);
        if let Some(person) = hint.and_then(|hint| self.person_of_hint(hint)) {
            return self.send_back(&asked, person);
        }
        self.page("authorize", error)
    }

    /// Where the tester says who signs in.
    pub(super) fn page(&self, endpoint: &str, error: Option<&str>) -> Response<Bytes> {
        let text = |person: &Person, name: &str| {
            let text = person.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let people = self.provider.people().iter();
        let people = people.map(|it| {
            let (sub, email) = (text(it, "sub"), text(it, "email"));
            let label = [text(it, "name"), email, sub.clone()];
            let label = label.into_iter().find(|it| !it.is_empty());
            (sub, label.unwrap_or_default())
        });
        let html = pages::provider(&ProviderPage {
            page: &plain_frame(),
            name: &self.provider.name,
            action: format!(
                "{}/{endpoint}?{}",
                self.provider.base_url(self.cx),
                self.query.to_query()
            ),
            people: people.collect(),
            error,
            can_cancel: !self.provider.speaks_saml(),
        });
        reply::page(StatusCode::OK, html)
    }

    fn submit(&self) -> Response<Bytes> {
        let asked = match self.asked() {
            Ok(asked) => asked,
            Err(problem) => return refused(problem),
        };
        if self.form.get("cancel").is_some() {
            let error = [("error", "access_denied")];
            return self.redirect(&asked, &error);
        }
        match self.person_of_form() {
            Ok(person) => self.send_back(&asked, person),
            Err(problem) => self.show(Some(problem)),
        }
    }

    fn send_back(&self, asked: &Asked<'_>, person: Person) -> Response<Bytes> {
        match self.provider.grant(self.cx, asked, person) {
            Ok(code) => self.redirect(asked, &[("code", &code)]),
            Err(_) => self.redirect(asked, &[("error", "server_error")]),
        }
    }

    fn redirect(&self, asked: &Asked<'_>, parameters: &[(&str, &str)]) -> Response<Bytes> {
        let mut parameters = parameters.to_vec();
        parameters.extend(self.query.get("state").map(|it| ("state", it)));
        let location = reply::with_parameters(asked.redirect_uri, false, &parameters);
        reply::redirect(&location)
    }

    fn known(&self, is_it: impl Fn(&Person) -> bool) -> Option<Person> {
        self.provider.people().iter().find(|it| is_it(it)).cloned()
    }

    /// Somebody who is there, or whoever has the address.
    pub(super) fn person_of_hint(&self, hint: &str) -> Option<Person> {
        let is_it = |person: &Person| {
            ["sub", "email"]
                .iter()
                .any(|name| person.get(*name).and_then(Value::as_str) == Some(hint))
        };
        let typed = || is_email(hint).then(|| person_of("", hint, ""));
        self.known(is_it).or_else(typed)
    }

    pub(super) fn person_of_form(&self) -> Result<Person, &'static str> {
        let get = |name| self.form.get(name).unwrap_or_default().trim();
        if let Some(sub) = self.form.get("person") {
            let is_it = |it: &Person| it.get("sub").and_then(Value::as_str) == Some(sub);
            return self.known(is_it).ok_or(oauth::NOBODY_OF_PROVIDER);
        }
        if get("sub").is_empty() && get("email").is_empty() {
            return Err(oauth::NOBODY_OF_PROVIDER);
        }
        let mut person = person_of(get("sub"), get("email"), get("name"));
        let more = get("claims");
        if !more.is_empty() {
            let more: Map<String, Value> =
                serde_json::from_str(more).map_err(|_| oauth::CLAIMS_ARE_NO_OBJECT)?;
            person.extend(more);
        }
        match person.get("sub") {
            Some(Value::String(sub)) if !sub.is_empty() => Ok(person),
            _ => Err(oauth::NOBODY_OF_PROVIDER),
        }
    }

    async fn token(&self, is_post: bool) -> Response<Bytes> {
        let form = if is_post { &self.form } else { &self.query };
        let pairs: Vec<_> = form.iter().collect();
        let (status, body) = self.provider.token(self.cx, &pairs).await;
        json(status, body)
    }
}

/// Theirs is no language and no look of the pool's.
pub(super) fn plain_frame() -> Frame {
    Frame::new("en", Look::default())
}

/// There is no app to tell.
pub(super) fn refused(problem: &str) -> Response<Bytes> {
    let html = pages::error(&plain_frame(), problem, Some("invalid_request"));
    reply::page(StatusCode::BAD_REQUEST, html)
}

/// Somebody of whom this is known, and no more.
fn person_of(sub: &str, email: &str, name: &str) -> Person {
    let mut person = Map::new();
    let sub = if sub.is_empty() {
        built_in::subject_of(email)
    } else {
        sub.to_owned()
    };
    person.insert("sub".to_owned(), sub.into());
    if !email.is_empty() {
        person.insert("email".to_owned(), email.into());
        person.insert("email_verified".to_owned(), true.into());
    }
    let local = email.split('@').next().unwrap_or_default();
    let name = if name.is_empty() { local } else { name };
    if !name.is_empty() {
        person.insert("name".to_owned(), name.into());
    }
    person
}

fn json(status: StatusCode, body: Value) -> Response<Bytes> {
    let body = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    reply::json(status, &body)
}
