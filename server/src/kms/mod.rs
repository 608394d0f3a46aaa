//! KMS, as far as the handler of a custom sender needs it to decrypt a code: two calls of AWS JSON 1.1.
//! A key is there once it is named ([`KmsKey`]).

mod decrypt;
mod generate_data_key;
mod shapes;

use std::sync::Arc;

use bytes::Bytes;
use cognito_model::{Rejection, Shape};
use http::request::Parts;
use http::{HeaderMap, Response};
use serde_json::Value;

use crate::app::App;
use crate::aws::{Arn, Scope, is_account_id, is_kms_key_id};
use crate::aws_json::{self, Exchange, Failure};
use crate::calls::Target;
use crate::errors::{self, Result};
use crate::keys::KmsKey;

const TARGET_PREFIX: &str = "TrentService";

/// Looks at a validated request.
type Handler = fn(&App, &Scope, Value) -> Result<Value>;

pub(crate) fn is_target(headers: &HeaderMap) -> bool {
    aws_json::target(headers).is_some_and(|(prefix, _)| prefix == TARGET_PREFIX)
}

pub(crate) async fn answer(
    app: &Arc<App>,
    head: &Parts,
    body: &[u8],
) -> (Response<Bytes>, Exchange) {
    let mut exchange = Exchange {
        service: "kms",
        ..Exchange::default()
    };
    let result = call(app, head, body, &mut exchange).await;
    aws_json::respond(app, result, exchange)
}

async fn call(
    app: &App,
    head: &Parts,
    body: &[u8],
    exchange: &mut Exchange,
) -> std::result::Result<Vec<u8>, Failure> {
    let name = aws_json::target(&head.headers).map(|(_, name)| name);
    let (operation, shape, handle): (_, &Shape, Handler) = match name {
        Some("Decrypt") => ("Decrypt", &shapes::DECRYPT, decrypt::handle),
        Some("GenerateDataKey") => (
            "GenerateDataKey",
            &shapes::GENERATE_DATA_KEY,
            generate_data_key::handle,
        ),
        _ => return Err(errors::unknown_operation().into()),
    };
    exchange.operation = operation;
    let (_, scope) = aws_json::signer(app, exchange.service, head, body)?;
    let account = exchange.account.insert(scope.account.clone());
    let target = Target {
        service: exchange.service,
        operation,
        user_pool_id: None,
        account: Some(account),
    };
    let met = app.faults.meet(&target, &app.random).await;
    met.map_err(Failure::Injected)?;
    let mut input = aws_json::parse(body)?;
    cognito_model::discard_null_entries(shape, &mut input);
    cognito_model::validate(shape, &input).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => errors::wrong_type(message),
        Rejection::Constraints(items) => {
            let items: Vec<String> = items.into_iter().map(shapes::as_captured).collect();
            errors::validation(cognito_model::message(&items))
        }
    })?;
    let output = handle(app, &scope, input)?;
    Ok(serde_json::to_vec(&output).map_err(errors::internal)?)
}

/// The key that a caller names by its id, its ARN, an alias or an alias's ARN. One of another account needs the
/// ARN; policies are not asked.
fn key(app: &App, scope: &Scope, name: &str) -> Result<KmsKey> {
    let arn = if name.starts_with("arn:") {
        let arn = Arn::parse(name)
            .filter(|arn| arn.service == "kms" && is_account_id(arn.account))
            .ok_or_else(|| errors::kms_arn_invalid(name))?;
        if arn.region != scope.region {
            return Err(errors::kms_arn_invalid(arn.region));
        }
        match arn.resource.split_once('/') {
            Some(("key", id)) if !is_kms_key_id(id) => return Err(errors::kms_key_id_invalid(id)),
            Some(("alias", alias)) if !is_alias(alias) => {
                return Err(errors::kms_alias_not_found(name));
            }
            Some(("key" | "alias", _)) => name.to_owned(),
            _ => return Err(errors::kms_arn_invalid(name)),
        }
    } else if let Some(alias) = name.strip_prefix("alias/") {
        let arn = Arn::kms(scope, name);
        if !is_alias(alias) {
            return Err(errors::kms_alias_not_found(&arn));
        }
        arn
    } else if is_kms_key_id(name) {
        Arn::kms(scope, &format!("key/{name}"))
    } else {
        return Err(errors::kms_key_id_invalid(name));
    };
    KmsKey::of(&app.sealer, &arn)
}

fn is_alias(text: &str) -> bool {
    (1..=250).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'))
}

/// What both calls refuse alike: an attested enclave to answer to, and tokens of grants, which nobody can make.
fn refuse_unknown_helpers(
    recipient: Option<&Value>,
    grant_tokens: Option<&[String]>,
) -> Result<()> {
    if recipient.is_some() {
        return Err(errors::not_implemented("Recipient"));
    }
    if grant_tokens.is_some_and(|tokens| !tokens.is_empty()) {
        return Err(errors::kms_invalid_grant_token());
    }
    Ok(())
}
