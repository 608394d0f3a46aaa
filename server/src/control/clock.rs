//! The server's clock: read, set, stopped, moved, returned to real time.

use bytes::Bytes;
use cognito_model::Timestamp;
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, bad, no_content, object_of};
use crate::clock::{Clock, RANGE};
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
    let change: Change = object_of(body)?;
    if change.now.is_none() && change.advance_seconds.is_none() && change.freeze.is_none() {
        return Err("now, advanceSeconds or freeze is wanted".to_owned());
    }
    let now: Option<jiff::Timestamp> = change
        .now
        .map(|now| now.parse())
        .transpose()
        .map_err(|error| format!("now: {error}"))?;
    let start = now.map_or_else(|| clock.now().as_millis(), jiff::Timestamp::as_millisecond);
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let moved = change.advance_seconds.map(|it| (it * 1000.0) as i64);
    let end = start.saturating_add(moved.unwrap_or_default());
    if !RANGE.contains(&end) {
        return Err("the clock goes from 1970 to the year 9987".to_owned());
    }
    if now.is_some() {
        clock.set(Timestamp::from_millis(start));
    }
    if let Some(moved) = moved {
        clock.advance(moved);
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
