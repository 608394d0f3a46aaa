//! The `code` of a custom sender's event (facts/triggers.md §6.9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use crate::errors::Result;
use crate::keys::{EncryptionContext, KmsKey, encryption_sdk};

/// A code or temporary password as an AWS Encryption SDK message under the pool's KMS key, or in clear with
/// `--plain-codes`.
pub fn sender_code(app: &App, key_arn: &str, user_pool_id: &str, code: &str) -> Result<String> {
    if app.settings.plain_codes {
        return Ok(code.to_owned());
    }
    let key = KmsKey::of(&app.sealer, key_arn)?;
    let context = EncryptionContext::from([("userpool-id".to_owned(), user_pool_id.to_owned())]);
    let message = encryption_sdk::encrypt(code.as_bytes(), context, &key, &app.random)?;
    Ok(STANDARD.encode(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Settings;
    use crate::random::Random;

    const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/codes";

    fn code(plain_codes: bool) -> String {
        let settings = Settings {
            plain_codes,
            ..Settings::default()
        };
        let app = App::with(settings, Clock::system(), Random::seeded(1)).unwrap();
        sender_code(&app, ARN, "us-east-1_ABCdef123", "123456").unwrap()
    }

    #[test]
    fn a_code_is_a_message_as_captured() {
        let code = code(false);
        assert!(code.starts_with("AYADe"), "{code}");
    }

    #[test]
    fn a_code_is_in_clear_where_that_is_wished() {
        assert_eq!(code(true), "123456");
    }
}
