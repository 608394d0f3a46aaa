//! The control API: the server's clock, and the outbox where `invitations` does not ask it.

use http::{Request, Response};
use serde_json::{Value, json};

use crate::server::{NOBODY, START_STAMP, Server, json_of, refusal};

fn clock(server: &Server, method: &str, body: &str) -> Response<bytes::Bytes> {
    let request = Request::builder().method(method).uri("/_cognitwin/clock");
    server.send(request.body(body.to_owned()).unwrap())
}

fn set(server: &Server, change: Value) -> Value {
    let response = clock(server, "PUT", &change.to_string());
    assert_eq!(response.status(), 200);
    json_of(&response)
}

/// What the clock says, however far it is from the system's.
fn shown(now: &str, answer: &Value) -> Value {
    json!({"now": now, "frozen": true, "offsetSeconds": answer["offsetSeconds"]})
}

#[test]
fn the_clock_is_read_set_and_moved() {
    let server = Server::new();
    let answer = json_of(&clock(&server, "GET", ""));
    assert_eq!(answer, shown("2026-01-01T00:00:00.5Z", &answer));
    let answer = set(&server, json!({"advanceSeconds": 90.25}));
    assert_eq!(answer, shown("2026-01-01T00:01:30.75Z", &answer));
    let answer = set(&server, json!({"advanceSeconds": -90.25}));
    assert_eq!(answer, shown("2026-01-01T00:00:00.5Z", &answer));
    let answer = set(
        &server,
        json!({"now": "2030-05-06T07:08:09Z", "advanceSeconds": 1}),
    );
    assert_eq!(answer, shown("2030-05-06T07:08:10Z", &answer));
    let answer = set(&server, json!({"now": "2030-05-06T07:08:09+01:00"}));
    assert_eq!(answer, shown("2030-05-06T06:08:09Z", &answer));
}

#[test]
fn everything_lives_by_the_clock() {
    let server = Server::new();
    set(&server, json!({"advanceSeconds": 60}));
    let pool = server.pool(json!({}));
    let described = server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    assert_eq!(
        described["UserPool"]["CreationDate"],
        json!(START_STAMP + 60.0)
    );
    let client = server.client(&pool, json!({}));
    server.user(&pool, "alice", &[]);
    let tokens = server.sign_in(&client, "alice");
    set(&server, json!({"advanceSeconds": 3600}));
    let response = server.call_as(
        NOBODY,
        "GetUser",
        json!({"AccessToken": tokens["AccessToken"]}),
    );
    assert_eq!(
        json_of(&response),
        refusal("NotAuthorizedException", "Access Token has expired")
    );
}

#[test]
fn a_clock_that_is_let_go_runs_on_and_returns_to_real_time() {
    let server = Server::new();
    let answer = set(&server, json!({"freeze": false}));
    assert_eq!(answer["frozen"], json!(false));
    let response = clock(&server, "DELETE", "");
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (204, 0)
    );
    let answer = json_of(&clock(&server, "GET", ""));
    assert_eq!(
        (&answer["frozen"], &answer["offsetSeconds"]),
        (&json!(false), &json!(0.0))
    );
}

#[test]
fn a_change_that_makes_no_sense_is_refused_and_changes_nothing() {
    let server = Server::new();
    for body in [
        "",
        "[]",
        "{",
        r#"{"now": "soon"}"#,
        "{}",
        r#"{"speed": 2}"#,
        r#"{"freeze": "yes"}"#,
        r#"{"advanceSeconds": "1"}"#,
    ] {
        let response = clock(&server, "PUT", body);
        assert_eq!(response.status(), 400, "{body}");
        assert!(json_of(&response)["error"].is_string(), "{body}");
    }
    let answer = json_of(&clock(&server, "GET", ""));
    assert_eq!(answer, shown("2026-01-01T00:00:00.5Z", &answer));
    let response = clock(&server, "POST", "{}");
    let problem = "POST /_cognitwin/clock is not a part of the control API";
    assert_eq!(
        (response.status().as_u16(), json_of(&response)),
        (404, json!({"error": problem}))
    );
}
