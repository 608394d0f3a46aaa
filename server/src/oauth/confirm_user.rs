//! `/confirmUser?client_id=…&user_name=…&confirmation_code=…`: where a verification link leads. It is of no app, so
//! nothing else has to be right of it. The words are *assumed*.

use bytes::Bytes;
use cognito_model::idp::{self, ConfirmSignUpRequest};
use http::{Response, StatusCode};
use serde_json::json;

use super::errand::request_of;
use super::page::words;
use super::{Call, reply};
use crate::accounts;
use crate::errors::{self, Result};
use crate::pages;

pub(super) async fn answer(call: &Call<'_>) -> Response<Bytes> {
    let page = call.page();
    match confirm(call).await {
        Ok(()) => {
            let text = page.say("Your registration has been confirmed!");
            let html = pages::message(page, page.say("Confirmed"), text);
            reply::page(StatusCode::OK, html)
        }
        Err(error) => {
            let html = pages::message(page, page.say("Not confirmed"), &words(&error));
            reply::page(StatusCode::BAD_REQUEST, html)
        }
    }
}

async fn confirm(call: &Call<'_>) -> Result<()> {
    let parameter = |name| call.query.get(name).unwrap_or_default();
    let request: ConfirmSignUpRequest = request_of::<idp::ConfirmSignUp>(json!({
        "ClientId": parameter("client_id"),
        "Username": parameter("user_name"),
        "ConfirmationCode": parameter("confirmation_code"),
    }))?;
    let pool = call.place.pool_of_client(&call.cx, &request.client_id);
    let pool = pool.ok_or_else(|| errors::client_not_found(&request.client_id))?;
    call.note_pool(&pool);
    accounts::confirm_on_page(&call.cx, &pool, &request).await
}
