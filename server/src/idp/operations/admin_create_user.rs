//! AdminCreateUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
//!
//! ValidationData and ClientMetadata reach triggers only; a pool with a PreSignUp, CustomMessage or custom
//! sender trigger is refused until they are there. Without DesiredDeliveryMediums the message goes by SMS
//! where the user has a phone number, else by email, else nowhere (the last two assumed).

use super::prelude::*;
use crate::delivery::{self, Medium, Message};
use crate::triggers::{self, Trigger};
use crate::user_pools::{NewUser, Password, User, UserPool};

pub(crate) async fn handle(
    cx: &Context,
    request: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let salt = cx.app.random.bytes();
    let (user, messages) = pool.write(|state| {
        triggers::refuse(
            state.settings(),
            &[
                Trigger::PreSignUp,
                Trigger::CustomMessage,
                Trigger::CustomEmailSender,
                Trigger::CustomSmsSender,
            ],
        )?;
        let password =
            temporary_password(cx, state.settings(), request.temporary_password.as_deref())?;
        if request.message_action == Some(MessageActionType::Resend) {
            let Some(user) = state.users().find(&request.username) else {
                return Err(errors::user_not_found());
            };
            if user.status != UserStatusType::ForceChangePassword {
                return Err(errors::resend_not_possible(&request.username));
            }
            let (username, password) = (user.username.clone(), password.unwrap_or_default());
            let messages = invitations(cx, &request, state.settings(), user, &password)?;
            let hashed = Password::new(salt, pool.id(), &username, &password).temporary(cx.now);
            let user = state.update_user(&username, |user| {
                user.password = Some(hashed);
                user.modified = cx.now;
                user.clone()
            })?;
            return Ok((user, messages));
        }
        let new = NewUser::draft(
            &request.username,
            request.user_attributes.as_deref().unwrap_or_default(),
            state.settings(),
            || cx.app.random.sub(),
        )?;
        let moved = new.check_names(state.users(), request.force_alias_creation == Some(true))?;
        let mut user = new.into_user(cx.now);
        let messages = match &password {
            Some(password) => {
                user.password = Some(
                    Password::new(salt, pool.id(), &user.username, password).temporary(cx.now),
                );
                if request.message_action == Some(MessageActionType::Suppress) {
                    Vec::new()
                } else {
                    invitations(cx, &request, state.settings(), &user, password)?
                }
            }
            // Signs in by one-time codes: nothing to send, nothing to change.
            None => {
                user.status = UserStatusType::Confirmed;
                Vec::new()
            }
        };
        for (owner, attribute) in moved {
            let flag = format!("{attribute}_verified");
            state.update_user(&owner, |owner| owner.attributes.set(&flag, "false"))?;
        }
        state.insert_user(user.clone());
        Ok((user, messages))
    })?;
    for message in messages {
        cx.app.outbox.deliver(message);
    }
    Ok(AdminCreateUserResponse {
        user: Some(user.describe()),
    })
}

/// The given one, or one made for the user; none in a pool whose users may sign in without.
fn temporary_password(
    cx: &Context,
    pool: &UserPool,
    given: Option<&str>,
) -> Result<Option<String>> {
    let policy = pool.password_policy();
    match given.filter(|password| !password.is_empty()) {
        Some(password) => match policy.broken_rule(password) {
            Some(rule) => Err(errors::password_did_not_conform(rule)),
            None => Ok(Some(password.to_owned())),
        },
        None if pool.is_passwordless() => Ok(None),
        None => Ok(Some(cx.app.random.password(policy.minimum_length()))),
    }
}

fn invitations(
    cx: &Context,
    request: &AdminCreateUserRequest,
    pool: &UserPool,
    user: &User,
    password: &str,
) -> Result<Vec<Message>> {
    let address = |medium| match medium {
        Medium::Email => user.attributes.get("email"),
        Medium::Sms => user.attributes.get("phone_number"),
    };
    let media: Vec<_> = match request.desired_delivery_mediums.as_deref() {
        None | Some([]) => [Medium::Sms, Medium::Email]
            .into_iter()
            .filter_map(|medium| Some((medium, address(medium)?)))
            .take(1)
            .collect(),
        Some(wanted) => wanted
            .iter()
            .map(|medium| {
                let (medium, attribute) = match medium {
                    DeliveryMediumType::Email => (Medium::Email, "email"),
                    DeliveryMediumType::Sms => (Medium::Sms, "phone_number"),
                };
                Ok((
                    medium,
                    address(medium).ok_or_else(|| errors::medium_needs_attribute(attribute))?,
                ))
            })
            .collect::<Result<_>>()?,
    };
    let message = |(medium, destination): (Medium, &str)| {
        let shown = user
            .attributes
            .get("email")
            .filter(|_| user.username == user.sub);
        let (subject, body) =
            delivery::invitation(pool, medium, shown.unwrap_or(&user.username), password);
        Message {
            id: cx.app.random.uuid().to_string(),
            time: cx.now,
            user_pool_id: pool.id().to_owned(),
            username: user.username.clone(),
            medium,
            destination: destination.to_owned(),
            subject,
            body,
            code: Some(password.to_owned()),
            link: None,
            trigger: "CustomMessage_AdminCreateUser".to_owned(),
            status: "DELIVERED".to_owned(),
        }
    };
    Ok(media.into_iter().map(message).collect())
}
