//! Who calls the token endpoint: a client by its id, or by its id and secret, in the header or in the
//! body (facts/oauth.md §4).

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;

use super::Call;
use crate::errors::oauth::{self, OAuthError};
use crate::store::Pool;
use crate::user_pools::Client;

/// A client that is who it says.
pub(super) struct Caller {
    pub(super) pool: Arc<Pool>,
    pub(super) client_id: String,
    /// One of the client's, if it has any.
    pub(super) secret: Option<String>,
}

impl Caller {
    pub(super) fn of(call: &Call<'_>) -> Result<Self, OAuthError> {
        let in_body = (call.form.get("client_id"), call.form.get("client_secret"));
        let (client_id, secret, is_basic) = match call.headers.get(AUTHORIZATION) {
            Some(header) => {
                let (id, secret) = header
                    .to_str()
                    .ok()
                    .and_then(basic)
                    .ok_or_else(oauth::invalid_client)?;
                // Two ways at once is one too many; the id may be named again (RFC 6749 §2.3).
                if in_body.0.is_some_and(|it| it != id) || in_body.1.is_some() {
                    return Err(oauth::invalid_request());
                }
                (id, Some(secret), true)
            }
            None => {
                let id = in_body.0.ok_or_else(oauth::invalid_request)?;
                (id.to_owned(), in_body.1.map(str::to_owned), false)
            }
        };
        let pool = call.place.pool_of_client(&call.cx, &client_id);
        let pool = pool.ok_or_else(oauth::invalid_client)?;
        call.note_pool(&pool);
        pool.read(|state| {
            let client = state.client(&client_id);
            let client = client.map_err(|_| oauth::invalid_client())?;
            check_secret(client, secret.as_deref(), is_basic)
        })?;
        Ok(Self {
            pool,
            client_id,
            secret,
        })
    }
}

impl Call<'_> {
    /// Of the header.
    pub(super) fn bearer_token(&self) -> Option<&str> {
        let header = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// A public client that sends a secret is as wrong as one that lacks it (captured).
fn check_secret(client: &Client, given: Option<&str>, is_basic: bool) -> Result<(), OAuthError> {
    match (client.secrets.is_empty(), given) {
        (true, None) if !is_basic => Ok(()),
        (true, _) => Err(oauth::invalid_client()),
        (false, given) => {
            let given = given.unwrap_or_default().as_bytes();
            let mut is_right = false;
            for secret in &client.secrets {
                is_right |= verify_slices_are_equal(secret.value.as_bytes(), given).is_ok();
            }
            if is_right {
                Ok(())
            } else {
                Err(oauth::invalid_client_secret())
            }
        }
    }
}

/// Id and secret, each percent-decoded; a plus sign stays one (captured: facts/captured.md 92).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((unquoted(id)?, unquoted(secret)?))
}

fn unquoted(text: &str) -> Option<String> {
    // The decoder of forms takes a plus sign for a blank, so that one is written out before.
    let text = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    Some(
        pairs
            .next()
            .map_or_else(String::new, |(name, _)| name.into_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_is_written() {
        let read = |text: &str| basic(&format!("Basic {}", STANDARD.encode(text)));
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(read("id:se+c%2Bret=&%41"), pair("id", "se+c+ret=&A"));
        assert_eq!(read("id:"), pair("id", ""));
        assert_eq!(read("id:a:b"), pair("id", "a:b"));
        assert_eq!(read("id"), None);
        for header in ["", "Basic", "Basic !", "Bearer aWQ6YQ=="] {
            assert_eq!(basic(header), None, "{header}");
        }
    }
}
