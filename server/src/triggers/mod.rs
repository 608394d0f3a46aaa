//! Lambda triggers. None can be invoked yet, so what a configured one would decide is refused as AWS
//! refuses when it cannot invoke the function: nothing is skipped in silence.

use crate::errors::{self, ApiError, Result};
use crate::user_pools::UserPool;

/// The moments at which a user pool asks a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    PreSignUp,
    PostConfirmation,
    PreAuthentication,
    PostAuthentication,
    PreTokenGeneration,
    UserMigration,
    CustomMessage,
    CustomEmailSender,
    CustomSmsSender,
    DefineAuthChallenge,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::UserMigration => "UserMigration",
            Self::CustomMessage => "CustomMessage",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
        }
    }
}

/// Fails if the pool has a function for any of these.
pub fn refuse(pool: &UserPool, triggers: &[Trigger]) -> Result<()> {
    let Some(lambdas) = &pool.description.lambda_config else {
        return Ok(());
    };
    for trigger in triggers {
        let function = match trigger {
            Trigger::PreSignUp => lambdas.pre_sign_up.as_ref(),
            Trigger::PostConfirmation => lambdas.post_confirmation.as_ref(),
            Trigger::PreAuthentication => lambdas.pre_authentication.as_ref(),
            Trigger::PostAuthentication => lambdas.post_authentication.as_ref(),
            Trigger::PreTokenGeneration => {
                let versioned = lambdas.pre_token_generation_config.as_ref();
                versioned
                    .map(|it| &it.lambda_arn)
                    .or(lambdas.pre_token_generation.as_ref())
            }
            Trigger::UserMigration => lambdas.user_migration.as_ref(),
            Trigger::CustomMessage => lambdas.custom_message.as_ref(),
            Trigger::CustomEmailSender => lambdas
                .custom_email_sender
                .as_ref()
                .map(|it| &it.lambda_arn),
            Trigger::DefineAuthChallenge => lambdas.define_auth_challenge.as_ref(),
            Trigger::CustomSmsSender => lambdas.custom_sms_sender.as_ref().map(|it| &it.lambda_arn),
        };
        if let Some(function) = function {
            return Err(errors::trigger_not_invocable(trigger.name(), function));
        }
    }
    Ok(())
}

/// Why nobody can sign in by CUSTOM_AUTH: the pool has no function for it, or it cannot be invoked.
pub fn refuse_custom_auth(pool: &UserPool) -> ApiError {
    match refuse(pool, &[Trigger::DefineAuthChallenge]) {
        Ok(()) => errors::custom_auth_not_configured(),
        Err(error) => error,
    }
}
