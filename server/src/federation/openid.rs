//! The client of an OpenID Connect or OAuth 2.0 provider: where the browser is sent, what its code is
//! exchanged for, and whether that is true (facts/oauth.md §13.1). The code comes for the client's secret, and
//! the ID token is checked whole: by the provider's own keys, for this client, for this sign-in, and in time.

use std::time::Duration;

use bytes::Bytes;
use cognito_model::idp::IdentityProviderTypeType as Type;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{Claims, Proof, built_in, sign_in};
use crate::clock::Deadline;
use crate::context::Context;
use crate::errors::oauth::{self, OAuthError};
use crate::fetch::{self, Plain, Reach};
use crate::keys::{Source, Untrusted, client_assertion, is_signed_with_secret};
use crate::store::Pool;
use crate::tokens::Unverified;
use crate::user_pools::IdentityProvider;

/// For each answer of a provider.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far the clock of a provider may be ahead.
const SKEW: i64 = 5 * 60;
/// Apple takes no secret that lives longer than half a year; this one is used at once.
const SECRET_LIFE: i64 = 5 * 60;

/// One provider of a pool, and where it sends the browser back.
pub(crate) struct OpenId<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) pool: &'a Pool,
    pub(crate) provider: &'a IdentityProvider,
    pub(crate) callback: &'a str,
}

/// What the app asks for and the provider is told.
#[derive(Debug, Default)]
pub(crate) struct Hints<'a> {
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) prompt: Option<&'a str>,
    pub(crate) max_age: Option<&'a str>,
    pub(crate) acr_values: Option<&'a str>,
}

/// Where a provider answers.
struct Endpoints {
    authorize: String,
    token: Named,
    user_info: Option<Named>,
    keys: Option<Named>,
}

/// An address, and how far it may lead: an operator's anywhere, a document's not.
type Named = (String, Reach);

struct Answer {
    status: StatusCode,
    body: Bytes,
}

enum Unanswered {
    Late,
    Broken(String),
}

impl OpenId<'_> {
    fn detail(&self, name: &str) -> Option<&str> {
        self.provider.detail(name).filter(|it| !it.is_empty())
    }

    fn client_id(&self) -> &str {
        self.detail("client_id").unwrap_or_default()
    }

    /// Whether it says who somebody is by a signed token.
    fn signs(&self) -> bool {
        let provider_type = self.provider.provider_type();
        matches!(
            provider_type,
            Type::Oidc | Type::Google | Type::SignInWithApple
        )
    }

    /// Where the browser goes.
    pub(crate) async fn departure(
        &self,
        state: &str,
        nonce: &str,
        hints: &Hints<'_>,
    ) -> Result<String, OAuthError> {
        let endpoints = self.endpoints().await?;
        let mut parameters = vec![
            ("client_id", self.client_id()),
            ("redirect_uri", self.callback),
            ("scope", self.detail("authorize_scopes").unwrap_or_default()),
            ("response_type", "code"),
            ("state", state),
        ];
        if self.signs() {
            parameters.push(("nonce", nonce));
        }
        let is_told = self.provider.provider_type() == Type::Oidc || self.provider.is_built_in();
        let hints = [
            ("login_hint", hints.login_hint.filter(|_| is_told)),
            ("prompt", hints.prompt),
            ("max_age", hints.max_age),
            ("acr_values", hints.acr_values),
        ];
        let given = hints.into_iter().filter_map(|(name, it)| Some((name, it?)));
        parameters.extend(given);
        // Apple gives names and addresses to a form only.
        if self.provider.provider_type() == Type::SignInWithApple && !self.provider.is_built_in() {
            parameters.push(("response_mode", "form_post"));
        }
        Ok(with_query(&endpoints.authorize, &parameters))
    }

    /// Who somebody is, by the code that the browser has brought back.
    pub(crate) async fn proof(&self, code: &str, nonce: &str) -> Result<Proof, OAuthError> {
        let endpoints = self.endpoints().await?;
        let tokens = self.exchange(&endpoints, code).await?;
        let text = |name: &str| tokens.get(name).and_then(Value::as_str);
        let id_claims = match text("id_token") {
            Some(token) => self.check_id_token(&endpoints, token, Some(nonce)).await?,
            None if self.provider.provider_type() == Type::Oidc => {
                return Err(oauth::bad_id_token("missing"));
            }
            None => Claims::new(),
        };
        let user_info = match (&endpoints.user_info, text("access_token")) {
            (Some(address), Some(token)) => self.user_info(address, token).await?,
            _ => Claims::new(),
        };
        if let (Some(own), Some(other)) = (id_claims.get("sub"), user_info.get("sub"))
            && own != other
        {
            return Err(oauth::user_info_of_another());
        }
        // What is signed counts before what is not (documented).
        let mut claims = user_info.clone();
        claims.extend(id_claims.clone());
        let subject = sign_in::subject(self.provider, &claims);
        let subject = subject.map_err(|error| oauth::refused_federation(&error))?;
        for token in ["access_token", "id_token"] {
            if let Some(text) = text(token) {
                claims.insert(token.to_owned(), text.into());
            }
        }
        Ok(Proof {
            provider: self.provider.name().to_owned(),
            issuer: None,
            subject,
            claims,
            told: json!({
                "tokenResponse": tokens,
                "idToken": id_claims,
                "userInfo": user_info,
            }),
            saml: None,
        })
    }

    /// Who an ID token is about that somebody else was given.
    pub(super) async fn identify(&self, token: &str) -> Result<Claims, OAuthError> {
        if !self.signs() {
            return Err(oauth::bad_id_token("missing"));
        }
        let endpoints = self.endpoints().await?;
        self.check_id_token(&endpoints, token, None).await
    }

    async fn exchange(&self, endpoints: &Endpoints, code: &str) -> Result<Claims, OAuthError> {
        let secret = self.secret()?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.callback),
            ("client_id", self.client_id()),
        ];
        form.extend(secret.as_deref().map(|it| ("client_secret", it)));
        let answer = if self.provider.is_built_in() {
            let (status, body) =
                built_in::exchange(self.cx, self.provider, self.pool.id(), &form).await;
            Ok(Answer {
                status,
                body: body.to_string().into(),
            })
        } else if self.detail("token_request_method") == Some("GET") {
            let (address, reach) = &endpoints.token;
            let address = (with_query(address, &form), *reach);
            ask(Method::GET, &address, None, String::new()).await
        } else {
            ask(Method::POST, &endpoints.token, None, query_of(&form)).await
        };
        let answer = answer.map_err(|error| match error {
            Unanswered::Late => oauth::token_endpoint_timed_out(),
            Unanswered::Broken(reason) => self.unreachable("IdP token endpoint", &reason),
        })?;
        let body: Option<Claims> = serde_json::from_slice(&answer.body).ok();
        if answer.status != StatusCode::OK {
            let body = body.unwrap_or_default();
            let words = ["error", "error_description"].into_iter();
            let words: Vec<_> = words
                .filter_map(|it| body.get(it).and_then(Value::as_str))
                .collect();
            let name = self.provider.name();
            return Err(oauth::provider_gave_no_token(
                name,
                answer.status,
                &words.join(" "),
            ));
        }
        body.ok_or_else(|| self.unreachable("IdP token endpoint", "its answer is no JSON object"))
    }

    fn secret(&self) -> Result<Option<String>, OAuthError> {
        let is_apple = self.provider.provider_type() == Type::SignInWithApple;
        if !is_apple || self.provider.is_built_in() {
            return Ok(self.detail("client_secret").map(str::to_owned));
        }
        let now = self.cx.now_seconds();
        let claims = json!({
            "iss": self.detail("team_id"),
            "iat": now,
            "exp": now + SECRET_LIFE,
            "aud": self.detail("oidc_issuer"),
            "sub": self.client_id(),
        });
        let key = self.detail("private_key").unwrap_or_default();
        let key_id = self.detail("key_id").unwrap_or_default();
        client_assertion(key, key_id, &claims)
            .map(Some)
            .map_err(|error| oauth::refused_federation(&error))
    }

    async fn check_id_token(
        &self,
        endpoints: &Endpoints,
        token: &str,
        nonce: Option<&str>,
    ) -> Result<Claims, OAuthError> {
        let unreadable = || oauth::bad_id_token("format");
        let mut unverified = Unverified::parse(token).ok_or_else(unreadable)?;
        // Documented: facts/oauth.md §13.1.
        let kid = unverified.kid.as_deref().ok_or_else(unreadable)?;
        let signature = || oauth::bad_id_token("signature");
        let issuer = if self.provider.is_built_in() {
            let key = self.cx.app.provider_key().await;
            let key = key.map_err(|error| oauth::refused_federation(&error))?;
            if key.kid() != kid || !key.signed(token) {
                return Err(signature());
            }
            // Which is nobody's to know.
            let pool = unverified.claims.remove(built_in::POOL_CLAIM);
            if pool.as_ref().and_then(Value::as_str) != Some(self.pool.id()) {
                return Err(oauth::bad_id_token("audience"));
            }
            built_in::issuer(self.cx, self.provider, self.pool.id())
        } else if is_signed_with_secret(token, self.detail("client_secret").unwrap_or_default()) {
            self.detail("oidc_issuer").unwrap_or_default().to_owned()
        } else {
            let keys = endpoints.keys.as_ref();
            let (keys, reach) =
                keys.ok_or_else(|| self.unreachable("jwks uri", "it is not known"))?;
            let deadline = Deadline::after(PATIENCE);
            let (known, now) = (&self.cx.app.issuer_keys, self.cx.now);
            match known
                .check(Source::Address(keys, *reach), token, now, deadline)
                .await
            {
                Ok(()) => {}
                Err(Untrusted::Signature) => return Err(signature()),
                Err(Untrusted::Unreachable(reason)) if reason == fetch::LATE => {
                    return Err(oauth::provider_keys_timed_out());
                }
                Err(Untrusted::Unreachable(reason)) => {
                    return Err(self.unreachable("jwks uri", &reason));
                }
            }
            self.detail("oidc_issuer").unwrap_or_default().to_owned()
        };
        check_claims(
            &unverified,
            &issuer,
            self.client_id(),
            nonce,
            self.cx.now_seconds(),
        )?;
        Ok(unverified.claims)
    }

    async fn user_info(&self, address: &Named, token: &str) -> Result<Claims, OAuthError> {
        const WHAT: &str = "IdP userInfo endpoint";
        let answer = if self.provider.is_built_in() {
            let (name, pool) = (self.provider.name(), Some(self.pool.id()));
            let (status, body) = built_in::user_info(self.cx, name, pool, token);
            Ok(Answer {
                status,
                body: body.to_string().into(),
            })
        } else {
            let by_post = self.detail("attributes_request_method") == Some("POST");
            let method = if by_post { Method::POST } else { Method::GET };
            let mut address = address.clone();
            if self.detail("attributes_url_add_attributes") == Some("true") {
                let mapping = self.provider.description.attribute_mapping.iter().flatten();
                let claims: Vec<_> = mapping.map(|(_, claim)| claim.as_str()).collect();
                address.0.push_str(&claims.join(","));
            }
            ask(method, &address, Some(token), String::new()).await
        };
        let answer = answer.map_err(|error| match error {
            Unanswered::Late => oauth::user_info_endpoint_timed_out(),
            Unanswered::Broken(reason) => self.unreachable(WHAT, &reason),
        })?;
        if answer.status != StatusCode::OK {
            let reason = format!("HTTP status {}", answer.status.as_u16());
            return Err(self.unreachable(WHAT, &reason));
        }
        let claims = serde_json::from_slice(&answer.body);
        claims.map_err(|_| self.unreachable(WHAT, "its answer is no JSON object"))
    }

    /// What is given explicitly counts; the rest is discovered.
    async fn endpoints(&self) -> Result<Endpoints, OAuthError> {
        if self.provider.is_built_in() {
            let base = built_in::base_url(self.cx, self.provider.name(), Some(self.pool.id()));
            return Ok(Endpoints {
                authorize: format!("{base}/authorize"),
                token: (format!("{base}/token"), Reach::Anywhere),
                user_info: Some((format!("{base}/userinfo"), Reach::Anywhere)),
                keys: None,
            });
        }
        let given = |name| Some((self.detail(name)?.to_owned(), Reach::Anywhere));
        let (authorize, token) = (given("authorize_url"), given("token_url"));
        let (user_info, keys) = (given("attributes_url"), given("jwks_uri"));
        let is_all = authorize.is_some() && token.is_some() && (keys.is_some() || !self.signs());
        let found = if is_all {
            Discovered::default()
        } else {
            self.discover().await?
        };
        let missing = |what| self.unreachable(what, "its address is not known");
        let endpoints = Endpoints {
            authorize: authorize
                .or(found.authorize)
                .ok_or_else(|| missing("IdP authorize endpoint"))?
                .0,
            token: token
                .or(found.token)
                .ok_or_else(|| missing("IdP token endpoint"))?,
            user_info: user_info.or(found.user_info),
            keys: keys.or(found.keys),
        };
        fetch::web_address(&endpoints.authorize, Plain::Anywhere)
            .map_err(|error| self.unreachable("IdP authorize endpoint", &error.to_string()))?;
        Ok(endpoints)
    }

    async fn discover(&self) -> Result<Discovered, OAuthError> {
        const WHAT: &str = "oidc_issuer";
        let issuer = self.detail("oidc_issuer").unwrap_or_default();
        let known = &self.cx.app.issuer_keys;
        let document = known.discover(issuer, self.cx.now).await;
        let document = document.map_err(|error| self.unreachable(WHAT, &error.to_string()))?;
        Discovered::read(&document, issuer).map_err(|reason| self.unreachable(WHAT, &reason))
    }

    fn unreachable(&self, what: &str, reason: &str) -> OAuthError {
        tracing::warn!(
            provider = self.provider.name(),
            reason,
            "{what}: no answer to go on with"
        );
        oauth::provider_unreachable(what)
    }
}

/// What a discovery document says.
#[derive(Default)]
struct Discovered {
    authorize: Option<Named>,
    token: Option<Named>,
    user_info: Option<Named>,
    keys: Option<Named>,
}

impl Discovered {
    fn read(document: &Value, issuer: &str) -> Result<Self, String> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let from = fetch::web_address(issuer, Plain::Anywhere).map_err(|it| it.to_string())?;
        let address = |name: &str| -> Result<Option<Named>, String> {
            let Some(named) = text(name) else {
                return Ok(None);
            };
            let to = fetch::web_address(named, Plain::Anywhere).ok();
            let reach = to.and_then(|to| fetch::lead(&from, &to));
            let problem = || format!("its discovery document leads to another place by {name}");
            Ok(Some((named.to_owned(), reach.ok_or_else(problem)?)))
        };
        Ok(Self {
            authorize: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            user_info: address("userinfo_endpoint")?,
            keys: address("jwks_uri")?,
        })
    }
}

/// Whether an ID token, whose signature is right, is what was asked for.
fn check_claims(
    token: &Unverified,
    issuer: &str,
    client_id: &str,
    nonce: Option<&str>,
    now: i64,
) -> Result<(), OAuthError> {
    let named = token.text("iss").unwrap_or_default();
    let bare = |issuer: &str| issuer.trim_end_matches('/').to_owned();
    // Google has two ways to write its own.
    let is_google = issuer == "https://accounts.google.com" && named == "accounts.google.com";
    if issuer.is_empty() || bare(named) != bare(issuer) && !is_google {
        return Err(oauth::id_token_of_other_issuer(named));
    }
    let mut audience = token.texts("aud");
    audience.extend(token.text("aud").map(str::to_owned));
    let is_for_another = token.text("azp").is_some_and(|it| it != client_id);
    if !audience.iter().any(|it| it == client_id) || is_for_another {
        return Err(oauth::bad_id_token("audience"));
    }
    if token.seconds("exp").is_none_or(|expiry| now >= expiry) {
        return Err(oauth::bad_id_token("expiry"));
    }
    let is_early = |claim| token.seconds(claim).is_some_and(|at| at > now + SKEW);
    if is_early("iat") || is_early("nbf") {
        return Err(oauth::bad_id_token("issue time"));
    }
    if nonce.is_some() && token.text("nonce") != nonce {
        return Err(oauth::bad_id_token("nonce"));
    }
    Ok(())
}

async fn ask(
    method: Method,
    (address, reach): &Named,
    bearer: Option<&str>,
    form: String,
) -> Result<Answer, Unanswered> {
    let sent = async {
        let address = fetch::web_address(address, Plain::Anywhere)?;
        let path = address.path_and_query().map_or("/", |it| it.as_str());
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, fetch::host(&address))
            .header(ACCEPT, "application/json");
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(token) = bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::from(form))?;
        let answer = fetch::send(&address, *reach, request, fetch::MOST_DOCUMENT).await?;
        Ok(Answer {
            status: answer.status(),
            body: answer.into_body(),
        })
    };
    match Deadline::after(PATIENCE).wait(sent).await {
        None => Err(Unanswered::Late),
        Some(answer) => answer.map_err(|error: fetch::Error| Unanswered::Broken(error.to_string())),
    }
}

fn query_of(parameters: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(parameters).finish()
}

fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{}", query_of(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(changes: &Value) -> Unverified {
        let mut claims = json!({
            "iss": "https://idp.example",
            "aud": "app",
            "sub": "1",
            "exp": 1000,
            "iat": 900,
            "nonce": "n",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        Unverified {
            kid: Some("k".to_owned()),
            claims: claims.as_object().unwrap().clone(),
        }
    }

    fn refusal(changes: &Value) -> Option<String> {
        let checked = check_claims(
            &token(changes),
            "https://idp.example/",
            "app",
            Some("n"),
            999,
        );
        checked.err().and_then(|it| it.description)
    }

    #[test]
    fn an_id_token_is_for_this_client_this_sign_in_and_this_time() {
        for right in [
            json!({}),
            json!({"iss": "https://idp.example/"}),
            json!({"aud": ["other", "app"], "azp": "app"}),
            json!({"iat": 1299, "nbf": 1299}),
        ] {
            assert_eq!(refusal(&right), None, "{right}");
        }
        for (wrong, problem) in [
            (
                json!({"iss": "https://idp.example.org"}),
                "Bad id_token issuer https://idp.example.org",
            ),
            (json!({"iss": null}), "Bad id_token issuer "),
            (
                json!({"iss": "accounts.google.com"}),
                "Bad id_token issuer accounts.google.com",
            ),
            (json!({"aud": "other"}), "Bad id_token audience"),
            (json!({"aud": []}), "Bad id_token audience"),
            (json!({"aud": null}), "Bad id_token audience"),
            (json!({"azp": "other"}), "Bad id_token audience"),
            (json!({"exp": 999}), "Bad id_token expiry"),
            (json!({"exp": null}), "Bad id_token expiry"),
            (json!({"exp": "1000"}), "Bad id_token expiry"),
            (json!({"iat": 1300}), "Bad id_token issue time"),
            (json!({"nbf": 1300}), "Bad id_token issue time"),
            (json!({"nonce": "m"}), "Bad id_token nonce"),
            (json!({"nonce": null}), "Bad id_token nonce"),
        ] {
            assert_eq!(refusal(&wrong).as_deref(), Some(problem), "{wrong}");
        }
    }

    #[test]
    fn a_discovery_document_leads_to_no_file_and_nowhere_within() {
        let document = |jwks: &str| {
            json!({
                "issuer": "https://idp.example",
                "authorization_endpoint": "https://idp.example/authorize",
                "token_endpoint": "https://idp.example/token",
                "jwks_uri": jwks,
            })
        };
        let read = |jwks| Discovered::read(&document(jwks), "https://idp.example");
        assert!(read("https://keys.example/").is_ok());
        for elsewhere in [
            "file:///etc/passwd",
            "http://idp.example/keys",
            "https://127.0.0.1/keys",
            "https://169.254.169.254/latest",
            "gopher://idp.example/",
            "keys",
        ] {
            assert!(read(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
