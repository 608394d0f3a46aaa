//! The discovery document of a user pool (captured: localstack/localstack#12914, facts/tokens.md §4).

use serde_json::{Value, json};

/// `issuer` and `jwks_uri` are as the caller sees the server; `domain` is where the pool's OAuth
/// addresses are, without a slash at the end. A pool without one names addresses under its issuer, at which
/// nothing answers (captured: facts/oauth.md §8). `registration_endpoint` is there where the pool registers
/// clients (documented).
pub fn openid_configuration(
    issuer: &str,
    jwks_uri: &str,
    domain: Option<&str>,
    registration_endpoint: Option<&str>,
) -> Value {
    let address = |name: &str| match domain {
        Some(domain) if name == "logout" => format!("{domain}/logout"),
        Some(domain) => format!("{domain}/oauth2/{name}"),
        None => format!("{issuer}/{name}"),
    };
    let mut document = json!({
        "authorization_endpoint": address("authorize"),
        "end_session_endpoint": address("logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": address("revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": address("token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": address("userInfo"),
    });
    if let Some(endpoint) = registration_endpoint {
        document["registration_endpoint"] = endpoint.into();
    }
    document
}
