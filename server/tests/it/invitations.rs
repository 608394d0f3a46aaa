//! The messages that invite users, and the outbox that keeps them.

use serde_json::{Value, json};

use crate::server::{NOBODY, Server, attribute_list, json_of, password_auth, text, with};

const INVALID: &str = "InvalidParameterException";

fn invite(server: &Server, pool: &str, username: &str, more: Value) -> Value {
    let request = with(json!({"UserPoolId": pool, "Username": username}), more);
    server.ok("AdminCreateUser", request)["User"].clone()
}

fn contact() -> Value {
    attribute_list(&[
        ("email", "alice@example.com"),
        ("phone_number", "+14325551212"),
    ])
}

#[test]
fn an_invitation_carries_the_username_and_a_password_that_signs_in() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, json!({}));
    let attributes = attribute_list(&[("email", "alice@example.com")]);
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": attributes}),
    );
    let messages = server.messages("");
    let password = text(&messages[0]["code"]);
    assert_eq!(
        messages,
        json!([{
            "id": messages[0]["id"],
            "time": "2026-01-01T00:00:00.5Z",
            "userPoolId": pool,
            "username": "alice",
            "medium": "EMAIL",
            "destination": "alice@example.com",
            "subject": "Your temporary password",
            "body": format!("Your username is alice and temporary password is {password}. "),
            "code": password,
            "link": null,
            "trigger": "CustomMessage_AdminCreateUser",
            "status": "DELIVERED",
        }])
    );
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", &password),
    );
    assert_eq!(answer["ChallengeName"], json!("NEW_PASSWORD_REQUIRED"));
}

#[test]
fn a_made_password_keeps_the_policy_of_its_pool() {
    let server = Server::new();
    let pool = server.pool(json!({"Policies": {"PasswordPolicy": {"MinimumLength": 40}}}));
    let attributes = attribute_list(&[("email", "alice@example.com")]);
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": attributes}),
    );
    assert_eq!(text(&server.messages("")[0]["code"]).len(), 40);
}

#[test]
fn a_message_goes_where_it_is_wanted() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let destinations = |media: Value| {
        server.delete("/_cognitwin/messages");
        let name = format!("user{media}").replace(|c: char| !c.is_alphanumeric(), "");
        let media = match media {
            Value::Null => json!({}),
            media => json!({"DesiredDeliveryMediums": media}),
        };
        invite(
            &server,
            &pool,
            &name,
            with(media, json!({"UserAttributes": contact()})),
        );
        let messages = server.messages("");
        let of = |message: &Value| (text(&message["medium"]), text(&message["destination"]));
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(of)
            .collect::<Vec<_>>()
    };
    let email = ("EMAIL".to_owned(), "alice@example.com".to_owned());
    let sms = ("SMS".to_owned(), "+14325551212".to_owned());
    let both = [email, sms];
    assert_eq!(destinations(json!(["EMAIL"])), both[..1]);
    assert_eq!(destinations(json!(["SMS"])), both[1..]);
    assert_eq!(destinations(json!(["EMAIL", "SMS"])), both);
    assert_eq!(destinations(Value::Null), both[1..]);
}

#[test]
fn a_message_by_sms_has_no_subject() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": contact(), "TemporaryPassword": "Passw0rd!"}),
    );
    let messages = server.messages("");
    assert_eq!(messages[0]["subject"], Value::Null);
    assert_eq!(
        messages[0]["body"],
        json!("Your username is alice and temporary password is Passw0rd!. ")
    );
}

#[test]
fn a_medium_needs_its_attribute() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for (medium, attribute) in [("EMAIL", "email"), ("SMS", "phone_number")] {
        let request =
            json!({"UserPoolId": pool, "Username": "alice", "DesiredDeliveryMediums": [medium]});
        let message =
            format!("User does not have the attribute {attribute} to deliver the invitation to.");
        server.refuses("AdminCreateUser", request, INVALID, &message);
    }
    assert_eq!(
        server.ok("ListUsers", json!({"UserPoolId": pool})),
        json!({"Users": []})
    );
    assert_eq!(server.messages(""), json!([]));
}

#[test]
fn nothing_is_sent_where_it_is_suppressed_or_there_is_no_address() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": contact(), "MessageAction": "SUPPRESS"}),
    );
    invite(&server, &pool, "bob", json!({}));
    assert_eq!(server.messages(""), json!([]));
}

#[test]
fn a_pool_has_texts_of_its_own() {
    let server = Server::new();
    let template = json!({
        "EmailSubject": "Welcome", "EmailMessage": "<b>{username}</b>: {####}", "SMSMessage": "{username}/{####}",
    });
    let pool = server.pool(json!({"AdminCreateUserConfig": {"InviteMessageTemplate": template}}));
    let more = json!({
        "UserAttributes": contact(), "TemporaryPassword": "Passw0rd!", "DesiredDeliveryMediums": ["EMAIL", "SMS"],
    });
    invite(&server, &pool, "alice", more);
    let messages = server.messages("");
    let texts = |message: &Value| (message["subject"].clone(), text(&message["body"]));
    assert_eq!(
        texts(&messages[0]),
        (json!("Welcome"), "<b>alice</b>: Passw0rd!".to_owned())
    );
    assert_eq!(
        texts(&messages[1]),
        (Value::Null, "alice/Passw0rd!".to_owned())
    );
}

#[test]
fn users_of_an_email_pool_read_their_address_as_their_username() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let user = invite(
        &server,
        &pool,
        "alice@example.com",
        json!({"TemporaryPassword": "Passw0rd!"}),
    );
    let messages = server.messages("");
    assert_eq!(messages[0]["username"], user["Username"]);
    let body = "Your username is alice@example.com and temporary password is Passw0rd!. ";
    assert_eq!(messages[0]["body"], json!(body));
}

#[test]
fn a_resent_invitation_is_a_second_message() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let attributes = attribute_list(&[("email", "alice@example.com")]);
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": attributes}),
    );
    invite(&server, &pool, "alice", json!({"MessageAction": "RESEND"}));
    let messages = server.messages("");
    assert_eq!(messages.as_array().unwrap().len(), 2);
    assert_ne!(messages[0]["code"], messages[1]["code"]);
    let code = text(&messages[1]["code"]);
    let body = format!("Your username is alice and temporary password is {code}. ");
    assert_eq!(messages[1]["body"], json!(body));
}

#[test]
fn a_resent_invitation_has_a_password_even_where_users_need_none() {
    let server = Server::new();
    let factors = json!({"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]});
    let pool = server.pool(json!({"Policies": {"SignInPolicy": factors}}));
    let attributes = attribute_list(&[("email", "alice@example.com")]);
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": attributes, "TemporaryPassword": "Passw0rd!"}),
    );
    invite(&server, &pool, "alice", json!({"MessageAction": "RESEND"}));
    let password = text(&server.messages("")[1]["code"]);
    assert_eq!(password.len(), 8);
}

#[test]
fn messages_are_found_by_pool_username_destination_medium_and_time() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let other = server.pool(json!({}));
    let both = json!({"UserAttributes": contact(), "DesiredDeliveryMediums": ["EMAIL", "SMS"]});
    invite(&server, &pool, "alice", both);
    server.advance(60_000);
    let attributes = attribute_list(&[("email", "bob@example.com")]);
    invite(
        &server,
        &other,
        "bob",
        json!({"UserAttributes": attributes}),
    );
    let count = |query: &str| server.messages(query).as_array().unwrap().len();
    for (query, expected) in [
        ("", 3),
        ("?username=alice", 2),
        ("?username=nobody", 0),
        ("?medium=SMS", 1),
        ("?medium=EMAIL", 2),
        ("?destination=%2B14325551212", 1),
        ("?destination=bob@example.com", 1),
        ("?since=2026-01-01T00:00:00Z", 3),
        ("?since=2026-01-01T00:01:00Z", 1),
        ("?since=2026-01-01T00:02:00Z", 0),
        ("?username=alice&medium=EMAIL&wait=60", 1),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    assert_eq!(count(&format!("?userPoolId={pool}")), 2);
    assert_eq!(count(&format!("?userPoolId={other}")), 1);
}

#[test]
fn a_question_to_the_outbox_that_makes_no_sense_is_refused() {
    let server = Server::new();
    for (query, problem) in [
        ("?medium=PIGEON", "medium must be EMAIL or SMS"),
        (
            "?since=yesterday",
            "since must be a time such as 2027-01-01T00:00:00Z",
        ),
        ("?wait=long", "wait must be a number of seconds"),
        ("?wait=-1", "wait must be a number of seconds"),
        ("?colour=red", "unknown parameter colour"),
    ] {
        let response = server.get(&format!("/_cognitwin/messages{query}"));
        assert_eq!(
            (response.status().as_u16(), json_of(&response)),
            (400, json!({"error": problem}))
        );
    }
}

#[test]
fn the_outbox_is_emptied() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    invite(
        &server,
        &pool,
        "alice",
        json!({"UserAttributes": contact()}),
    );
    let response = server.delete("/_cognitwin/messages");
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (204, 0)
    );
    assert_eq!(server.messages(""), json!([]));
}
