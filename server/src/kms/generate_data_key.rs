//! GenerateDataKey — <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{key, refuse_unknown_helpers};
use crate::app::App;
use crate::aws::Scope;
use crate::errors::{self, Result};
use crate::keys::EncryptionContext;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    key_id: String,
    encryption_context: Option<EncryptionContext>,
    number_of_bytes: Option<usize>,
    key_spec: Option<String>,
    grant_tokens: Option<Vec<String>>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
}

pub(super) fn handle(app: &App, scope: &Scope, input: Value) -> Result<Value> {
    let request: Request = serde_json::from_value(input).map_err(errors::internal)?;
    refuse_unknown_helpers(request.recipient.as_ref(), request.grant_tokens.as_deref())?;
    let key = key(app, scope, &request.key_id)?;
    let length = match (request.number_of_bytes, request.key_spec.as_deref()) {
        (Some(length), None) => length,
        (None, Some("AES_128")) => 16,
        (None, Some(_)) => 32,
        _ => return Err(errors::kms_data_key_length()),
    };
    if request.dry_run == Some(true) {
        return Err(errors::kms_dry_run());
    }
    let context = request.encryption_context.unwrap_or_default();
    let (plaintext, ciphertext) = key.data_key(length, &context, &app.random)?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(ciphertext),
        "KeyId": key.arn(),
        "KeyMaterialId": key.material_id(),
        "Plaintext": STANDARD.encode(plaintext),
    }))
}
