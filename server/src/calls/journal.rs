//! The journal: the last thousand calls. Noting one costs a copy of its bodies; they are parsed, and their
//! secrets masked, when somebody reads them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::counters::Counters;
use super::mask;

const MOST_CALLS: usize = 1000;

/// A longer body is cut, so that the journal never holds more than some 32 MiB.
const MOST_BODY: usize = 16 * 1024;

/// One call, as whoever answered it notes it.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request id of the answer.
    pub id: String,
    pub time: Timestamp,
    /// `cognito-idp`, `cognito-identity`, `sts`, `oauth`, `lambda`; empty where the call named none.
    pub service: &'static str,
    pub operation: Cow<'static, str>,
    /// The operation in metrics: one of a few, whatever callers send.
    pub label: &'static str,
    pub user_pool_id: Option<String>,
    pub account: Option<String>,
    pub status: u16,
    pub error: Option<Cow<'static, str>>,
    pub duration: Duration,
    pub request: Payload,
    pub response: Payload,
    /// The name of the function, where one of a pool's functions was called.
    pub trigger: Option<String>,
}

/// A body, kept as it came if it is short.
#[derive(Debug, Clone)]
pub struct Payload(Kept);

#[derive(Debug, Clone)]
enum Kept {
    Json(Bytes),
    Attributes(Bytes),
    Form(Bytes),
    Xml(Bytes),
    /// Masked before it was cut.
    Head {
        text: String,
        bytes: usize,
    },
}

impl Payload {
    pub fn json(body: &[u8]) -> Self {
        Self::kept(body, Kept::Json)
    }

    /// Of a user, in JSON: their names are shown, no value is.
    pub fn attributes(body: &[u8]) -> Self {
        Self::kept(body, Kept::Attributes)
    }

    pub fn form(body: &[u8]) -> Self {
        Self::kept(body, Kept::Form)
    }

    pub fn xml(body: &[u8]) -> Self {
        Self::kept(body, Kept::Xml)
    }

    /// A copy: what came over a socket is a part of something larger.
    fn kept(body: &[u8], form: fn(Bytes) -> Kept) -> Self {
        if body.len() <= MOST_BODY {
            return Self(form(Bytes::copy_from_slice(body)));
        }
        let mut text = match Self(form(Bytes::copy_from_slice(body))).view() {
            Value::String(text) => text,
            value => value.to_string(),
        };
        text.truncate(text.floor_char_boundary(MOST_BODY));
        Self(Kept::Head {
            text,
            bytes: body.len(),
        })
    }

    /// Without its secrets. What cannot be read cannot be masked, and is not shown.
    fn view(&self) -> Value {
        match &self.0 {
            Kept::Json(body) | Kept::Attributes(body) | Kept::Form(body) | Kept::Xml(body)
                if body.is_empty() =>
            {
                Value::Null
            }
            Kept::Json(body) => read(body, mask::mask),
            Kept::Attributes(body) => read(body, mask::hide),
            Kept::Form(body) => mask::form(body),
            Kept::Xml(body) => json!(mask::xml(&String::from_utf8_lossy(body))),
            Kept::Head { text, bytes } => json!({"truncated": true, "bytes": bytes, "head": text}),
        }
    }
}

fn read(body: &[u8], mask: fn(&mut Value)) -> Value {
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            mask(&mut value);
            value
        }
        Err(_) => json!({"unreadable": true, "bytes": body.len()}),
    }
}

impl Call {
    fn view(&self) -> Value {
        let text = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        json!({
            "id": self.id,
            "time": jiff::Timestamp::from_millisecond(self.time.as_millis()).ok().map(|it| it.to_string()),
            "service": text(self.service),
            "operation": text(&self.operation),
            "userPoolId": self.user_pool_id,
            "account": self.account,
            "status": self.status,
            "errorType": self.error,
            "durationMs": self.duration.as_micros() as f64 / 1000.0,
            "request": self.request.view(),
            "response": self.response.view(),
            "trigger": self.trigger,
        })
    }
}

/// Which calls; what is `None` matches everything.
#[derive(Debug, Default)]
pub struct Filter {
    pub operation: Option<String>,
    pub user_pool_id: Option<String>,
    pub account: Option<String>,
    pub since: Option<Timestamp>,
}

impl Filter {
    fn matches(&self, call: &Call) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == value
        };
        is(&self.operation, Some(&call.operation))
            && is(&self.user_pool_id, call.user_pool_id.as_deref())
            && is(&self.account, call.account.as_deref())
            && self.since.is_none_or(|since| call.time >= since)
    }
}

#[derive(Default)]
pub struct Journal {
    calls: Mutex<VecDeque<Call>>,
    pub counters: Counters,
}

impl Journal {
    pub fn note(&self, call: Call) {
        self.counters.count(&call);
        let mut calls = self.calls.lock();
        if calls.len() == MOST_CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// Oldest first, without secrets.
    pub fn find(&self, filter: &Filter) -> Vec<Value> {
        self.latest(filter, MOST_CALLS)
    }

    /// As [`Journal::find`], only the last ones.
    pub fn latest(&self, filter: &Filter, most: usize) -> Vec<Value> {
        let found: Vec<Call> = {
            let calls = self.calls.lock();
            let matching = calls.iter().rev().filter(|it| filter.matches(it));
            matching.take(most).cloned().collect()
        };
        // Masked when the lock is free.
        found.iter().rev().map(Call::view).collect()
    }

    /// Forgets what the filter finds.
    pub fn forget(&self, filter: &Filter) {
        self.calls.lock().retain(|call| !filter.matches(call));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &'static str, request: &str) -> Call {
        Call {
            id: "id".to_owned(),
            time: Timestamp::from_millis(1500),
            service: "cognito-idp",
            operation: operation.into(),
            label: operation,
            user_pool_id: Some("p".to_owned()),
            account: None,
            status: 200,
            error: None,
            duration: Duration::from_micros(1500),
            request: Payload::json(request.as_bytes()),
            response: Payload::json(b""),
            trigger: None,
        }
    }

    #[test]
    fn the_last_thousand_are_kept_and_shown_without_secrets() {
        let journal = Journal::default();
        for _ in 0..MOST_CALLS {
            journal.note(call("SignUp", r#"{"Password": "p"}"#));
        }
        journal.note(call("GetUser", r#"{"AccessToken": "#));
        let found = journal.find(&Filter::default());
        assert_eq!(found.len(), MOST_CALLS);
        assert_eq!(
            found[0],
            json!({
                "id": "id", "time": "1970-01-01T00:00:01.5Z", "service": "cognito-idp", "operation": "SignUp",
                "userPoolId": "p", "account": null, "status": 200, "errorType": null, "durationMs": 1.5,
                "request": {"Password": "***"}, "response": null, "trigger": null,
            })
        );
        let filter = Filter {
            operation: Some("GetUser".to_owned()),
            ..Filter::default()
        };
        let found = journal.find(&filter);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0]["request"],
            json!({"unreadable": true, "bytes": 16})
        );
        journal.forget(&filter);
        assert_eq!(journal.find(&Filter::default()).len(), MOST_CALLS - 1);
    }

    #[test]
    fn a_long_body_is_masked_and_then_cut() {
        let long = json!({"Password": "secret", "Zoo": "ä".repeat(MOST_BODY)}).to_string();
        let view = Payload::json(long.as_bytes()).view();
        assert_eq!(view["bytes"], long.len());
        assert_eq!(view["truncated"], true);
        let head = view["head"].as_str().unwrap();
        assert!(head.starts_with(r#"{"Password":"***","Zoo":"ä"#) && head.len() <= MOST_BODY);
    }
}
