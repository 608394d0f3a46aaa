//! AdminCreateUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
//!
//! ValidationData and ClientMetadata reach triggers only; a pool with a PreSignUp, CustomMessage or custom
//! sender trigger is refused until they are there. With RESEND, UserAttributes and ForceAliasCreation
//! change nothing: the user exists. Without DesiredDeliveryMediums the message goes by SMS where the user
//! has a phone number, else by email, else nowhere (the last two assumed).

use super::prelude::*;
use crate::delivery::{self, Medium, Message, Sender};
use crate::store::PoolState;
use crate::triggers::{self, Trigger};
use crate::user_pools::{NewUser, Password, PasswordPolicy, User, UserPool};

pub(crate) async fn handle(
    cx: &Context,
    request: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let (user, messages) = pool.write(|state| {
        let triggers = [
            Trigger::PreSignUp,
            Trigger::CustomMessage,
            Trigger::CustomEmailSender,
            Trigger::CustomSmsSender,
        ];
        triggers::refuse(state.settings(), &triggers)?;
        if request.message_action == Some(MessageActionType::Resend) {
            resend(cx, &request, state)
        } else {
            create(cx, &request, state)
        }
    })?;
    for message in messages {
        cx.app.outbox.deliver(message);
    }
    Ok(AdminCreateUserResponse {
        user: Some(user.describe()),
    })
}

fn create(
    cx: &Context,
    request: &AdminCreateUserRequest,
    state: &mut PoolState,
) -> Result<(User, Vec<Message>)> {
    let pool = state.settings();
    let attributes = request.user_attributes.as_deref().unwrap_or_default();
    let new = NewUser::draft(&request.username, attributes, pool, || cx.app.random.sub())?;
    let moved = new.check_names(state.users(), request.force_alias_creation == Some(true))?;
    let password = match given(request, pool.password_policy())? {
        None if pool.is_passwordless() => {
            new.check_passwordless(pool)?;
            None
        }
        None => Some(
            cx.app
                .random
                .password(pool.password_policy().minimum_length()),
        ),
        given => given,
    };
    let mut user = new.into_user(cx.now);
    let mut messages = Vec::new();
    match &password {
        Some(password) => {
            messages = invitations(cx, request, pool, &user, password)?;
            let hashed = Password::new(cx.app.random.bytes(), pool.id(), &user.username, password);
            user.password = Some(hashed.temporary(cx.now));
        }
        // Signs in by one-time codes: nothing to send, nothing to change.
        None => user.status = UserStatusType::Confirmed,
    }
    if request.message_action == Some(MessageActionType::Suppress) {
        messages.clear();
    }
    for (owner, attribute) in moved {
        let flag = format!("{attribute}_verified");
        state.update_user(&owner, |owner| owner.attributes.set(&flag, "false"))?;
    }
    state.insert_user(user.clone());
    Ok((user, messages))
}

/// A new temporary password for a user who has not used the last one.
fn resend(
    cx: &Context,
    request: &AdminCreateUserRequest,
    state: &mut PoolState,
) -> Result<(User, Vec<Message>)> {
    let pool = state.settings();
    let user = state.user(&request.username)?;
    if user.status != UserStatusType::ForceChangePassword {
        return Err(errors::resend_not_possible(&request.username));
    }
    let policy = pool.password_policy();
    let password =
        given(request, policy)?.unwrap_or_else(|| cx.app.random.password(policy.minimum_length()));
    let messages = invitations(cx, request, pool, user, &password)?;
    let hashed = Password::new(cx.app.random.bytes(), pool.id(), &user.username, &password);
    let username = user.username.clone();
    let user = state.update_user(&username, |user| {
        user.password = Some(hashed.temporary(cx.now));
        user.modified = cx.now;
        user.clone()
    })?;
    Ok((user, messages))
}

/// The temporary password of the request; a blank one is none.
fn given(request: &AdminCreateUserRequest, policy: PasswordPolicy<'_>) -> Result<Option<String>> {
    match request
        .temporary_password
        .as_deref()
        .filter(|password| !password.is_empty())
    {
        None => Ok(None),
        Some(password) => match policy.broken_rule(password) {
            Some(rule) => Err(errors::password_did_not_conform(rule)),
            None => Ok(Some(password.to_owned())),
        },
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
            status: "DELIVERED",
            sender: Sender::of(pool.description.email_configuration.as_ref()),
        }
    };
    Ok(media.into_iter().map(message).collect())
}
