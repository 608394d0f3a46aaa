//! Lambda triggers: who is asked, and what. What a configured function would decide and nobody can ask
//! it is refused, as AWS refuses when it cannot invoke the function: nothing is skipped in silence.

mod dialogue;
mod event;
mod invoke;
mod sender_code;

pub use dialogue::{Answer, Dialogue, ask, is_asking, resume, settle};
pub use event::{Event, NO_CLIENT, Question, user_attributes, with_client_metadata};
pub use invoke::{Invokers, MOST_ANSWER, RUNTIME_API_PATH, invoke, is_poll, notify, runtime_api};
pub use sender_code::sender_code;

use crate::errors::{self, Result};
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
    CreateAuthChallenge,
    VerifyAuthChallengeResponse,
    InboundFederation,
}

impl Trigger {
    pub fn name(self) -> &'static str {
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
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
            Self::InboundFederation => "InboundFederation",
        }
    }
}

/// The function that the pool asks, by name or ARN.
pub fn function(pool: &UserPool, trigger: Trigger) -> Option<&str> {
    let lambdas = pool.description.lambda_config.as_ref()?;
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
        Trigger::CustomSmsSender => lambdas.custom_sms_sender.as_ref().map(|it| &it.lambda_arn),
        Trigger::DefineAuthChallenge => lambdas.define_auth_challenge.as_ref(),
        Trigger::CreateAuthChallenge => lambdas.create_auth_challenge.as_ref(),
        Trigger::VerifyAuthChallengeResponse => lambdas.verify_auth_challenge_response.as_ref(),
        Trigger::InboundFederation => lambdas.inbound_federation.as_ref().map(|it| &it.lambda_arn),
    };
    function.map(String::as_str)
}

/// Fails if the pool has a function for any of these.
pub fn refuse(pool: &UserPool, triggers: &[Trigger]) -> Result<()> {
    let named = |trigger: &Trigger| Some((*trigger, function(pool, *trigger)?));
    match triggers.iter().find_map(named) {
        Some((trigger, function)) => Err(errors::trigger_not_implemented(trigger.name(), function)),
        None => Ok(()),
    }
}
