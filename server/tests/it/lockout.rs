//! Wrong passwords in a row lock a user out, for longer with each one (facts: auth.md §3).

use serde_json::json;

use crate::server::{MINUTE, NOBODY, SECOND, Server, password_auth};

const REFUSED: &str = "NotAuthorizedException";

struct World {
    server: Server,
    client: String,
}

impl World {
    fn new() -> Self {
        let server = Server::new();
        let (_, client) = server.demo();
        Self { server, client }
    }

    #[track_caller]
    fn is_refused(&self, password: &str, message: &str) {
        let request = password_auth(&self.client, "alice", password);
        self.server
            .refuses_as(NOBODY, "InitiateAuth", request, REFUSED, message);
    }

    #[track_caller]
    fn is_wrong(&self) {
        self.is_refused("wrong", "Incorrect username or password.");
    }

    /// Whatever the password.
    #[track_caller]
    fn is_locked(&self) {
        for password in ["wrong", crate::server::PASSWORD] {
            self.is_refused(password, "Password attempts exceeded");
        }
    }

    #[track_caller]
    fn fail(&self, times: usize) {
        for _ in 0..times {
            self.is_wrong();
        }
    }
}

#[test]
fn the_sixth_attempt_in_a_row_is_one_too_many_for_a_second() {
    let world = World::new();
    world.fail(5);
    world.is_locked();
    world.server.advance(SECOND - 1);
    world.is_locked();
    world.server.advance(1);
    world.server.sign_in(&world.client, "alice");
}

#[test]
fn each_further_failure_doubles_the_lock_up_to_fifteen_minutes() {
    let world = World::new();
    world.fail(5);
    let mut lock = SECOND;
    for _ in 0..12 {
        world.server.advance(lock - 1);
        world.is_locked();
        world.server.advance(1);
        if lock == 15 * MINUTE {
            break;
        }
        world.is_wrong();
        lock = (2 * lock).min(15 * MINUTE);
    }
    assert_eq!(lock, 15 * MINUTE);
    world.server.sign_in(&world.client, "alice");
}

#[test]
fn an_attempt_while_locked_does_not_count() {
    let world = World::new();
    world.fail(5);
    for _ in 0..20 {
        world.is_locked();
    }
    world.server.advance(SECOND);
    world.server.sign_in(&world.client, "alice");
}

#[test]
fn a_sign_in_begins_the_count_anew() {
    let world = World::new();
    world.fail(4);
    world.server.sign_in(&world.client, "alice");
    world.fail(5);
    world.is_locked();
}

#[test]
fn fifteen_minutes_without_an_attempt_begin_the_count_anew() {
    let world = World::new();
    world.fail(4);
    world.server.advance(15 * MINUTE);
    world.fail(5);
    world.is_locked();
}

#[test]
fn a_lock_is_of_one_user_and_of_all_clients() {
    let world = World::new();
    world.fail(5);
    let pools = world.server.ok("ListUserPools", json!({"MaxResults": 1}));
    let pool = pools["UserPools"][0]["Id"].as_str().unwrap().to_owned();
    let other = World {
        client: world.server.client(&pool, json!({})),
        server: world.server,
    };
    other.is_locked();
    other.server.user(&pool, "bob", &[]);
    other.server.sign_in(&other.client, "bob");
}

#[test]
fn an_unknown_user_is_never_locked() {
    let world = World::new();
    for _ in 0..10 {
        let request = password_auth(&world.client, "nobody", "wrong");
        world.server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            "UserNotFoundException",
            "User does not exist.",
        );
    }
}
