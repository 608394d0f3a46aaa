//! AdminGetUser, AdminDeleteUser, AdminSetUserPassword, ListUsers, GetUser.

use serde_json::{Value, json};

use crate::server::{
    DAY, NOBODY, PASSWORD, START_STAMP, Server, attribute_list, password_auth, text, with,
};

fn set_password(pool: &str, username: &str, password: &str) -> Value {
    json!({"UserPoolId": pool, "Username": username, "Password": password, "Permanent": true})
}

#[test]
fn a_user_is_shown_whole_to_an_administrator() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [{"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}]}));
    let user = server.user(
        &pool,
        "alice",
        &[("email", "a@example.com"), ("dev:custom:secret", "s")],
    );
    let expected = json!({
        "Username": "alice", "UserAttributes": user["Attributes"], "UserCreateDate": START_STAMP,
        "UserLastModifiedDate": START_STAMP, "Enabled": true, "UserStatus": "CONFIRMED",
    });
    let sub = text(&user["Attributes"][0]["Value"]);
    for name in ["alice", &sub] {
        let request = json!({"UserPoolId": pool, "Username": name});
        assert_eq!(server.ok("AdminGetUser", request), expected);
    }
}

#[test]
fn a_user_is_found_by_the_names_of_its_pool_only() {
    let server = Server::new();
    let finds = |pool: &str, name: &str| {
        let request = json!({"UserPoolId": pool, "Username": name});
        server
            .call_as(crate::server::OWNER, "AdminGetUser", request)
            .status()
            == 200
    };
    let plain = server.pool(json!({}));
    let verified = [
        ("email", "a@example.com"),
        ("email_verified", "true"),
        ("preferred_username", "al"),
    ];
    server.user(&plain, "alice", &verified);
    assert!(!finds(&plain, "a@example.com") && !finds(&plain, "al") && !finds(&plain, "ALICE"));
    let aliases = server.pool(json!({
        "AliasAttributes": ["email", "preferred_username"], "UsernameConfiguration": {"CaseSensitive": false},
    }));
    server.user(&aliases, "alice", &verified);
    assert!(finds(&aliases, "A@example.com") && finds(&aliases, "AL") && finds(&aliases, "ALICE"));
    server.user(&aliases, "bob", &[("email", "b@example.com")]);
    assert!(!finds(&aliases, "b@example.com"));
    let emails = server.pool(json!({"UsernameAttributes": ["email"]}));
    server.user(&emails, "c@example.com", &[]);
    assert!(finds(&emails, "c@example.com") && !finds(&emails, "C@example.com"));
}

#[test]
fn a_user_who_is_not_there_is_not_found_by_any_operation() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for (operation, more) in [
        ("AdminGetUser", json!({})),
        ("AdminDeleteUser", json!({})),
        ("AdminSetUserPassword", json!({"Password": PASSWORD})),
    ] {
        let request = with(json!({"UserPoolId": pool, "Username": "alice"}), more);
        server.refuses(
            operation,
            request,
            "UserNotFoundException",
            "User does not exist.",
        );
    }
}

#[test]
fn a_deleted_user_is_gone_and_the_name_is_free() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email"]}));
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    let before = server.user(&pool, "alice", &verified);
    let request = json!({"UserPoolId": pool, "Username": "a@example.com"});
    assert_eq!(server.ok("AdminDeleteUser", request.clone()), Value::Null);
    let (kind, message) = ("UserNotFoundException", "User does not exist.");
    server.refuses("AdminDeleteUser", request, kind, message);
    server.refuses(
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
        kind,
        message,
    );
    let after = server.user(&pool, "alice", &verified);
    assert_ne!(before["Attributes"][0], after["Attributes"][0]);
}

#[test]
fn a_permanent_password_confirms_and_a_temporary_one_must_be_changed() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let status = || {
        let user = server.ok(
            "AdminGetUser",
            json!({"UserPoolId": pool, "Username": "alice"}),
        );
        (
            text(&user["UserStatus"]),
            user["UserLastModifiedDate"].clone(),
        )
    };
    server.advance(DAY);
    let temporary = json!({"UserPoolId": pool, "Username": "alice", "Password": "Other-Passw0rd"});
    assert_eq!(server.ok("AdminSetUserPassword", temporary), json!({}));
    assert_eq!(
        status(),
        (
            "FORCE_CHANGE_PASSWORD".to_owned(),
            json!(START_STAMP + 86_400.0)
        )
    );
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", "Other-Passw0rd"),
    );
    assert_eq!(answer["ChallengeName"], json!("NEW_PASSWORD_REQUIRED"));
    server.ok(
        "AdminSetUserPassword",
        set_password(&pool, "alice", PASSWORD),
    );
    assert_eq!(status().0, "CONFIRMED");
    server.sign_in(&client, "alice");
}

#[test]
fn a_password_that_breaks_the_policy_is_refused_by_its_first_rule() {
    let server = Server::new();
    let (pool, client) = server.demo();
    for (password, rule) in [
        ("Short1!", "Password not long enough"),
        ("lowercase1!", "Password must have uppercase characters"),
        ("UPPERCASE1!", "Password must have lowercase characters"),
        ("NoNumbers!", "Password must have numeric characters"),
        ("NoSymbols1", "Password must have symbol characters"),
    ] {
        let message = format!("Password does not conform to policy: {rule}");
        let request = set_password(&pool, "alice", password);
        server.refuses(
            "AdminSetUserPassword",
            request,
            "InvalidPasswordException",
            &message,
        );
    }
    server.sign_in(&client, "alice");
}

#[test]
fn a_pool_with_a_history_refuses_the_last_passwords() {
    let server = Server::new();
    let pool = server.pool(json!({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 2}}}));
    server.user(&pool, "alice", &[]);
    let (kind, message) = (
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used.",
    );
    server.refuses(
        "AdminSetUserPassword",
        set_password(&pool, "alice", PASSWORD),
        kind,
        message,
    );
    server.ok(
        "AdminSetUserPassword",
        set_password(&pool, "alice", "second-password"),
    );
    server.refuses(
        "AdminSetUserPassword",
        set_password(&pool, "alice", PASSWORD),
        kind,
        message,
    );
    server.ok(
        "AdminSetUserPassword",
        set_password(&pool, "alice", "third-password"),
    );
    server.ok(
        "AdminSetUserPassword",
        set_password(&pool, "alice", PASSWORD),
    );
}

#[test]
fn a_pool_without_a_history_takes_the_same_password_again() {
    let server = Server::new();
    let (pool, _) = server.demo();
    server.ok(
        "AdminSetUserPassword",
        set_password(&pool, "alice", PASSWORD),
    );
}

#[test]
fn users_are_listed_in_the_order_of_their_creation_page_by_page() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let rows: Vec<Value> = ["carol", "alice", "bob"]
        .iter()
        .map(|name| {
            with(
                server.user(&pool, name, &[("name", name)]),
                json!({"UserStatus": "CONFIRMED"}),
            )
        })
        .collect();
    let list = |more: Value| server.ok("ListUsers", with(json!({"UserPoolId": pool}), more));
    assert_eq!(list(json!({})), json!({"Users": rows}));
    assert_eq!(
        list(json!({"Limit": 0, "Filter": ""})),
        json!({"Users": rows})
    );
    let first = list(json!({"Limit": 2}));
    let token = &first["PaginationToken"];
    assert_eq!(first, json!({"Users": rows[..2], "PaginationToken": token}));
    // What is deleted meanwhile does not shift the next page.
    server.ok(
        "AdminDeleteUser",
        json!({"UserPoolId": pool, "Username": "carol"}),
    );
    assert_eq!(
        list(json!({"Limit": 2, "PaginationToken": token})),
        json!({"Users": rows[2..]})
    );
}

#[test]
fn a_page_of_users_holds_sixty() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for number in 0..61 {
        let name = format!("user{number}");
        server.ok(
            "AdminCreateUser",
            json!({"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS"}),
        );
    }
    let first = server.ok("ListUsers", json!({"UserPoolId": pool}));
    assert_eq!(first["Users"].as_array().unwrap().len(), 60);
    let rest = json!({"UserPoolId": pool, "PaginationToken": first["PaginationToken"]});
    let rest = server.ok("ListUsers", rest);
    assert_eq!(
        (
            rest["Users"].as_array().unwrap().len(),
            rest.get("PaginationToken")
        ),
        (1, None)
    );
}

#[test]
fn only_the_attributes_that_are_asked_for_are_listed() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let user = server.user(
        &pool,
        "alice",
        &[("name", "Alice"), ("email", "a@example.com")],
    );
    let listed = server.ok(
        "ListUsers",
        json!({"UserPoolId": pool, "AttributesToGet": ["email"]}),
    );
    let shown = json!({"Attributes": attribute_list(&[("email", "a@example.com")]), "UserStatus": "CONFIRMED"});
    assert_eq!(listed, json!({"Users": [with(user, shown)]}));
    let (kind, message) = (
        "InvalidParameterException",
        "One or more requested attributes do not exist.",
    );
    for name in ["custom:unknown", "phone_number"] {
        let request = json!({"UserPoolId": pool, "AttributesToGet": ["email", name]});
        server.refuses("ListUsers", request, kind, message);
    }
    let request = json!({"UserPoolId": pool, "AttributesToGet": ["sub"]});
    server.refuses(
        "ListUsers",
        request,
        kind,
        "Input fails to satisfy the constraints.",
    );
}

#[test]
fn a_page_token_of_another_listing_of_users_is_refused() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let other = server.pool(json!({}));
    for name in ["alice", "bob"] {
        server.user(&pool, name, &[]);
    }
    let token =
        server.ok("ListUsers", json!({"UserPoolId": pool, "Limit": 1}))["PaginationToken"].clone();
    let kind = "InvalidParameterException";
    for request in [
        json!({"UserPoolId": other, "PaginationToken": token}),
        json!({"UserPoolId": pool, "PaginationToken": token, "AttributesToGet": ["name"]}),
    ] {
        server.refuses(
            "ListUsers",
            request,
            kind,
            "Paging Marker is Invalid for Request",
        );
    }
    let garbage = json!({"UserPoolId": pool, "PaginationToken": "garbage"});
    server.refuses("ListUsers", garbage, kind, "Invalid pagination token.");
}

#[test]
fn a_user_sees_the_attributes_that_the_client_may_read() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [{"Name": "tier", "AttributeDataType": "String"}]}));
    let pairs = [
        ("name", "Alice"),
        ("email", "a@example.com"),
        ("custom:tier", "gold"),
    ];
    let user = server.user(&pool, "alice", &pairs);
    let sub = text(&user["Attributes"][0]["Value"]);
    let seen_by = |settings: Value| {
        let client = server.client(&pool, settings);
        let tokens = server.sign_in(&client, "alice");
        server.ok_as(
            NOBODY,
            "GetUser",
            json!({"AccessToken": tokens["AccessToken"]}),
        )
    };
    let expected = |pairs: &[(&str, &str)]| {
        let mut all = vec![("sub", sub.as_str())];
        all.extend(pairs);
        json!({"Username": "alice", "UserAttributes": attribute_list(&all)})
    };
    assert_eq!(seen_by(json!({})), expected(&pairs[..2]));
    assert_eq!(
        seen_by(json!({"ReadAttributes": ["custom:tier"]})),
        expected(&pairs[2..])
    );
    assert_eq!(seen_by(json!({"ReadAttributes": []})), expected(&[]));
}
