//! The secret of a client of Sign in with Apple: a token that its own key signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;

use crate::errors::{self, Result};

/// `key`: PKCS #8 as a PEM document, or what stands between its first and its last line.
pub fn client_assertion(key: &str, key_id: &str, claims: &Value) -> Result<String> {
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    let text: String = lines.flat_map(str::split_whitespace).collect();
    let der = STANDARD.decode(text).map_err(errors::internal)?;
    let header = Header {
        kid: Some(key_id.to_owned()),
        ..Header::new(Algorithm::ES256)
    };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&der)).map_err(errors::internal)
}
