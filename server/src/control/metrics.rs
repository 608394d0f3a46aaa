//! Numbers for Prometheus, in its text format 0.0.4.

use std::fmt::Write as _;

use bytes::Bytes;
use http::Response;

use super::text;
use crate::app::App;
use crate::calls::BUCKETS;

pub(super) fn show(app: &App) -> Response<Bytes> {
    let mut out = String::new();
    calls(&mut out, app);
    let pools = app.store.user_pools();
    let (mut users, mut clients) = (0, 0);
    for pool in &pools {
        pool.read(|state| {
            users += state.users().len();
            clients += state.clients().len();
        });
    }
    let count = |it: usize| it as f64;
    gauge(&mut out, "users", "Users of all user pools.", count(users));
    gauge(&mut out, "user_pools", "User pools.", count(pools.len()));
    gauge(
        &mut out,
        "user_pool_clients",
        "App clients.",
        count(clients),
    );
    let identity_pools = app.store.identity_pools().len();
    gauge(
        &mut out,
        "identity_pools",
        "Identity pools.",
        count(identity_pools),
    );
    head(
        &mut out,
        "messages_total",
        "counter",
        "Messages that were delivered to the outbox.",
    );
    for (medium, sent) in ["EMAIL", "SMS"].into_iter().zip(app.outbox.sent()) {
        let _ = writeln!(
            out,
            "cognitwin_messages_total{{medium=\"{medium}\"}} {sent}"
        );
    }
    if let Some(bytes) = resident_bytes() {
        gauge(
            &mut out,
            "process_resident_memory_bytes",
            "Resident memory.",
            bytes,
        );
    }
    let uptime = app.started.elapsed().as_secs_f64();
    gauge(&mut out, "uptime_seconds", "Since the start.", uptime);
    head(&mut out, "build_info", "gauge", "The version that runs.");
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(out, "cognitwin_build_info{{version=\"{version}\"}} 1");
    text("text/plain; version=0.0.4; charset=utf-8", out)
}

/// Labels are names of operations and errors that this server knows: nothing in them wants escaping.
fn calls(out: &mut String, app: &App) {
    let rows = app.journal.counters.rows();
    head(
        out,
        "calls_total",
        "counter",
        "Calls by how they ended; an empty error is none.",
    );
    for ((service, operation), row) in &rows {
        for (error, count) in &row.ends {
            let _ = writeln!(
                out,
                "cognitwin_calls_total{{service=\"{service}\",operation=\"{operation}\",error=\"{error}\"}} {count}"
            );
        }
    }
    head(
        out,
        "call_duration_seconds",
        "histogram",
        "How long calls took.",
    );
    for ((service, operation), row) in &rows {
        let labels = format!("service=\"{service}\",operation=\"{operation}\"");
        let mut sum = 0;
        let bounds = BUCKETS
            .iter()
            .map(f64::to_string)
            .chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(row.buckets) {
            sum += count;
            let _ = writeln!(
                out,
                "cognitwin_call_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {sum}"
            );
        }
        let _ = writeln!(
            out,
            "cognitwin_call_duration_seconds_sum{{{labels}}} {}\n\
             cognitwin_call_duration_seconds_count{{{labels}}} {sum}",
            row.seconds
        );
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(
        out,
        "# HELP cognitwin_{name} {help}\n# TYPE cognitwin_{name} {kind}"
    );
}

fn gauge(out: &mut String, name: &str, help: &str, value: f64) {
    head(out, name, "gauge", help);
    let _ = writeln!(out, "cognitwin_{name} {value}");
}

/// Linux says it; elsewhere the metric is absent.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}
