//! AdminCreateUser: whom it makes, in each kind of pool, and whom it refuses to make.

use serde_json::{Value, json};

use crate::server::{
    DAY, NOBODY, PASSWORD, START_STAMP, Server, attribute_list, password_auth, text, with,
};

const INVALID: &str = "InvalidParameterException";

fn request(pool: &str, username: &str, more: Value) -> Value {
    let request = json!({"UserPoolId": pool, "Username": username, "MessageAction": "SUPPRESS"});
    with(request, more)
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    json!({"UserAttributes": attribute_list(pairs)})
}

fn verified(email: &str) -> Value {
    attributes(&[("email", email), ("email_verified", "true")])
}

/// A user as the answer describes one.
fn described(answer: &Value, username: &str, status: &str, pairs: &[(&str, &str)]) -> Value {
    let sub = text(&answer["User"]["Attributes"][0]["Value"]);
    let mut all = vec![("sub", sub.as_str())];
    all.extend(pairs);
    json!({"User": {
        "Username": username, "Attributes": attribute_list(&all), "UserCreateDate": START_STAMP,
        "UserLastModifiedDate": START_STAMP, "Enabled": true, "UserStatus": status,
    }})
}

#[test]
fn a_new_user_must_change_the_password() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let pairs = [("name", "Alice"), ("email", "alice@example.com")];
    let answer = server.ok(
        "AdminCreateUser",
        request(&pool, "alice", attributes(&pairs)),
    );
    assert_eq!(
        answer,
        described(&answer, "alice", "FORCE_CHANGE_PASSWORD", &pairs)
    );
    let sub = text(&answer["User"]["Attributes"][0]["Value"]);
    let groups: Vec<&str> = sub.split('-').collect();
    assert_eq!(
        groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
    assert!(groups[2].starts_with("70"), "{sub}");
}

#[test]
fn a_verified_flag_is_kept_in_lower_case() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let given = [("email", "alice@example.com"), ("email_verified", "True")];
    let answer = server.ok(
        "AdminCreateUser",
        request(&pool, "alice", attributes(&given)),
    );
    let kept = [("email", "alice@example.com"), ("email_verified", "true")];
    assert_eq!(
        answer,
        described(&answer, "alice", "FORCE_CHANGE_PASSWORD", &kept)
    );
}

#[test]
fn a_username_and_a_sub_are_taken_once() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let answer = server.ok("AdminCreateUser", request(&pool, "alice", json!({})));
    let sub = text(&answer["User"]["Attributes"][0]["Value"]);
    for name in ["alice", &sub] {
        let message = "User account already exists";
        server.refuses(
            "AdminCreateUser",
            request(&pool, name, json!({})),
            "UsernameExistsException",
            message,
        );
    }
    server.ok("AdminCreateUser", request(&pool, "Alice", json!({})));
    let other = server.pool(json!({}));
    server.ok("AdminCreateUser", request(&other, "alice", json!({})));
}

#[test]
fn a_pool_that_ignores_case_takes_a_username_once_in_any_case() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameConfiguration": {"CaseSensitive": false}}));
    let answer = server.ok("AdminCreateUser", request(&pool, "Alice", json!({})));
    assert_eq!(
        answer,
        described(&answer, "Alice", "FORCE_CHANGE_PASSWORD", &[])
    );
    let again = request(&pool, "aLICE", json!({}));
    server.refuses(
        "AdminCreateUser",
        again,
        "UsernameExistsException",
        "User account already exists",
    );
}

#[test]
fn attributes_that_do_not_fit_the_schema_are_refused() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [
        {"Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "18", "MaxValue": "99"}},
        {"Name": "tier", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"}},
        {"Name": "since", "AttributeDataType": "DateTime"},
        {"Name": "staff", "AttributeDataType": "Boolean"},
    ]}));
    let schema = |problem: &str| format!("Attributes did not conform to the schema: {problem}\n");
    for (pairs, message) in [
        (
            vec![("custom:a", "1"), ("name", "Alice"), ("custom:b", "2")],
            schema(
                "custom:a: Attribute does not exist in the schema.\ncustom:b: Attribute does not exist in the schema.",
            ),
        ),
        (
            vec![("custom:age", "old")],
            schema("custom:age: Attribute value must be a number."),
        ),
        (
            vec![("custom:age", "17")],
            schema("custom:age: Attribute value is out of range."),
        ),
        (
            vec![("custom:age", "100")],
            schema("custom:age: Attribute value is out of range."),
        ),
        (
            vec![("custom:tier", "a")],
            schema("custom:tier: String attribute value is too short."),
        ),
        (
            vec![("custom:tier", "abcde")],
            schema("custom:tier: String attribute value is too long."),
        ),
        (
            vec![("custom:since", "soon")],
            schema("custom:since: Attribute value must be a date and time."),
        ),
        (
            vec![("custom:staff", "yes")],
            schema("custom:staff: Attribute value must be true or false."),
        ),
        (
            vec![("birthdate", "2000-1-1")],
            schema("birthdate: Attribute value must be a date of the form YYYY-MM-DD."),
        ),
        (
            vec![("email", "nobody")],
            "Invalid email address format.".to_owned(),
        ),
        (
            vec![("phone_number", "0123")],
            "Invalid phone number format.".to_owned(),
        ),
        (
            vec![("sub", "x")],
            "Cannot modify the non-mutable attribute sub".to_owned(),
        ),
        (
            vec![("email_verified", "true")],
            "email is required to be specified as verified".to_owned(),
        ),
        (
            vec![("phone_number_verified", "true")],
            "phone_number is required to be specified as verified".to_owned(),
        ),
    ] {
        server.refuses(
            "AdminCreateUser",
            request(&pool, "alice", attributes(&pairs)),
            INVALID,
            &message,
        );
    }
    for nothing in [
        json!([{"Name": "name"}]),
        json!([{"Name": "name", "Value": ""}]),
    ] {
        let request = request(&pool, "alice", json!({"UserAttributes": nothing}));
        server.refuses(
            "AdminCreateUser",
            request,
            INVALID,
            "Attribute value for name must not be null",
        );
    }
    assert_eq!(
        server.ok("ListUsers", json!({"UserPoolId": pool})),
        json!({"Users": []})
    );
}

#[test]
fn a_temporary_password_keeps_the_policy() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for (password, rule) in [
        ("Short1!", "Password not long enough"),
        ("lowercase1!", "Password must have uppercase characters"),
        ("UPPERCASE1!", "Password must have lowercase characters"),
        ("NoNumbers!", "Password must have numeric characters"),
        ("NoSymbols1", "Password must have symbol characters"),
    ] {
        let request = request(&pool, "alice", json!({"TemporaryPassword": password}));
        let message = format!("Password did not conform with policy: {rule}");
        server.refuses(
            "AdminCreateUser",
            request,
            "InvalidPasswordException",
            &message,
        );
    }
    server.ok(
        "AdminCreateUser",
        request(&pool, "alice", json!({"TemporaryPassword": PASSWORD})),
    );
}

#[test]
fn users_of_an_email_pool_are_named_by_their_sub() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let answer = server.ok(
        "AdminCreateUser",
        request(&pool, "alice@example.com", json!({})),
    );
    let sub = text(&answer["User"]["Attributes"][0]["Value"]);
    let pairs = [("email", "alice@example.com")];
    assert_eq!(
        answer,
        described(&answer, &sub, "FORCE_CHANGE_PASSWORD", &pairs)
    );
    let again = request(&pool, "alice@example.com", json!({}));
    let message = "An account with the given email already exists.";
    server.refuses("AdminCreateUser", again, "UsernameExistsException", message);
    server.refuses(
        "AdminCreateUser",
        request(&pool, "bob", json!({})),
        INVALID,
        "Username should be an email.",
    );
    let two = request(
        &pool,
        "bob@example.com",
        attributes(&[("email", "robert@example.com")]),
    );
    server.refuses(
        "AdminCreateUser",
        two,
        INVALID,
        "Username should match the attribute email.",
    );
}

#[test]
fn users_of_a_phone_pool_are_named_by_their_sub() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["phone_number"]}));
    let answer = server.ok("AdminCreateUser", request(&pool, "+14325551212", json!({})));
    let sub = text(&answer["User"]["Username"]);
    let pairs = [("phone_number", "+14325551212")];
    assert_eq!(
        answer,
        described(&answer, &sub, "FORCE_CHANGE_PASSWORD", &pairs)
    );
    let again = request(&pool, "+14325551212", json!({}));
    let message = "An account with the given phone_number already exists.";
    server.refuses("AdminCreateUser", again, "UsernameExistsException", message);
    let email = request(&pool, "bob@example.com", json!({}));
    server.refuses(
        "AdminCreateUser",
        email,
        INVALID,
        "Username should be a phone number.",
    );
}

#[test]
fn a_pool_of_both_takes_an_email_address_or_a_phone_number() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email", "phone_number"]}));
    server.ok(
        "AdminCreateUser",
        request(&pool, "alice@example.com", json!({})),
    );
    server.ok("AdminCreateUser", request(&pool, "+14325551212", json!({})));
    let message = "Username should be either an email or a phone number.";
    server.refuses(
        "AdminCreateUser",
        request(&pool, "bob", json!({})),
        INVALID,
        message,
    );
    let second = request(
        &pool,
        "bob@example.com",
        attributes(&[("phone_number", "+14325551212")]),
    );
    let message = "An account with the given phone_number already exists.";
    server.refuses("AdminCreateUser", second, "AliasExistsException", message);
}

#[test]
fn a_username_of_an_alias_pool_may_not_look_like_an_alias() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email", "phone_number"]}));
    for (name, message) in [
        (
            "alice@example.com",
            "Username cannot be of email format, since user pool is configured for email alias.",
        ),
        (
            "+14325551212",
            "Username cannot be of phone number format, since user pool is configured for phone number alias.",
        ),
    ] {
        server.refuses(
            "AdminCreateUser",
            request(&pool, name, json!({})),
            INVALID,
            message,
        );
    }
    let plain = server.pool(json!({}));
    server.ok(
        "AdminCreateUser",
        request(&plain, "alice@example.com", json!({})),
    );
}

#[test]
fn a_verified_alias_belongs_to_one_user() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email", "preferred_username"]}));
    server.ok(
        "AdminCreateUser",
        request(&pool, "alice", verified("a@example.com")),
    );
    let kind = "AliasExistsException";
    let message = "An account with the given email already exists.";
    server.refuses(
        "AdminCreateUser",
        request(&pool, "bob", verified("a@example.com")),
        kind,
        message,
    );
    let refused = with(
        verified("a@example.com"),
        json!({"ForceAliasCreation": false}),
    );
    server.refuses(
        "AdminCreateUser",
        request(&pool, "bob", refused),
        kind,
        message,
    );
    // An address that nobody has verified is no alias, and may be shared.
    server.ok(
        "AdminCreateUser",
        request(&pool, "bob", attributes(&[("email", "a@example.com")])),
    );
    let preferred = attributes(&[("preferred_username", "boss")]);
    server.ok(
        "AdminCreateUser",
        request(&pool, "carol", preferred.clone()),
    );
    let again = with(preferred, json!({"ForceAliasCreation": true}));
    let message = "An account with the given preferred_username already exists.";
    server.refuses(
        "AdminCreateUser",
        request(&pool, "dave", again),
        kind,
        message,
    );
    // A name finds one user only, whatever kind of name it is.
    let like_a_username = attributes(&[("preferred_username", "alice")]);
    server.refuses(
        "AdminCreateUser",
        request(&pool, "dave", like_a_username),
        kind,
        message,
    );
    let (kind, message) = ("UsernameExistsException", "User account already exists");
    server.refuses(
        "AdminCreateUser",
        request(&pool, "boss", json!({})),
        kind,
        message,
    );
}

#[test]
fn a_forced_alias_moves_to_the_new_user() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email"]}));
    server.ok(
        "AdminCreateUser",
        request(&pool, "alice", verified("a@example.com")),
    );
    let forced = with(
        verified("a@example.com"),
        json!({"ForceAliasCreation": true}),
    );
    let answer = server.ok("AdminCreateUser", request(&pool, "bob", forced));
    let pairs = [("email", "a@example.com"), ("email_verified", "true")];
    assert_eq!(
        answer,
        described(&answer, "bob", "FORCE_CHANGE_PASSWORD", &pairs)
    );
    let found = server.ok(
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "a@example.com"}),
    );
    assert_eq!(found["Username"], json!("bob"));
    let loser = server.ok(
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
    );
    let kept = [("email", "a@example.com"), ("email_verified", "false")];
    assert_eq!(
        loser["UserAttributes"].as_array().unwrap()[1..],
        *attribute_list(&kept).as_array().unwrap()
    );
}

#[test]
fn a_pool_of_one_time_codes_confirms_users_without_a_password() {
    let server = Server::new();
    let factors = json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}});
    let pool = server.pool(factors);
    let answer = server.ok(
        "AdminCreateUser",
        request(&pool, "alice", verified("a@example.com")),
    );
    let pairs = [("email", "a@example.com"), ("email_verified", "true")];
    assert_eq!(answer, described(&answer, "alice", "CONFIRMED", &pairs));
    let given = json!({"TemporaryPassword": PASSWORD});
    let answer = server.ok("AdminCreateUser", request(&pool, "bob", given));
    assert_eq!(answer["User"]["UserStatus"], json!("FORCE_CHANGE_PASSWORD"));
}

#[test]
fn a_user_without_a_password_must_be_able_to_sign_in() {
    let server = Server::new();
    let pool = server.pool(json!({
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        "Schema": [{"Name": "name", "Required": true}, {"Name": "nickname", "Required": true}],
    }));
    let nothing = request(&pool, "alice", verified("a@example.com"));
    let message = "Attributes did not conform to the schema: \
                   name: The attribute is required\nnickname: The attribute is required\n";
    server.refuses("AdminCreateUser", nothing, INVALID, message);
    let names = [
        ("name", "A"),
        ("nickname", "a"),
        ("phone_number", "+14325551212"),
    ];
    let message =
        "A user without a password needs an email address or phone number to sign in with.";
    server.refuses(
        "AdminCreateUser",
        request(&pool, "alice", attributes(&names)),
        INVALID,
        message,
    );
}

#[test]
fn a_resent_invitation_has_a_new_password_that_lives_anew() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, json!({}));
    let first = request(
        &pool,
        "alice",
        json!({"TemporaryPassword": "First-Passw0rd"}),
    );
    let created = server.ok("AdminCreateUser", first);
    server.advance(6 * DAY);
    let again = json!({
        "UserPoolId": pool, "Username": "alice", "MessageAction": "RESEND", "TemporaryPassword": "Second-Passw0rd",
    });
    let modified = json!({"UserLastModifiedDate": START_STAMP + 6.0 * 86_400.0});
    let expected = json!({"User": with(created["User"].clone(), modified)});
    assert_eq!(server.ok("AdminCreateUser", again), expected);
    server.advance(6 * DAY);
    let old = password_auth(&client, "alice", "First-Passw0rd");
    server.refuses(
        "InitiateAuth",
        old,
        "NotAuthorizedException",
        "Incorrect username or password.",
    );
    let new = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", "Second-Passw0rd"),
    );
    assert_eq!(new["ChallengeName"], json!("NEW_PASSWORD_REQUIRED"));
}

#[test]
fn an_invitation_is_resent_to_those_only_who_have_not_answered_it() {
    let server = Server::new();
    let (pool, _) = server.demo();
    let resend =
        |name: &str| json!({"UserPoolId": pool, "Username": name, "MessageAction": "RESEND"});
    let message = "Resend not possible. alice status is not FORCE_CHANGE_PASSWORD";
    server.refuses(
        "AdminCreateUser",
        resend("alice"),
        "UnsupportedUserStateException",
        message,
    );
    server.refuses(
        "AdminCreateUser",
        resend("bob"),
        "UserNotFoundException",
        "User does not exist.",
    );
}

#[test]
fn a_function_that_runs_nowhere_makes_nobody() {
    let server = Server::new();
    for name in ["PreSignUp", "CustomMessage"] {
        let pool = server.pool(
            json!({"LambdaConfig": {name: "arn:aws:lambda:us-east-1:000000000000:function:ask"}}),
        );
        let message = format!(
            "{name} invocation failed due to configuration. \
             Start Cognitwin with --lambda ask=http://… or --lambda ask=exec:COMMAND or --lambda-endpoint URL, \
             or run the function with AWS_LAMBDA_RUNTIME_API=localhost:9229/_cognitwin/lambda/ask."
        );
        let invited = json!({
            "UserPoolId": pool,
            "Username": "alice",
            "UserAttributes": [{"Name": "email", "Value": "a@example.com"}],
        });
        server.refuses(
            "AdminCreateUser",
            invited,
            "UnexpectedLambdaException",
            &message,
        );
        assert_eq!(
            server.ok("ListUsers", json!({"UserPoolId": pool})),
            json!({"Users": []})
        );
    }
}

#[test]
fn a_forced_username_attribute_stays_with_its_user() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email", "phone_number"]}));
    let new = |name: &str, force: bool| {
        json!({
            "UserPoolId": pool,
            "Username": name,
            "MessageAction": "SUPPRESS",
            "ForceAliasCreation": force,
            "UserAttributes": [
                {"Name": "phone_number", "Value": "+1432"},
                {"Name": "phone_number_verified", "Value": "true"},
            ],
        })
    };
    server.ok("AdminCreateUser", new("a@b.co", false));
    server.refuses(
        "AdminCreateUser",
        new("c@d.co", true),
        "AliasExistsException",
        "An account with the given phone_number already exists.",
    );
}
