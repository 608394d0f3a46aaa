//! SECRET_HASH: `Base64(HMAC-SHA256(client secret, username ‖ client id))` (facts/auth.md §2).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Turn;
use crate::errors::{self, Result};
use crate::user_pools::Client;

/// Whether the hash is there exactly where the client has a secret.
pub(super) fn check_presence(client: &Client, hash: Option<&str>) -> Result<()> {
    match (client.secrets.is_empty(), hash) {
        (false, None) => Err(errors::secret_hash_missing(client.id())),
        (true, Some(_)) => Err(errors::secret_hash_unexpected(client.id())),
        _ => Ok(()),
    }
}

/// As [`check`], in a sign-in. A page is the server's own: no client speaks, so none has to show its
/// secret.
pub(super) fn check_turn(turn: &Turn<'_>, client: &Client, username: &str) -> Result<()> {
    if turn.on_page {
        return Ok(());
    }
    check(client, username, turn.parameters.get("SECRET_HASH"))
}

/// As [`check`], for an operation with a member SecretHash: what is missing has another text there.
pub fn check_member(client: &Client, username: &str, hash: Option<&str>) -> Result<()> {
    if hash.is_none() && !client.secrets.is_empty() {
        return Err(errors::secret_not_received(client.id()));
    }
    check(client, username, hash)
}

/// The secret itself, for operations that take it instead of a hash.
pub(super) fn check_secret(client: &Client, secret: Option<&str>) -> Result<()> {
    match (client.secrets.is_empty(), secret) {
        (true, None) => Ok(()),
        (true, Some(_)) => Err(errors::secret_hash_unexpected(client.id())),
        (false, None) => Err(errors::secret_not_received(client.id())),
        (false, Some(given)) => {
            let is_right = client.secrets.iter().any(|secret| {
                verify_slices_are_equal(secret.value.as_bytes(), given.as_bytes()).is_ok()
            });
            if is_right {
                Ok(())
            } else {
                Err(errors::secret_hash_wrong(client.id()))
            }
        }
    }
}

/// The hash that a page shows in the client's place: it is the server's own.
pub fn of_page(client: &Client, username: &str) -> Option<String> {
    let secret = client.secrets.first()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.value.as_bytes());
    let message = format!("{username}{}", client.id());
    Some(STANDARD.encode(hmac::sign(&key, message.as_bytes())))
}

/// Any of the client's secrets may have made it. In constant time.
pub(super) fn check(client: &Client, username: &str, hash: Option<&str>) -> Result<()> {
    check_presence(client, hash)?;
    let Some(hash) = hash else { return Ok(()) };
    let message = format!("{username}{}", client.id());
    let given = STANDARD.decode(hash).unwrap_or_default();
    let is_right = client.secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.value.as_bytes());
        hmac::verify(&key, message.as_bytes(), &given).is_ok()
    });
    if is_right {
        Ok(())
    } else {
        Err(errors::secret_hash_wrong(client.id()))
    }
}

#[cfg(test)]
mod tests {
    use cognito_model::Timestamp;
    use cognito_model::idp::UserPoolClientType;

    use super::*;
    use crate::user_pools::ClientSecret;

    /// The vector of facts/auth.md §2.
    #[test]
    fn the_hash_of_the_test_vector_is_right() {
        let id = "1example23456789";
        let secret = |value: &str| ClientSecret {
            id: String::new(),
            value: value.to_owned(),
            created: Timestamp::from_millis(0),
        };
        let client = Client {
            description: UserPoolClientType {
                client_id: Some(id.to_owned()),
                ..Default::default()
            },
            secrets: vec![secret("another"), secret("secretsecretsecretsecret")],
        };
        let hash = "Frcgik1I5BO69D5/Ross3o24gt8azq0ruP8sN9b3zg8=";
        assert!(check(&client, "alice", Some(hash)).is_ok());
        let own = of_page(&client, "bob");
        assert!(check(&client, "bob", own.as_deref()).is_ok());
        let message = |result: Result<()>| result.unwrap_err().message().unwrap().to_owned();
        assert_eq!(
            message(check(&client, "bob", Some(hash))),
            format!("Unable to verify secret hash for client {id}")
        );
        assert_eq!(
            message(check(&client, "alice", Some("nonsense"))),
            format!("Unable to verify secret hash for client {id}")
        );
        assert_eq!(
            message(check(&client, "alice", None)),
            format!("Client {id} is configured with secret but SECRET_HASH was not received")
        );
        let public = Client {
            secrets: Vec::new(),
            ..client
        };
        assert!(check(&public, "alice", None).is_ok());
        assert_eq!(of_page(&public, "alice"), None);
        assert_eq!(
            message(check(&public, "alice", Some(hash))),
            format!("Client {id} is not configured for secret but secret was received")
        );
    }
}
