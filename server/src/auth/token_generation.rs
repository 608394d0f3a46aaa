//! PreTokenGeneration: the pool's own function sees what tokens are about to say, and may change it
//! (facts/triggers.md §6.6). Its answer is `tokens::Overrides`.

use std::collections::BTreeMap;

use cognito_model::idp::PreTokenGenerationLambdaVersionType as Version;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Progress, Turn};
use crate::context::Context;
use crate::errors::Result;
use crate::tokens::Overrides;
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::{Client, GroupClaims, User, UserPool};

/// Why there are tokens, as the function is told.
#[derive(Clone, Copy)]
pub(super) struct Occasion<'a> {
    /// `None` where no function is to be asked.
    source: Option<&'static str>,
    client_metadata: Option<&'a BTreeMap<String, String>>,
    /// Of the sign-in that ends; a refresh token, or a code, does not say what was proved for it.
    progress: Option<&'a Progress>,
    /// Names the event in both tokens.
    pub(super) event_id: Uuid,
}

impl<'a> Occasion<'a> {
    /// The end of a sign-in. The device is proved after a new password, so it names the end of both
    /// (assumed).
    pub(super) fn of_sign_in(turn: &Turn<'a>, progress: &'a Progress) -> Self {
        let source = if progress.has_device {
            "TokenGeneration_AuthenticateDevice"
        } else if progress.has_new_password {
            "TokenGeneration_NewPasswordChallenge"
        } else {
            "TokenGeneration_Authentication"
        };
        Self {
            source: Some(source),
            client_metadata: turn.metadata_of_answer(),
            progress: Some(progress),
            event_id: progress.event_id,
        }
    }

    /// Tokens that a test has minted.
    pub(super) fn unasked(event_id: Uuid) -> Self {
        Self {
            source: None,
            client_metadata: None,
            progress: None,
            event_id,
        }
    }

    /// A sign-in on a page of the domain, when its tokens are asked for.
    pub(super) fn of_page(event_id: Uuid) -> Self {
        Self {
            source: Some("TokenGeneration_HostedAuth"),
            client_metadata: None,
            progress: None,
            event_id,
        }
    }

    /// A refresh token. *Assumed* for GetTokensFromRefreshToken: of AWS's two tables one has it as an
    /// authentication.
    pub(super) fn of_refresh(
        cx: &Context,
        client_metadata: Option<&'a BTreeMap<String, String>>,
    ) -> Self {
        Self {
            source: Some("TokenGeneration_RefreshTokens"),
            client_metadata,
            progress: None,
            event_id: cx.app.random.uuid(),
        }
    }
}

/// Asks about the tokens of a user, before the first change of a step.
pub(super) fn ask(
    cx: &Context,
    pool: &UserPool,
    client: &Client,
    (user, groups, scope): (&User, &GroupClaims, &str),
    occasion: Occasion<'_>,
) -> Result<Option<Overrides>> {
    let Some(source) = occasion.source else {
        return Ok(None);
    };
    ask_about(cx, pool, || {
        let attributes = match occasion.progress {
            Some(progress) => progress.user_attributes(pool, user),
            None => triggers::user_attributes(pool, user),
        };
        let mut request = json!({
            "userAttributes": attributes,
            "groupConfiguration": {
                "groupsToOverride": groups.groups,
                "iamRolesToOverride": groups.roles,
                "preferredRole": groups.preferred_role,
            },
        });
        if version(pool) != Version::V1_0 {
            request["scopes"] = scope.split(' ').collect();
        }
        Question {
            source,
            client_id: Some(client.id()),
            username: &user.username,
            request: triggers::with_client_metadata(request, occasion.client_metadata),
            response: Some(preset(pool)),
        }
    })
}

/// Asks about the token of a client that acts for itself: only functions of the third version know of
/// clients.
pub(super) fn ask_about_client(
    cx: &Context,
    pool: &UserPool,
    client: &Client,
    scopes: &[String],
    client_metadata: Option<&BTreeMap<String, String>>,
) -> Result<Option<Overrides>> {
    if version(pool) != Version::V3_0 {
        return Ok(None);
    }
    ask_about(cx, pool, || {
        let request = json!({
            "userAttributes": {},
            "groupConfiguration": null,
            "scopes": scopes,
        });
        Question {
            source: "TokenGeneration_ClientCredentials",
            client_id: Some(client.id()),
            username: "ClientCredentials",
            request: triggers::with_client_metadata(request, client_metadata),
            response: Some(preset(pool)),
        }
    })
}

fn ask_about<'q>(
    cx: &Context,
    pool: &UserPool,
    question: impl FnOnce() -> Question<'q>,
) -> Result<Option<Overrides>> {
    let version = version(pool);
    let answer = triggers::ask(cx, pool, Trigger::PreTokenGeneration, || {
        let event = Event::new(pool, Trigger::PreTokenGeneration, question())?;
        Some(match version {
            Version::V1_0 => event,
            Version::V2_0 => event.of_version("2"),
            Version::V3_0 => event.of_version("3"),
        })
    })?;
    let read = match version {
        Version::V1_0 => Overrides::of_first_version,
        Version::V2_0 | Version::V3_0 => Overrides::of_later_version,
    };
    answer.as_ref().map(read).transpose()
}

fn version(pool: &UserPool) -> Version {
    let lambdas = pool.description.lambda_config.as_ref();
    let versioned = lambdas.and_then(|it| it.pre_token_generation_config.as_ref());
    versioned.map_or(Version::V1_0, |it| it.lambda_version)
}

/// What the function is to fill in.
fn preset(pool: &UserPool) -> Value {
    if version(pool) == Version::V1_0 {
        json!({"claimsOverrideDetails": null})
    } else {
        json!({"claimsAndScopeOverrideDetails": null})
    }
}
