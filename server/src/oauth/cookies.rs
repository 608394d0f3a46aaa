//! The cookies of the domain: names, lives and attributes as captured (facts/oauth.md §3). `Secure` where
//! the request came by TLS: a browser would not take it over plain HTTP.

use http::HeaderMap;
use http::header::COOKIE;
use jiff::fmt::rfc2822;
use uuid::Uuid;

use super::Call;

pub(super) const CSRF: &str = "XSRF-TOKEN";
pub(super) const SESSION: &str = "cognito";
pub(super) const PAGE_DATA: &str = "page-data";
pub(super) const LANGUAGE: &str = "lang";

pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(COOKIE).iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| {
                let value = value.trim().trim_matches('"');
                (name.trim().to_owned(), value.to_owned())
            });
        Self(pairs.collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(it, _)| it == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Only in the form that this server gives it.
    pub(super) fn csrf(&self) -> Option<String> {
        let token: Uuid = self.get(CSRF)?.parse().ok()?;
        Some(token.to_string())
    }
}

impl Call<'_> {
    fn secure(&self) -> &'static str {
        if self.base_url().starts_with("https:") {
            " Secure;"
        } else {
            ""
        }
    }

    /// Lives as long as the browser.
    pub(super) fn cookie(&self, name: &str, value: &str) -> String {
        let secure = self.secure();
        format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite=Lax")
    }

    pub(super) fn lasting_cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let expires = jiff::Timestamp::from_second(self.cx.now_seconds() + seconds)
            .ok()
            .and_then(|at| {
                let printer = rfc2822::DateTimePrinter::new();
                printer.timestamp_to_rfc9110_string(&at).ok()
            });
        let expires = expires.map_or_else(String::new, |it| format!(" Expires={it};"));
        let domain = self.place.cookie_domain(&self.cx);
        let domain = domain.map_or_else(String::new, |it| format!(" Domain={it};"));
        let secure = self.secure();
        format!(
            "{name}=\"{value}\"; Version=1;{domain} Max-Age={seconds};{expires} Path=/;{secure} HttpOnly; SameSite=Lax"
        )
    }

    /// What takes a cookie away, whichever of the two it was.
    pub(super) fn no_cookie(&self, name: &str, has_domain: bool) -> String {
        let domain = self.place.cookie_domain(&self.cx).filter(|_| has_domain);
        let domain = domain.map_or_else(String::new, |it| format!(" Domain={it};"));
        let secure = self.secure();
        format!(
            "{name}=\"\"; Expires=Thu, 01-Jan-1970 00:00:10 GMT;{domain} Path=/;{secure} HttpOnly; SameSite=Lax"
        )
    }
}
