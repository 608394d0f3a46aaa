//! What the journal does not repeat: whatever AWS's model calls sensitive, and what a name gives away
//! where no model has it (maps, events of triggers, forms). Keys stay, so that a test sees what was sent.

use serde_json::{Value, json};

const MASK: &str = "***";

/// Members that the model calls sensitive, as it writes them. The last four are those of triggers' events.
const SENSITIVE: [&str; 13] = [
    "AuthParameters",
    "ChallengeResponses",
    "IssuedToken",
    "LastIPAddress",
    "Logins",
    "Secret",
    "Session",
    "UserContextData",
    "Value",
    "privateChallengeParameters",
    "userAttributes",
    "userAttributesToUpdate",
    "validationData",
];

/// Who, not a proof of it: a journal without these answers no question. The model calls them sensitive.
const IDENTIFIERS: [&str; 6] = [
    "ClientId", "Username", "USERNAME", "clientId", "userName", "username",
];

/// Fields of forms alone: what goes on with a sign-in, and what a user is asked for on a page.
const FIELDS: [&str; 7] = [
    "_csrf",
    "challenge",
    "cognitoAsfData",
    "destination",
    "email",
    "id_token_hint",
    "phone_number",
];

/// How the names of secrets end, in small letters and without lines.
const ENDINGS: [&str; 22] = [
    "answer",
    "assertion",
    "authorization",
    "claimsignature",
    "code",
    "credential",
    "password",
    "passwordverifier",
    "codeverifier",
    "plaintext",
    "presignedurl",
    "privatekey",
    "salt",
    "samlresponse",
    "secret",
    "secretaccesskey",
    "secretblock",
    "secrethash",
    "secretkey",
    "secretvalue",
    "srpa",
    "srpb",
];

fn is_secret(name: &str) -> bool {
    if SENSITIVE.contains(&name) {
        return true;
    }
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_page = matches!(
        plain.as_str(),
        "nexttoken" | "paginationtoken" | "errorcode"
    );
    !is_page && (plain.ends_with("token") || ENDINGS.iter().any(|it| plain.ends_with(it)))
}

/// Masks what lies within a value.
pub(super) fn mask(value: &mut Value) {
    walk(value, false);
}

/// Masks all of it but who it is about.
pub(super) fn hide(value: &mut Value) {
    walk(value, true);
}

fn walk(value: &mut Value, is_hidden: bool) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if IDENTIFIERS.contains(&name.as_str()) && value.is_string() {
                    continue;
                }
                // Its members are named like tokens, and are units of time.
                if name != "TokenValidityUnits" {
                    walk(value, is_hidden || is_secret(name));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, is_hidden)),
        Value::String(_) | Value::Number(_) if is_hidden => *value = json!(MASK),
        _ => {}
    }
}

/// The fields of a form.
pub(super) fn form(text: &[u8]) -> Value {
    let fields = form_urlencoded::parse(text).map(|(name, value)| {
        let is_secret =
            is_secret(&name) || FIELDS.contains(&&*name) || name.starts_with("requiredAttributes[");
        let value = if is_secret { MASK.into() } else { value };
        (name.into_owned(), json!(value))
    });
    Value::Object(fields.collect())
}

/// A text of XML, as this server writes it: no attributes but on its first element, no text beside elements.
pub(super) fn xml(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for (index, part) in text.split('<').enumerate() {
        if index > 0 {
            masked.push('<');
        }
        match part.split_once('>') {
            Some((name, content)) if !content.is_empty() && is_secret(name) => {
                masked.extend([name, ">", MASK]);
            }
            _ => masked.push_str(part),
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One of the two services' models, as `fixtures/model` has it.
    struct Model(Value);

    impl Model {
        fn all() -> [Self; 2] {
            ["cognito-idp", "cognito-identity"].map(|name| {
                let folder = env!("CARGO_MANIFEST_DIR");
                let text = std::fs::read(format!("{folder}/../fixtures/model/{name}.json"));
                Self(serde_json::from_slice(&text.unwrap()).unwrap())
            })
        }

        /// A value of a shape with every member: texts say whether the model calls them sensitive.
        fn value(&self, shape: &str, is_sensitive: bool, depth: usize) -> Value {
            let it = &self.0["shapes"][shape];
            let is_sensitive = is_sensitive || it["sensitive"] == true;
            let of = |reference: &Value| {
                self.value(
                    reference["shape"].as_str().unwrap(),
                    is_sensitive,
                    depth + 1,
                )
            };
            match it["type"].as_str().unwrap() {
                _ if depth > 12 => Value::Null,
                "structure" => {
                    let members = it["members"].as_object();
                    let members = members.into_iter().flatten();
                    Value::Object(members.map(|(name, it)| (name.clone(), of(it))).collect())
                }
                "list" => json!([of(&it["member"])]),
                "map" => json!({"key": of(&it["value"])}),
                "boolean" => json!(true),
                "integer" | "long" | "timestamp" => json!(if is_sensitive { 4711 } else { 1 }),
                _ => json!(if is_sensitive { "SECRET" } else { "plain" }),
            }
        }
    }

    /// The names under which a value has something that `wanted` says.
    fn names(value: &Value, name: &str, wanted: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, it)| names(it, name, wanted, found)),
            Value::Array(items) => items.iter().for_each(|it| names(it, name, wanted, found)),
            it if it == wanted => {
                found.insert(name.to_owned());
            }
            _ => {}
        }
    }

    #[test]
    fn nothing_that_the_model_calls_sensitive_is_repeated() {
        let (mut leaked, mut hidden, mut operations) = (BTreeSet::new(), BTreeSet::new(), 0);
        for model in Model::all() {
            for operation in model.0["operations"].as_object().unwrap().values() {
                operations += 1;
                for side in ["input", "output"] {
                    let Some(shape) = operation[side]["shape"].as_str() else {
                        continue;
                    };
                    let before = model.value(shape, false, 0);
                    let mut after = before.clone();
                    mask(&mut after);
                    names(&after, "", &json!("SECRET"), &mut leaked);
                    names(&after, "", &json!(4711), &mut leaked);
                    // What is masked although the model does not say so, in the place of the plain text.
                    let marked: Value =
                        serde_json::from_str(&before.to_string().replace("\"SECRET\"", "null"))
                            .unwrap();
                    let mut masked = marked.clone();
                    mask(&mut masked);
                    names(&masked, "", &json!(MASK), &mut hidden);
                }
            }
        }
        assert_eq!(operations, 141 + 23);
        assert_eq!(Vec::from_iter(leaked), ["ClientId", "Username"]);
        // By their names alone, wherever they stand.
        assert_eq!(
            Vec::from_iter(hidden),
            [
                "ChallengeName",
                "ChallengeResponse",
                "Code",
                "ConfirmationCode",
                "Logins",
                "PasswordVerifier",
                "PreSignedUrl",
                "Salt",
                "SessionToken",
                "Value",
            ]
        );
    }

    #[test]
    fn secrets_are_known_by_name_whatever_they_are() {
        let mut value = json!({
            "Password": {"nested": ["p"]}, "password": "p", "SECRET_HASH": 1, "NextToken": "page",
            "AuthParameters": {"USERNAME": "alice", "PASSWORD": "p", "SRP_A": "a"},
            "ChallengeParameters": {"SALT": "s", "SRP_B": "b", "SECRET_BLOCK": "b", "USER_ID_FOR_SRP": "alice"},
            "TokenValidityUnits": {"AccessToken": "hours"}, "GenerateSecret": true, "Session": null,
            "CodeDeliveryDetails": {"Destination": "a***"}, "ProviderDetails": {"client_id": "c", "client_secret": "s"},
        });
        mask(&mut value);
        assert_eq!(
            value,
            json!({
                "Password": {"nested": [MASK]}, "password": MASK, "SECRET_HASH": MASK, "NextToken": "page",
                "AuthParameters": {"USERNAME": "alice", "PASSWORD": MASK, "SRP_A": MASK},
                "ChallengeParameters": {
                    "SALT": MASK, "SRP_B": MASK, "SECRET_BLOCK": MASK, "USER_ID_FOR_SRP": "alice"
                },
                "TokenValidityUnits": {"AccessToken": "hours"}, "GenerateSecret": true, "Session": null,
                "CodeDeliveryDetails": {"Destination": "a***"}, "ProviderDetails": {"client_id": "c", "client_secret": MASK},
            })
        );
    }

    #[test]
    fn forms_and_xml_lose_their_secrets_too() {
        assert_eq!(
            form(b"Action=A&WebIdentityToken=ey.ey&code=1&client_id=c"),
            json!({"Action": "A", "WebIdentityToken": MASK, "code": MASK, "client_id": "c"})
        );
        assert_eq!(
            form(
                b"_csrf=1&challenge=c&username=a&new_password=p&requiredAttributes%5Bname%5D=n&email=e&code_verifier=v\
                &client_secret=s&refresh_token=r&subject_token=t&subject_token_type=u&authentication_code=1\
                &cognitoAsfData=d&id_token_hint=i&state=s&destination=d&confirmation_code=1&confirm_password=p&code_challenge=p&token_type_hint=h"
            ),
            json!({
                "_csrf": MASK, "challenge": MASK, "username": "a", "new_password": MASK,
                "requiredAttributes[name]": MASK, "email": MASK, "code_verifier": MASK, "client_secret": MASK,
                "refresh_token": MASK, "subject_token": MASK, "subject_token_type": "u", "authentication_code": MASK,
                "cognitoAsfData": MASK, "id_token_hint": MASK, "state": "s", "destination": MASK, "confirmation_code": MASK, "confirm_password": MASK,
                "code_challenge": "p", "token_type_hint": "h",
            })
        );
        assert_eq!(
            xml(
                "<R xmlns=\"a\"><SecretAccessKey>s</SecretAccessKey><Arn>a</Arn><SessionToken/></R>"
            ),
            "<R xmlns=\"a\"><SecretAccessKey>***</SecretAccessKey><Arn>a</Arn><SessionToken/></R>"
        );
    }
}
