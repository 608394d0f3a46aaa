//! The answer to a challenge.

use cognito_model::idp::ChallengeNameType;

use super::{Outcome, Turn, custom, device, mfa, new_password, user_auth, verifier};
use crate::errors::{self, Result};

pub async fn respond(turn: &Turn<'_>, challenge: ChallengeNameType) -> Result<Outcome> {
    use ChallengeNameType as Name;
    match challenge {
        Name::PasswordVerifier => verifier::answer(turn).await,
        Name::NewPasswordRequired => new_password::answer(turn).await,
        Name::SmsMfa | Name::EmailOtp | Name::SmsOtp => mfa::answer_code(turn, challenge).await,
        Name::SoftwareTokenMfa => mfa::answer_software_token(turn).await,
        Name::SelectMfaType => mfa::answer_select(turn).await,
        Name::MfaSetup => mfa::answer_setup(turn).await,
        Name::DeviceSrpAuth => device::answer(turn).await,
        Name::DevicePasswordVerifier => verifier::answer_of_device(turn).await,
        Name::SelectChallenge => user_auth::answer_select(turn).await,
        Name::Password => user_auth::answer_password(turn).await,
        Name::PasswordSrp => user_auth::answer_password_srp(turn).await,
        Name::WebAuthn => user_auth::answer_passkey(turn).await,
        Name::CustomChallenge => custom::answer(turn).await,
        // There is no session of it: no sign-in asks for it.
        Name::AdminNoSrpAuth => {
            turn.parameters.required("USERNAME")?;
            Err(errors::invalid_session())
        }
    }
}
