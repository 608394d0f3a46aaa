//! `/confirmUser?client_id=…&user_name=…&confirmation_code=…`: where a verification link leads. The words
//! are assumed.

use bytes::Bytes;
use cognito_model::idp::ConfirmSignUpRequest;
use http::{Response, StatusCode};

use super::{Frame, Look, say};
use crate::accounts;
use crate::context::Context;

pub(crate) async fn confirm_user(cx: &Context, query: &str) -> Response<Bytes> {
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let request = ConfirmSignUpRequest {
        client_id: parameter("client_id"),
        username: parameter("user_name"),
        confirmation_code: parameter("confirmation_code"),
        ..Default::default()
    };
    let confirmed = match cx.user_pool_of_client(&request.client_id) {
        Ok(pool) => accounts::confirm_by_link(cx, &pool, &request).await,
        Err(error) => Err(error),
    };
    let page = Frame::new(&parameter("lang"), Look::default());
    match confirmed {
        Ok(()) => {
            let text = page.say("Your registration has been confirmed!");
            say(&page, StatusCode::OK, page.say("Confirmed"), text)
        }
        Err(error) => {
            let text = error.message();
            let text = text.unwrap_or_else(|| page.say("Something went wrong"));
            say(
                &page,
                StatusCode::BAD_REQUEST,
                page.say("Not confirmed"),
                text,
            )
        }
    }
}
