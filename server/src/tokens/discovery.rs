//! The discovery document of a user pool (captured: localstack/localstack#12914, facts/tokens.md §4).

use serde_json::{Value, json};

/// `issuer` and `jwks_uri` are as the caller sees the server; `domain` is where the pool's OAuth
/// addresses are, without a slash at the end.
pub fn openid_configuration(issuer: &str, jwks_uri: &str, domain: &str) -> Value {
    json!({
        "authorization_endpoint": format!("{domain}/oauth2/authorize"),
        "end_session_endpoint": format!("{domain}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{domain}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{domain}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{domain}/oauth2/userInfo"),
    })
}
