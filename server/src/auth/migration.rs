//! UserMigration: whoever is not there yet may be somebody to another directory. The pool's function is
//! shown what was typed, and says who that is; the user is created by itself, and then signs in, or
//! resets the password, like anyone (facts/triggers.md §6.7).
//!
//! Only a password in clear can be shown, so not that of SRP. *Assumed*: with USER_AUTH, one that comes
//! with the first request is shown, too. An answer that is of no use makes no user; a client that is not
//! told who is not there goes on as if nobody had been asked.

use std::collections::BTreeMap;

use cognito_model::idp::{
    AdminCreateUser, AttributeType, DeliveryMediumType, ForgotPasswordRequest, UserStatusType,
};
use cognito_model::{ErrorCode, Operation, Rejection};
use serde_json::{Value, json};

use super::imported::Comparison;
use super::step::Scene;
use super::stranger::Stranger;
use super::{Turn, secret_hash};
use crate::accounts::Invitation;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::triggers::{self, Answer, Event, Question, Trigger};
use crate::user_pools::{Client, Factor, NewUser, Password, User, UserPool};

/// Whom the function is asked about.
struct Newcomer<'a> {
    source: &'static str,
    client_id: &'a str,
    username: &'a str,
    /// Not of one who has forgotten it.
    password: Option<&'a str>,
    validation_data: Option<&'a BTreeMap<String, String>>,
    client_metadata: Option<&'a BTreeMap<String, String>>,
}

pub(super) async fn migrate_to_sign_in(
    turn: &Turn<'_>,
    username: &str,
    password: &str,
) -> Result<()> {
    let newcomer = Newcomer {
        source: "UserMigration_Authentication",
        client_id: turn.client_id,
        username,
        password: Some(password),
        validation_data: turn.client_metadata,
        client_metadata: None,
    };
    let may_ask = |state: &PoolState, client: &Client| {
        secret_hash::check_turn(turn, client, username)?;
        let scene = Scene {
            turn,
            state,
            client,
            issuer: "",
            imported: &Comparison::default(),
        };
        let is_blocked = state.settings().blocks(turn.client_id, &scene.address());
        // A name that is locked out is not guessed on, by way of another directory.
        let stranger = Stranger::of(&scene, username).sub;
        let is_locked = client.hides_user_existence()
            && turn.pool.strangers().is_locked(&stranger, turn.cx.now);
        Ok(!is_blocked && !is_locked)
    };
    newcomer.migrate(turn.cx, turn.pool, may_ask).await
}

/// Before a password is reset: who comes so has a new one to set, whatever the function says (assumed).
pub async fn migrate_to_reset(
    cx: &Context,
    pool: &Pool,
    request: &ForgotPasswordRequest,
) -> Result<()> {
    let username = &request.username;
    let newcomer = Newcomer {
        source: "UserMigration_ForgotPassword",
        client_id: &request.client_id,
        username,
        password: None,
        validation_data: None,
        client_metadata: request.client_metadata.as_ref(),
    };
    let hash = request.secret_hash.as_deref();
    let may_ask = |_: &PoolState, client: &Client| {
        secret_hash::check_member(client, username, hash)?;
        Ok(true)
    };
    newcomer.migrate(cx, pool, may_ask).await
}

impl Newcomer<'_> {
    async fn migrate(
        &self,
        cx: &Context,
        pool: &Pool,
        may_ask: impl Fn(&PoolState, &Client) -> Result<bool>,
    ) -> Result<()> {
        let is_due = |state: &PoolState| {
            triggers::function(state.settings(), Trigger::UserMigration).is_some()
                && state.users().find(self.username).is_none()
        };
        if !pool.read(is_due) {
            return Ok(());
        }
        let new_sub = cx.app.random.sub();
        let step = |state: &mut PoolState| {
            let client = state.client(self.client_id)?;
            // Whoever was asked about at the same time is there by now.
            if !may_ask(state, client)? || !is_due(state) {
                return Ok(Vec::new());
            }
            let settings = state.settings();
            let Some(answer) = triggers::ask(cx, settings, Trigger::UserMigration, || {
                Event::new(settings, Trigger::UserMigration, self.question())
            })?
            else {
                return Ok(Vec::new());
            };
            let description = Description::read(&answer)?;
            let Migrant { user, moved, to } = match self.draft(cx, state, &description, &new_sub) {
                Ok(migrant) => migrant,
                Err(_) if client.hides_user_existence() => return Ok(Vec::new()),
                Err(why) if why.code() == ErrorCode::NotAuthorizedException => return Err(why),
                Err(why) => return Err(errors::not_migrated(&why)),
            };
            // *Assumed*: the temporary password in it is made as AdminCreateUser does, and is nobody's by
            // the time it is read. The user's own never stands in a message.
            let length = settings.password_policy().minimum_length();
            let welcome = Invitation {
                pool: settings,
                user: &user,
                to: &to,
                password: &cx.app.random.password(length),
                metadata: self.client_metadata,
            };
            let deliveries = welcome.compose(cx)?;
            for (owner, attribute) in moved {
                let flag = format!("{attribute}_verified");
                state.update_user(&owner, |owner| owner.attributes.set(&flag, "false"))?;
            }
            state.insert_user(user);
            Ok(deliveries)
        };
        let deliveries = triggers::settle(cx, || pool.write_through(self.client_id, step)).await?;
        for delivery in deliveries {
            delivery.send(cx);
        }
        Ok(())
    }

    fn question(&self) -> Question<'_> {
        let mut request = json!({
            "userAttributes": null,
            "validationData": self.validation_data,
        });
        if let Some(password) = self.password {
            request["password"] = json!(password);
        }
        Question {
            source: self.source,
            client_id: Some(self.client_id),
            username: self.username,
            request: triggers::with_client_metadata(request, self.client_metadata),
            response: Some(json!({
                "userAttributes": null,
                "forceAliasCreation": null,
                "enableSMSMFA": null,
                "finalUserStatus": null,
                "messageAction": null,
                "desiredDeliveryMediums": null,
            })),
        }
    }

    /// The user whom the function describes.
    fn draft(
        &self,
        cx: &Context,
        state: &PoolState,
        it: &Description,
        new_sub: &str,
    ) -> Result<Migrant> {
        let pool = state.settings();
        let is_unusable =
            it.attributes.is_empty() || it.attributes.iter().any(|it| it.name == "sub");
        if is_unusable {
            return Err(errors::incorrect_username_or_password());
        }
        let keeps_password = match it.status.as_deref() {
            Some("CONFIRMED") => true,
            None | Some("RESET_REQUIRED") => false,
            Some(_) => return Err(errors::migration_value_invalid("finalUserStatus")),
        };
        let is_welcomed = match it.message_action.as_deref() {
            None => true,
            Some("SUPPRESS") => false,
            Some(_) => return Err(errors::migration_value_invalid("messageAction")),
        };
        let media = it.media.iter().map(|name| match name.as_str() {
            "EMAIL" => Ok(DeliveryMediumType::Email),
            "SMS" => Ok(DeliveryMediumType::Sms),
            _ => Err(errors::migration_value_invalid("desiredDeliveryMediums")),
        });
        let media: Vec<_> = media.collect::<Result<_>>()?;
        let username = it.username.as_deref().unwrap_or(self.username);
        check_bounds(pool, username, &it.attributes)?;
        let new = NewUser::draft(username, &it.attributes, pool, || new_sub.to_owned())?;
        // Nobody asks for them later.
        new.check_required(pool)?;
        let moved = new.check_names(state.users(), it.force_alias_creation)?;
        let mut user = new.into_user(cx.now);
        // *Assumed*: whoever cannot be found by what was typed is nobody who may sign in by it, either.
        if !state.users().would_find(self.username, &user) {
            return Err(errors::incorrect_username_or_password());
        }
        if it.enable_sms_mfa {
            if user.attributes.get("phone_number").is_none() {
                return Err(errors::sms_mfa_needs_phone_number());
            }
            user.factors.enable(Factor::Sms);
        }
        user.status = UserStatusType::ResetRequired;
        if let Some(password) = self.password.filter(|_| keeps_password) {
            // As it was in the other directory: no policy is asked (documented).
            let salt = cx.app.random.bytes();
            user.password = Some(Password::new(salt, pool.id(), &user.username, password));
            user.status = UserStatusType::Confirmed;
        }
        let to = if is_welcomed {
            Invitation::attributes(&media, &user)?
        } else {
            Vec::new()
        };
        Ok(Migrant { user, moved, to })
    }
}

/// What is typed, or answered by a function, may be of any length; what is kept is bounded as where an
/// administrator creates a user.
fn check_bounds(pool: &UserPool, username: &str, attributes: &[AttributeType]) -> Result<()> {
    let given = json!({
        "UserPoolId": pool.id(),
        "Username": username,
        "UserAttributes": attributes,
    });
    cognito_model::validate(AdminCreateUser::INPUT, &given).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => errors::wrong_type(message),
        Rejection::Constraints(items) => errors::invalid_members(cognito_model::message(&items)),
    })
}

/// Somebody who is about to be there.
struct Migrant {
    user: User,
    /// Whose alias moves, and which.
    moved: Vec<(String, &'static str)>,
    /// The addresses of the welcome.
    to: Vec<&'static str>,
}

/// A function's answer; values of another type are refused.
struct Description {
    username: Option<String>,
    attributes: Vec<AttributeType>,
    status: Option<String>,
    message_action: Option<String>,
    media: Vec<String>,
    force_alias_creation: bool,
    enable_sms_mfa: bool,
}

impl Description {
    fn read(answer: &Answer) -> Result<Self> {
        let member = |name: &str| answer.get(name).filter(|it| !it.is_null());
        let wrong = errors::lambda_output_unrecognizable;
        let flag = |name: &str| match member(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(wrong),
        };
        let text = |name: &str| {
            member(name)
                .map(|it| text(it).ok_or_else(wrong))
                .transpose()
        };
        let media = match member("desiredDeliveryMediums") {
            None => Some(Vec::new()),
            Some(value) => value
                .as_array()
                .and_then(|list| list.iter().map(self::text).collect()),
        };
        let mut username = None;
        let mut attributes = Vec::new();
        let given = match member("userAttributes") {
            None => None,
            Some(given) => Some(given.as_object().ok_or_else(wrong)?),
        };
        for (name, value) in given.into_iter().flatten() {
            let value = self::text(value).ok_or_else(wrong)?;
            if name == "username" {
                username = Some(value);
            } else {
                attributes.push(AttributeType {
                    name: name.clone(),
                    value: Some(value),
                });
            }
        }
        Ok(Self {
            username,
            attributes,
            status: text("finalUserStatus")?,
            message_action: text("messageAction")?,
            media: media.ok_or_else(wrong)?,
            force_alias_creation: flag("forceAliasCreation")?,
            enable_sms_mfa: flag("enableSMSMFA")?,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
