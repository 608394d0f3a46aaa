//! The console: what is there, what was sent, what was asked, and the clock, on one page without a script.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::{Answer, bad, text};
use crate::app::App;
use crate::calls;
use crate::delivery;

const MOST_ROWS: usize = 50;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;color:#222;background:#fff}\
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}td:first-child{white-space:nowrap}\
th{font-weight:600;color:#555}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\
form{display:inline}button,input{font:inherit;padding:.2rem .6rem;margin:.15rem 0}\
.error{color:#b00020}.muted{color:#666}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}th,.muted{color:#aaa}\
th,td{border-color:#333}.error{color:#ff8a95}}";

/// Buttons of the clock: what they say, and the field that they send.
const BUTTONS: [(&str, &str, &str); 7] = [
    ("+ 1 minute", "advance", "60"),
    ("+ 1 hour", "advance", "3600"),
    ("+ 1 day", "advance", "86400"),
    ("+ 30 days", "advance", "2592000"),
    ("Stop", "freeze", "true"),
    ("Run", "freeze", "false"),
    ("Real time", "reset", "true"),
];

pub(super) fn page(app: &App) -> Answer {
    let nonce = app.random.uuid();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><title>Cognitwin</title><style nonce=\"{nonce}\">{STYLE}</style></head><body>\
         <h1>Cognitwin</h1><p class=\"muted\">Version {}, up {} s. <a href=\"/_cognitwin/\">Refresh</a></p>",
        env!("CARGO_PKG_VERSION"),
        app.started.elapsed().as_secs()
    );
    clock(&mut out, app);
    pools(&mut out, app);
    messages(&mut out, app);
    requests(&mut out, app);
    out.push_str("</body></html>\n");
    let mut response = text("text/html; charset=utf-8", out);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a button of the page sends.
pub(super) fn act(app: &App, body: &[u8]) -> Answer {
    for (name, value) in form_urlencoded::parse(body) {
        match (&*name, &*value) {
            ("advance", seconds) => {
                let seconds: i64 = seconds
                    .parse()
                    .map_err(|_| bad("advance: seconds".to_owned()))?;
                app.clock.advance(seconds.saturating_mul(1000));
            }
            ("freeze", "true") => app.clock.freeze(true),
            ("freeze", "false") => app.clock.freeze(false),
            ("reset", "true") => app.clock.reset(),
            _ => return Err(bad(format!("unknown field {name}"))),
        }
    }
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let place = HeaderValue::from_static("/_cognitwin/");
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}

fn clock(out: &mut String, app: &App) {
    let now = jiff::Timestamp::from_millisecond(app.clock.now().as_millis());
    let now = now.map(|it| it.to_string()).unwrap_or_default();
    let state = match (app.clock.is_frozen(), app.clock.offset_millis()) {
        (true, _) => "stopped",
        (false, 0) => "real time",
        (false, _) => "moved",
    };
    let _ = write!(
        out,
        "<h2>Clock</h2><p><code>{now}</code> <span class=\"muted\">{state}</span></p>\
         <form method=\"post\" action=\"/_cognitwin/\">"
    );
    for (label, name, value) in BUTTONS {
        let _ = write!(
            out,
            "<button name=\"{name}\" value=\"{value}\">{label}</button> "
        );
    }
    out.push_str("</form>");
}

fn pools(out: &mut String, app: &App) {
    let pools = app.store.user_pools();
    // The newest first: it is what a test has just made.
    let rows = pools.iter().rev().take(MOST_ROWS).map(|pool| {
        pool.read(|state| {
            let name = state.settings().description.name.as_deref();
            vec![
                code(pool.id()),
                escape(name.unwrap_or_default()),
                state.users().len().to_string(),
                state.clients().len().to_string(),
            ]
        })
    });
    let heading = format!("User pools ({})", pools.len());
    table(out, &heading, &["Id", "Name", "Users", "Clients"], rows);
}

fn messages(out: &mut String, app: &App) {
    let found = app.outbox.find(&delivery::Filter::default());
    let rows = found.iter().rev().take(MOST_ROWS).map(|it| {
        let link = it.link.as_deref().unwrap_or_default();
        let time = jiff::Timestamp::from_millisecond(it.time.as_millis());
        vec![
            code(&time.map(|it| it.to_string()).unwrap_or_default()),
            escape(&it.username),
            escape(&it.destination),
            code(it.code.as_deref().unwrap_or_default()),
            format!(
                "{} {}",
                escape(it.subject.as_deref().unwrap_or_default()),
                code(link)
            ),
        ]
    });
    let names = ["Time", "User", "To", "Code", "Subject and link"];
    table(out, "Messages", &names, rows);
}

fn requests(out: &mut String, app: &App) {
    let found = app.journal.latest(&calls::Filter::default(), MOST_ROWS);
    let rows = found.iter().rev().map(|call| {
        let text = |name: &str| call[name].as_str().unwrap_or_default();
        let error = format!("<span class=\"error\">{}</span>", escape(text("errorType")));
        let message = call["response"]["message"].as_str().unwrap_or_default();
        vec![
            code(text("time")),
            escape(&format!("{} {}", text("service"), text("operation"))),
            number(&call["status"]),
            format!("{error} {}", escape(message)),
            number(&call["durationMs"]),
        ]
    });
    let names = ["Time", "Call", "Status", "Error", "ms"];
    table(out, "Requests", &names, rows);
}

fn number(value: &Value) -> String {
    value.to_string()
}

/// Cells are HTML.
fn table(out: &mut String, heading: &str, names: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = write!(
        out,
        "<h2>{heading}</h2><div class=\"wide\" tabindex=\"0\"><table><tr>"
    );
    for name in names {
        let _ = write!(out, "<th>{name}</th>");
    }
    out.push_str("</tr>");
    for row in rows {
        let _ = write!(out, "<tr><td>{}</td></tr>", row.join("</td><td>"));
    }
    out.push_str("</table></div>");
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
