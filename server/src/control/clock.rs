//! The server's clock: read, set, stopped, moved, returned to real time.

use bytes::Bytes;
use cognito_model::Timestamp;
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, bad, no_content};
use crate::clock::Clock;
use crate::http::json_response;

/// What a PUT may ask, in this order: set, move, stop.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    now: Option<String>,
    advance_seconds: Option<f64>,
    freeze: Option<bool>,
}

pub(super) fn answer(clock: &Clock, method: &Method, body: &[u8]) -> Answer {
    if *method == Method::DELETE {
        clock.reset();
        return Ok(no_content());
    }
    if *method == Method::PUT {
        change(clock, body).map_err(bad)?;
    }
    Ok(describe(clock))
}

fn change(clock: &Clock, body: &[u8]) -> Result<(), String> {
    let change: Change = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if change.now.is_none() && change.advance_seconds.is_none() && change.freeze.is_none() {
        return Err("now, advanceSeconds or freeze is wanted".to_owned());
    }
    let now: Option<jiff::Timestamp> = change
        .now
        .map(|now| now.parse())
        .transpose()
        .map_err(|error| format!("now: {error}"))?;
    if let Some(now) = now {
        clock.set(Timestamp::from_millis(now.as_millisecond()));
    }
    if let Some(seconds) = change.advance_seconds {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        clock.advance((seconds * 1000.0) as i64);
    }
    if let Some(freeze) = change.freeze {
        clock.freeze(freeze);
    }
    Ok(())
}

fn describe(clock: &Clock) -> Response<Bytes> {
    let now = jiff::Timestamp::from_millisecond(clock.now().as_millis());
    json_response(
        StatusCode::OK,
        &json!({
            "now": now.map(|now| now.to_string()).ok(),
            "frozen": clock.is_frozen(),
            "offsetSeconds": clock.offset_millis() as f64 / 1000.0,
        }),
    )
}
