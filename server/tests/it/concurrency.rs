//! A hundred callers at once: what must be unique is, and everybody gets an answer.

use std::collections::BTreeSet;
use std::sync::Barrier;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::identities::World;
use crate::server::{NOBODY, OWNER, PASSWORD, Server, json_of, password_auth, refusal, text};

const CALLERS: usize = 100;

/// The answers of so many calls that begin together.
fn together(call: impl Fn(usize) -> Response<Bytes> + Sync) -> Vec<Value> {
    let start = Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        let (start, call) = (&start, &call);
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    json_of(&call(number))
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    })
}

/// How many were refused so; the others are the rest.
fn split(answers: Vec<Value>, refused: &Value) -> (usize, Vec<Value>) {
    let before = answers.len();
    let rest: Vec<Value> = answers
        .into_iter()
        .filter(|answer| answer != refused)
        .collect();
    (before - rest.len(), rest)
}

#[test]
fn one_of_many_callers_makes_the_user() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let request = json!({"UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS"});
    let answers = together(|_| server.call_as(OWNER, "AdminCreateUser", request.clone()));
    let (refused, made) = split(
        answers,
        &refusal("UsernameExistsException", "User account already exists"),
    );
    assert_eq!((refused, made.len()), (99, 1));
    let users = server.ok("ListUsers", json!({"UserPoolId": pool}));
    let shown = &made[0]["User"];
    assert_eq!(users, json!({"Users": [shown]}));
}

#[test]
fn one_of_many_callers_gets_the_email_address() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let request =
        json!({"UserPoolId": pool, "Username": "a@example.com", "MessageAction": "SUPPRESS"});
    let answers = together(|_| server.call_as(OWNER, "AdminCreateUser", request.clone()));
    let message = "An account with the given email already exists.";
    let (refused, made) = split(answers, &refusal("UsernameExistsException", message));
    assert_eq!((refused, made.len()), (99, 1));
}

#[test]
fn one_of_many_callers_makes_the_pool_of_a_fixed_id() {
    let server = Server::new();
    let request = json!({"PoolName": "demo", "UserPoolTags": {"_custom_id_": "us-east-1_fixed"}});
    let answers = together(|_| server.call_as(OWNER, "CreateUserPool", request.clone()));
    let message = "The id us-east-1_fixed is already in use.";
    let (refused, made) = split(answers, &refusal("InvalidParameterException", message));
    assert_eq!((refused, made.len()), (99, 1));
    let pools = server.ok("ListUserPools", json!({"MaxResults": 60}));
    assert_eq!(pools["UserPools"].as_array().unwrap().len(), 1);
}

#[test]
fn one_of_many_callers_makes_the_client_of_a_fixed_id_whatever_the_pool() {
    let server = Server::new();
    let pools: Vec<String> = (0..CALLERS).map(|_| server.pool(json!({}))).collect();
    let answers = together(|number| {
        let request = json!({"UserPoolId": pools[number], "ClientName": "_custom_id_:fixed"});
        server.call_as(OWNER, "CreateUserPoolClient", request)
    });
    let (refused, made) = split(
        answers,
        &refusal(
            "InvalidParameterException",
            "The id fixed is already in use.",
        ),
    );
    assert_eq!((refused, made.len()), (99, 1));
    let owner = text(&made[0]["UserPoolClient"]["UserPoolId"]);
    server.user(&owner, "alice", &[]);
    let allowed = password_auth("fixed", "alice", PASSWORD);
    let message = "USER_PASSWORD_AUTH flow not enabled for this client";
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        allowed,
        "InvalidParameterException",
        message,
    );
}

#[test]
fn many_callers_with_one_login_get_one_identity() {
    let world = World::new(json!({}));
    let request = world.get_id(world.one.login(&world.server, "alice"));
    let answers = together(|_| world.server.call_as(NOBODY, "GetId", request.clone()));
    let ids: BTreeSet<String> = answers
        .iter()
        .map(|answer| text(&answer["IdentityId"]))
        .collect();
    assert_eq!(ids.len(), 1);
}

#[test]
fn many_guests_are_many_identities() {
    let world = World::new(json!({}));
    let request = world.get_id(json!({}));
    let answers = together(|_| world.server.call_as(NOBODY, "GetId", request.clone()));
    let ids: BTreeSet<String> = answers
        .iter()
        .map(|answer| text(&answer["IdentityId"]))
        .collect();
    assert_eq!(ids.len(), CALLERS);
}

#[test]
fn many_users_are_made_and_listed_once_each() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let answers = together(|number| {
        let name = format!("user{number}");
        let request = json!({"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS"});
        server.call_as(OWNER, "AdminCreateUser", request)
    });
    let made: BTreeSet<String> = answers
        .iter()
        .map(|answer| text(&answer["User"]["Username"]))
        .collect();
    let mut listed = BTreeSet::new();
    let mut request = json!({"UserPoolId": pool, "Limit": 7});
    loop {
        let page = server.ok("ListUsers", request.clone());
        for user in page["Users"].as_array().unwrap() {
            assert!(listed.insert(text(&user["Username"])), "{user} twice");
        }
        match page.get("PaginationToken") {
            Some(token) => request["PaginationToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!((listed.len(), listed), (CALLERS, made));
}

#[test]
fn one_of_many_callers_deletes_the_pool_while_others_sign_in() {
    let server = Server::new();
    let (pool, client) = server.demo();
    server.sign_in(&client, "alice");
    let answers = together(|number| match number {
        50 => server.call_as(OWNER, "DeleteUserPool", json!({"UserPoolId": pool})),
        _ => server.call_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", PASSWORD),
        ),
    });
    let message = format!("User pool client {client} does not exist.");
    let gone = refusal("ResourceNotFoundException", &message);
    let (_, rest) = split(answers, &gone);
    let (deleted, signed_in) = split(rest, &Value::Null);
    assert_eq!(deleted, 1);
    assert!(
        signed_in
            .iter()
            .all(|answer| answer["AuthenticationResult"].is_object()),
        "{signed_in:?}"
    );
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", PASSWORD),
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn many_callers_vouch_for_one_user_who_is_one_identity() {
    let world = World::new(json!({"DeveloperProviderName": "login.demo"}));
    let request = json!({"IdentityPoolId": world.pool, "Logins": {"login.demo": "ann"}});
    let operation = "GetOpenIdTokenForDeveloperIdentity";
    let answers = together(|_| world.server.call_as(OWNER, operation, request.clone()));
    let ids: BTreeSet<String> = answers.iter().map(|it| text(&it["IdentityId"])).collect();
    assert_eq!(ids.len(), 1);
    let listed = json!({"IdentityPoolId": world.pool, "MaxResults": 60});
    let listed = world.server.ok("ListIdentities", listed);
    assert_eq!(listed["Identities"].as_array().unwrap().len(), 1);
}

#[test]
fn many_merges_leave_every_user_where_it_is_found() {
    let world = World::new(json!({"DeveloperProviderName": "login.demo"}));
    let server = &world.server;
    let vouch = |user: usize| {
        let logins = json!({"login.demo": format!("user{user}")});
        let request = json!({"IdentityPoolId": world.pool, "Logins": logins});
        text(&server.ok("GetOpenIdTokenForDeveloperIdentity", request)["IdentityId"])
    };
    for user in 0..20 {
        vouch(user);
    }
    // Every user is merged into its neighbour, five times over, in whatever order.
    together(|number| {
        let request = json!({
            "IdentityPoolId": world.pool,
            "DeveloperProviderName": "login.demo",
            "SourceUserIdentifier": format!("user{}", number % 20),
            "DestinationUserIdentifier": format!("user{}", (number + 1) % 20),
        });
        server.call_as(OWNER, "MergeDeveloperIdentities", request)
    });
    let ids: BTreeSet<String> = (0..20).map(vouch).collect();
    assert_eq!(ids.len(), 1);
    for user in 0..20 {
        let request =
            json!({"IdentityPoolId": world.pool, "DeveloperUserIdentifier": format!("user{user}")});
        let found = server.ok("LookupDeveloperIdentity", request);
        assert_eq!(found["IdentityId"], json!(ids.first().unwrap()));
        assert_eq!(
            found["DeveloperUserIdentifierList"]
                .as_array()
                .unwrap()
                .len(),
            20
        );
    }
}
