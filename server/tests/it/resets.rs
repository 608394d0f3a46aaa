//! Forgetting, wholly or in parts, and what the seeds bring back.

use http::Response;
use serde_json::{Value, json};

use crate::oauth;
use crate::server::{ACCOUNT, NOBODY, OWNER, PASSWORD, Server, json_of, settings, text, with};
use crate::snapshots::{ADDRESS, OTHER, OTHER_ACCOUNT, error, post_reset, reset, snapshot};

#[test]
fn what_a_control_address_does_not_take_is_refused() {
    let server = Server::new();
    for (query, problem) in [
        ("?acount=1", "unknown parameter acount"),
        ("?account=12", "account must have 12 digits"),
        ("?account=", "account must have 12 digits"),
        ("?seeds=no", "seeds must be true or false"),
    ] {
        let response = post_reset(&server, query);
        assert_eq!(
            (response.status().as_u16(), json_of(&response)),
            (400, error(problem))
        );
    }
    let response = post_reset(&server, "?userPoolId=us-east-1_nobody");
    assert_eq!(
        (response.status().as_u16(), json_of(&response)),
        (404, error("there is no user pool us-east-1_nobody"))
    );
    let response = server.get(&format!("{ADDRESS}?userPoolId=us-east-1_a"));
    assert_eq!(
        (response.status().as_u16(), json_of(&response)),
        (400, error("unknown parameter userPoolId"))
    );
    assert_eq!(server.delete(ADDRESS).status(), 404);
    assert_eq!(server.get("/_cognitwin/reset").status(), 404);
}

/// A server with a seed: one pool has fixed ids, the other has not.
fn seeded(name: &str) -> (Server, std::path::PathBuf) {
    let path = std::env::temp_dir().join(format!("cognitwin-{}-{name}.json", std::process::id()));
    let user = json!({"Username": "alice", "Password": PASSWORD, "UserAttributes": {"email": "alice@example.com"}});
    let client = json!({
        "ClientName": "web", "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    let fixed = with(
        with(client.clone(), oauth::app()),
        json!({"ClientId": "fixedclient", "GenerateSecret": false}),
    );
    let seed = json!({"UserPools": [
        {"Id": "us-east-1_Fixed0001", "PoolName": "fixed", "Clients": [fixed], "Users": [user],
         "Groups": [{"GroupName": "admins"}]},
        {"PoolName": "free", "Clients": [client], "Users": [user]},
    ]});
    std::fs::write(&path, seed.to_string()).unwrap();
    let server = Server::with(cognitwin::config::Settings {
        seed: vec![cognitwin::config::Seed::Path(path.clone())],
        ..settings()
    });
    server
        .wait(cognitwin::control::begin(&server.app, None))
        .unwrap();
    (server, path)
}

fn auth(server: &Server, pool: &str, client: &str, password: &str) -> Response<bytes::Bytes> {
    let request = json!({
        "UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "alice", "PASSWORD": password},
    });
    server.call_as(OWNER, "AdminInitiateAuth", request)
}

const FIXED: &str = "us-east-1_Fixed0001";

#[test]
fn a_reset_brings_back_what_the_seeds_say_with_the_same_ids_and_keys() {
    let (server, path) = seeded("reset");
    let pools = |server: &Server| server.ok("ListUserPools", json!({"MaxResults": 10}));
    let clients = |server: &Server, pool: &Value| {
        let listed = server.ok("ListUserPoolClients", json!({"UserPoolId": pool}));
        let client = listed["UserPoolClients"][0]["ClientId"].clone();
        let request = json!({"UserPoolId": pool, "ClientId": client});
        server.ok("DescribeUserPoolClient", request)["UserPoolClient"]["ClientSecret"].clone()
    };
    let ids = |listed: &Value| -> Vec<Value> {
        let pools = listed["UserPools"].as_array().unwrap();
        pools.iter().map(|pool| pool["Id"].clone()).collect()
    };
    let before = pools(&server);
    let free = ids(&before)[1].clone();
    let secret = clients(&server, &free);
    let jwks = json_of(&server.get(&format!("/{FIXED}/.well-known/jwks.json")));
    let user = |server: &Server| {
        server.ok(
            "AdminGetUser",
            json!({"UserPoolId": FIXED, "Username": "alice"}),
        )
    };
    let sub = user(&server)["UserAttributes"].clone();
    assert_eq!(auth(&server, FIXED, "fixedclient", PASSWORD).status(), 200);
    for round in 0..3 {
        server.pool(json!({"PoolName": "more"}));
        server.user(FIXED, &format!("bob{round}"), &[]);
        let changed = json!({"UserPoolId": FIXED, "Username": "alice", "Password": "N3wPassw0rd!", "Permanent": true});
        server.ok("AdminSetUserPassword", changed);
        server.ok(
            "DeleteUserPoolClient",
            json!({"UserPoolId": FIXED, "ClientId": "fixedclient"}),
        );
        server.advance(crate::server::DAY);
        reset(&server, "");
        assert!(!server.app.clock.is_frozen() && server.app.clock.offset_millis() == 0);
        assert_eq!(ids(&pools(&server)), ids(&before));
        assert_eq!(clients(&server, &free), secret);
        assert_eq!(user(&server)["UserAttributes"], sub);
        assert_eq!(
            json_of(&server.get(&format!("/{FIXED}/.well-known/jwks.json"))),
            jwks
        );
        assert_eq!(auth(&server, FIXED, "fixedclient", PASSWORD).status(), 200);
        let bob = json!({"UserPoolId": FIXED, "Username": format!("bob{round}")});
        server.refuses(
            "AdminGetUser",
            bob,
            "UserNotFoundException",
            "User does not exist.",
        );
    }
    assert_eq!(server.messages(""), json!([]));
    reset(&server, "?seeds=false");
    assert_eq!(pools(&server)["UserPools"], json!([]));
    // A seed that went wrong since leaves all as it is.
    reset(&server, "");
    let kept = snapshot(&server, "");
    std::fs::write(&path, "UserPools: [{}]").unwrap();
    let response = post_reset(&server, "");
    assert_eq!(response.status(), 500);
    assert!(text(&json_of(&response)["error"]).contains(path.to_str().unwrap()));
    assert_eq!(snapshot(&server, ""), kept);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_reset_of_one_pool_leaves_the_others() {
    let (server, path) = seeded("one-pool");
    let (own, client) = server.demo();
    let up = json!({"ClientId": client, "Username": "carol", "Password": PASSWORD});
    server.ok_as(NOBODY, "SignUp", up);
    server.ok(
        "CreateGroup",
        json!({"UserPoolId": own, "GroupName": "mine"}),
    );
    server.user(FIXED, "bob", &[]);
    server.advance(crate::server::DAY);
    reset(&server, &format!("?userPoolId={FIXED}"));
    let bob = json!({"UserPoolId": FIXED, "Username": "bob"});
    server.refuses(
        "AdminGetUser",
        bob,
        "UserNotFoundException",
        "User does not exist.",
    );
    assert_eq!(auth(&server, FIXED, "fixedclient", PASSWORD).status(), 200);
    server.ok(
        "AdminGetUser",
        json!({"UserPoolId": own, "Username": "alice"}),
    );
    assert_eq!(server.app.clock.offset_millis(), crate::server::DAY);
    let listed = server.ok("ListUserPools", json!({"MaxResults": 10}));
    assert_eq!(listed["UserPools"][0]["Id"], FIXED);
    assert_eq!(listed["UserPools"].as_array().unwrap().len(), 3);
    // The seeds know nothing of this one: it stays, with its client, but without users and groups.
    reset(&server, &format!("?userPoolId={own}"));
    let listed = server.ok("ListUsers", json!({"UserPoolId": own}));
    assert_eq!(listed["Users"], json!([]));
    assert_eq!(
        server.ok("ListGroups", json!({"UserPoolId": own}))["Groups"],
        json!([])
    );
    server.ok(
        "DescribeUserPoolClient",
        json!({"UserPoolId": own, "ClientId": client}),
    );
    assert_eq!(
        post_reset(
            &server,
            &format!("?userPoolId={own}&account={OTHER_ACCOUNT}")
        )
        .status(),
        404
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_reset_ends_what_browsers_were_told() {
    let (server, path) = seeded("browsers");
    let client = "fixedclient";
    let (own, own_client) = server.demo();
    let app = with(
        oauth::app(),
        json!({"UserPoolId": own, "ClientId": own_client}),
    );
    server.ok("UpdateUserPoolClient", app);
    let gone = (400, json!({"error": "invalid_grant"}));
    let queries = [
        format!("?userPoolId={FIXED}"),
        format!("?account={ACCOUNT}"),
        String::new(),
    ];
    for query in &queries {
        let (code, cookie) = oauth::sign_in(&server, client);
        assert!(oauth::let_in(&server, client, &cookie).is_some());
        let others = query
            .contains(FIXED)
            .then(|| oauth::sign_in(&server, &own_client));
        // Twice: what was dead stays so.
        for _ in 0..2 {
            reset(&server, query);
            assert_eq!(oauth::exchange(&server, client, &code), gone, "{query}");
            assert_eq!(oauth::let_in(&server, client, &cookie), None, "{query}");
            reset(&server, "?account=444455556666");
        }
        if let Some((code, cookie)) = others {
            assert_eq!(oauth::exchange(&server, &own_client, &code).0, 200);
            assert!(oauth::let_in(&server, &own_client, &cookie).is_some());
            let (code, cookie) = oauth::sign_in(&server, &own_client);
            // The seeds know nothing of this pool, which stays without its users.
            reset(&server, &format!("?userPoolId={own}"));
            assert_eq!(oauth::exchange(&server, &own_client, &code), gone);
            assert_eq!(oauth::let_in(&server, &own_client, &cookie), None);
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_reset_of_one_account_leaves_the_others() {
    let (server, path) = seeded("one-account");
    let other = server.ok_as(OTHER, "CreateUserPool", json!({"PoolName": "other"}));
    let own = server.pool(json!({"PoolName": "own"}));
    reset(&server, &format!("?account={ACCOUNT}"));
    let named = json!({"UserPoolId": other["UserPool"]["Id"]});
    server.ok_as(OTHER, "DescribeUserPool", named.clone());
    let missing = format!("User pool {own} does not exist.");
    server.refuses(
        "DescribeUserPool",
        json!({"UserPoolId": own}),
        "ResourceNotFoundException",
        &missing,
    );
    server.ok("DescribeUserPool", json!({"UserPoolId": FIXED}));
    server.user(FIXED, "bob", &[]);
    reset(&server, &format!("?account={OTHER_ACCOUNT}"));
    let id = text(&other["UserPool"]["Id"]);
    let missing = format!("User pool {id} does not exist.");
    server.refuses_as(
        OTHER,
        "DescribeUserPool",
        named,
        "ResourceNotFoundException",
        &missing,
    );
    server.ok(
        "AdminGetUser",
        json!({"UserPoolId": FIXED, "Username": "bob"}),
    );
    std::fs::remove_file(path).unwrap();
}
