//! Texts that only this server can have made: refresh tokens, access tokens, the sessions of challenges, page tokens.
//! The first byte says of which kind. Then comes the text, or, after an `@`, what is changed in one of its own: two
//! bytes for the place, one that takes it. Nobody takes what the server did not make, but for the token of a page, which
//! names a place in a list and proves nothing.
#![no_main]

use cognitwin_fuzz::{CLIENT, PASSWORD, POOL, World, with};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// One that the server made.
fn own(world: &World, kind: u8) -> Value {
    match kind {
        b'r' => world.sign_in()["RefreshToken"].clone(),
        b'a' => world.sign_in()["AccessToken"].clone(),
        b'i' => world.sign_in()["IdToken"].clone(),
        b's' => {
            let request = json!({
                "ClientId": CLIENT,
                "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {"USERNAME": "bob", "PASSWORD": PASSWORD},
            });
            world.call("InitiateAuth", request.to_string()).1["Session"].clone()
        }
        _ => {
            let request = json!({"UserPoolId": POOL, "Limit": 1});
            world.call("ListUsers", request.to_string()).1["PaginationToken"].clone()
        }
    }
}

fn changed(own: &str, changes: &[u8]) -> String {
    let mut text: Vec<char> = own.chars().collect();
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % text.len();
        text[place] = char::from(change[2]);
    }
    text.into_iter().collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else {
        return;
    };
    with(|world| {
        let own = own(world, *kind);
        let own = own.as_str().unwrap();
        let text = match rest.strip_prefix(b"@") {
            Some(changes) => changed(own, changes),
            None => String::from_utf8_lossy(rest).into_owned(),
        };
        // Whether something is at its end is written at its end: blanks there are nobody's forgery.
        if text.trim() == own {
            return;
        }
        let refresh = json!({"REFRESH_TOKEN": text});
        let password = json!({"USERNAME": "bob", "NEW_PASSWORD": "An0ther-word"});
        let login = json!({format!("cognito-idp.us-east-1.amazonaws.com/{POOL}"): text});
        let pool = "us-east-1:11111111-2222-4333-8444-555555555555";
        for (operation, request) in [
            (
                "InitiateAuth",
                json!({"ClientId": CLIENT, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh}),
            ),
            (
                "GetTokensFromRefreshToken",
                json!({"ClientId": CLIENT, "RefreshToken": text}),
            ),
            (
                "RespondToAuthChallenge",
                json!({"ClientId": CLIENT, "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "Session": text, "ChallengeResponses": password}),
            ),
            ("AssociateSoftwareToken", json!({"Session": text})),
            ("AssociateSoftwareToken", json!({"AccessToken": text})),
            ("GetUser", json!({"AccessToken": text})),
            (
                "ListUsers",
                json!({"UserPoolId": POOL, "PaginationToken": text}),
            ),
            ("ListGroups", json!({"UserPoolId": POOL, "NextToken": text})),
            ("GetId", json!({"IdentityPoolId": pool, "Logins": login})),
        ] {
            let (status, answer) = world.call(operation, request.to_string());
            assert!(
                status >= 400 || operation.starts_with("List"),
                "{operation} took what nobody made: {answer}"
            );
        }
    });
});
