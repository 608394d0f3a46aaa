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
/// Of a browser that is on its way to another identity provider. The second is for browsers that do not know
/// `SameSite=None`, or do not take it over plain HTTP.
pub(super) const TRIP: [&str; 2] = ["csrf-state", "csrf-state-legacy"];

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

    /// The answer may come by a form of the provider's.
    pub(super) fn trip_cookies(&self, value: &str) -> [String; 2] {
        let secure = self.secure();
        let [first, second] = TRIP;
        [
            format!("{first}={value}; Path=/;{secure} HttpOnly; SameSite=None"),
            format!("{second}={value}; Path=/;{secure} HttpOnly"),
        ]
    }

    pub(super) fn no_trip_cookies(&self) -> [String; 2] {
        let secure = self.secure();
        let [first, second] = TRIP;
        let gone = "\"\"; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/;";
        [
            format!("{first}={gone}{secure} HttpOnly; SameSite=None"),
            format!("{second}={gone}{secure} HttpOnly"),
        ]
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
