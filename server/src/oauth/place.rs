//! Whose domain a request came to, by the host that it names (facts: interface.md §2).

use std::sync::Arc;

use crate::context::Context;
use crate::store::Pool;

pub(super) enum Place {
    /// A domain of this pool, and whether it shows managed login.
    Domain(Arc<Pool>, bool),
    /// A prefix that no pool has.
    Nowhere,
    /// The server itself: clients and tokens say which pool is meant.
    Server,
}

impl Place {
    pub(super) fn of(cx: &Context) -> Self {
        Self::at(cx, &cx.origin.base_url)
    }

    /// The same of any address.
    pub(super) fn at(cx: &Context, base_url: &str) -> Self {
        let host = host(base_url).to_ascii_lowercase();
        let store = &cx.app.store;
        let found = if let Some(prefix) = host.strip_suffix(".auth.localhost") {
            store.user_pool_of_prefix(prefix, &cx.app.settings.region)
        } else if let Some((prefix, region)) = aws_domain(&host) {
            store.user_pool_of_domain(prefix, region)
        } else {
            // A name without a dot would be taken for a prefix.
            let custom = host.contains('.').then_some(&host);
            let Some(pool) = custom.and_then(|host| store.user_pool_of_domain(host, "")) else {
                return Self::Server;
            };
            Some(pool)
        };
        let Some(pool) = found else {
            return Self::Nowhere;
        };
        let is_managed = pool.read(|state| {
            let own = |custom: bool| {
                let mut domains = state.domains().iter();
                domains.find(|it| it.is_custom() == custom && (!custom || it.name() == host))
            };
            let named = own(true).or_else(|| own(false));
            named.is_some_and(|it| it.description.managed_login_version == Some(2))
        });
        Self::Domain(pool, is_managed)
    }

    /// The pool of a client. On a domain, clients of other pools are unknown.
    pub(super) fn pool_of_client(&self, cx: &Context, client_id: &str) -> Option<Arc<Pool>> {
        let pool = cx.app.store.user_pool_of_client(client_id)?;
        self.is_of(&pool).then_some(pool)
    }

    pub(super) fn is_of(&self, pool: &Pool) -> bool {
        match self {
            Self::Domain(own, _) => own.id() == pool.id(),
            Self::Nowhere => false,
            Self::Server => true,
        }
    }

    /// The host, where cookies are for it alone.
    pub(super) fn cookie_domain<'a>(&self, cx: &'a Context) -> Option<&'a str> {
        matches!(self, Self::Domain(..)).then(|| host(&cx.origin.base_url))
    }
}

/// Without scheme and port.
fn host(base_url: &str) -> &str {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    match rest.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// `<prefix>.auth.<region>.amazoncognito.com`, or its FIPS endpoint.
fn aws_domain(host: &str) -> Option<(&str, &str)> {
    let mut labels = host.strip_suffix(".amazoncognito.com")?.split('.');
    match (labels.next(), labels.next(), labels.next(), labels.next()) {
        (Some(prefix), Some("auth" | "auth-fips"), Some(region), None) => Some((prefix, region)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_addresses() {
        for (url, name) in [
            ("http://localhost:9229", "localhost"),
            ("https://demo.auth.localhost:9229", "demo.auth.localhost"),
            ("http://[::1]:9229", "::1"),
            ("auth.example.com", "auth.example.com"),
            ("http://", ""),
        ] {
            assert_eq!(host(url), name, "{url}");
        }
        let name = "demo.auth.eu-west-1.amazoncognito.com";
        assert_eq!(aws_domain(name), Some(("demo", "eu-west-1")));
        let name = "demo.auth-fips.us-east-1.amazoncognito.com";
        assert_eq!(aws_domain(name), Some(("demo", "us-east-1")));
        for other in [
            "amazoncognito.com",
            "demo.amazoncognito.com",
            "a.b.auth.us-east-1.amazoncognito.com",
            "demo.auth.localhost",
        ] {
            assert_eq!(aws_domain(other), None, "{other}");
        }
    }
}
