//! Decrypt — <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>
//!
//! The ciphertext says which key it is of; `KeyId` only holds the caller to it. `DryRunModifiers` change a dry
//! run and nothing else, as AWS documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Blob;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{key, refuse_unknown_helpers};
use crate::app::App;
use crate::aws::{Arn, Scope};
use crate::errors::{self, Result};
use crate::keys::{EncryptionContext, KmsKey};

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    ciphertext_blob: Option<Blob>,
    encryption_context: Option<EncryptionContext>,
    grant_tokens: Option<Vec<String>>,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
    dry_run_modifiers: Option<Vec<String>>,
}

pub(super) fn handle(app: &App, scope: &Scope, input: Value) -> Result<Value> {
    let request: Request = serde_json::from_value(input).map_err(errors::internal)?;
    refuse_unknown_helpers(request.recipient.as_ref(), request.grant_tokens.as_deref())?;
    let is_dry = request.dry_run == Some(true);
    let ignores_ciphertext = is_dry && request.dry_run_modifiers.is_some_and(|it| !it.is_empty());
    let named = request
        .key_id
        .map(|name| key(app, scope, &name))
        .transpose()?;
    let algorithm = request.encryption_algorithm.as_deref().unwrap_or(SYMMETRIC);
    let is_symmetric = algorithm == SYMMETRIC;

    if ignores_ciphertext {
        return Err(match named {
            None => errors::kms_member_missing("keyId"),
            Some(_) if !is_symmetric => errors::kms_algorithm_incompatible(algorithm),
            Some(_) => errors::kms_dry_run(),
        });
    }
    let ciphertext = request
        .ciphertext_blob
        .ok_or_else(|| errors::kms_member_missing("ciphertextBlob"))?;
    let ciphertext = ciphertext.as_bytes();
    let arn = KmsKey::named_in(ciphertext).ok_or_else(errors::kms_invalid_ciphertext)?;
    let place = Arn::parse(arn).ok_or_else(errors::kms_invalid_ciphertext)?;
    if place.region != scope.region {
        return Err(errors::kms_foreign_ciphertext());
    }
    let key = KmsKey::of(&app.sealer, arn)?;
    if named.is_some_and(|named| named.arn() != key.arn()) {
        return Err(errors::kms_incorrect_key());
    }
    if !is_symmetric {
        return Err(errors::kms_algorithm_incompatible(algorithm));
    }
    let context = request.encryption_context.unwrap_or_default();
    let plaintext = key
        .decrypt(ciphertext, &context)
        .ok_or_else(errors::kms_invalid_ciphertext)?;
    if is_dry {
        return Err(errors::kms_dry_run());
    }
    Ok(json!({
        "EncryptionAlgorithm": SYMMETRIC,
        "KeyId": key.arn(),
        "KeyMaterialId": key.material_id(),
        "Plaintext": STANDARD.encode(plaintext),
    }))
}
