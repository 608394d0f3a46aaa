//! AdminCreateUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
//!
//! ValidationData reaches PreSignUp, ClientMetadata PreSignUp, CustomMessage and the custom senders. What
//! PreSignUp answers has no effect (documented), but it may refuse. With RESEND, UserAttributes and
//! ForceAliasCreation are not looked at: the user exists. Without DesiredDeliveryMediums the message goes by
//! SMS where the user has a phone number, else by email, else nowhere (the last two assumed).

use super::prelude::*;
use crate::accounts::{Delivery, Invitation, SignUpQuestion};
use crate::store::PoolState;
use crate::triggers;
use crate::user_pools::{NewUser, Password, PasswordPolicy, User, UserPool};

pub(crate) async fn handle(
    cx: &Context,
    request: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let new_sub = cx.app.random.sub();
    let step = |state: &mut PoolState| match request.message_action {
        Some(MessageActionType::Resend) => resend(cx, &request, state),
        _ => create(cx, &request, state, &new_sub),
    };
    let (user, deliveries) = triggers::settle(cx, || pool.write(step)).await?;
    for delivery in deliveries {
        delivery.send(cx);
    }
    Ok(AdminCreateUserResponse {
        user: Some(user.describe()),
    })
}

fn create(
    cx: &Context,
    request: &AdminCreateUserRequest,
    state: &mut PoolState,
    new_sub: &str,
) -> Result<(User, Vec<Delivery>)> {
    let pool = state.settings();
    let attributes = request.user_attributes.as_deref().unwrap_or_default();
    let new = NewUser::draft(&request.username, attributes, pool, || new_sub.to_owned())?;
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
    let wanted = request
        .desired_delivery_mediums
        .as_deref()
        .unwrap_or_default();
    let media = match password {
        Some(_) => Invitation::attributes(wanted, &user)?,
        None => Vec::new(),
    };
    let question = SignUpQuestion {
        source: "PreSignUp_AdminCreateUser",
        client_id: triggers::NO_CLIENT,
        username: &user.username,
        given: attributes,
        validation_data: request.validation_data.as_deref(),
        metadata: request.client_metadata.as_ref(),
    };
    question.ask(cx, pool)?;
    let mut deliveries = Vec::new();
    match &password {
        Some(password) => {
            if request.message_action != Some(MessageActionType::Suppress) {
                deliveries = invitations(cx, request, pool, &user, &media, password)?;
            }
            let hashed = Password::new(cx.app.random.bytes(), pool.id(), &user.username, password);
            user.password = Some(hashed.temporary(cx.now));
        }
        // Signs in by one-time codes: nothing to send, nothing to change.
        None => user.status = UserStatusType::Confirmed,
    }
    for (owner, attribute) in moved {
        let flag = format!("{attribute}_verified");
        state.update_user(&owner, |owner| owner.attributes.set(&flag, "false"))?;
    }
    state.insert_user(user.clone());
    Ok((user, deliveries))
}

/// A new temporary password for a user who has not used the last one.
fn resend(
    cx: &Context,
    request: &AdminCreateUserRequest,
    state: &mut PoolState,
) -> Result<(User, Vec<Delivery>)> {
    let pool = state.settings();
    let user = state.user(&request.username)?;
    if user.status != UserStatusType::ForceChangePassword {
        return Err(errors::resend_not_possible(&request.username));
    }
    let policy = pool.password_policy();
    let password =
        given(request, policy)?.unwrap_or_else(|| cx.app.random.password(policy.minimum_length()));
    let wanted = request
        .desired_delivery_mediums
        .as_deref()
        .unwrap_or_default();
    let media = Invitation::attributes(wanted, user)?;
    let deliveries = invitations(cx, request, pool, user, &media, &password)?;
    let hashed = Password::new(cx.app.random.bytes(), pool.id(), &user.username, &password);
    let username = user.username.clone();
    let user = state.update_user(&username, |user| {
        user.password = Some(hashed.temporary(cx.now));
        user.modified = cx.now;
        user.clone()
    })?;
    Ok((user, deliveries))
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
    to: &[&'static str],
    password: &str,
) -> Result<Vec<Delivery>> {
    let metadata = request.client_metadata.as_ref();
    let invitation = Invitation {
        pool,
        user,
        to,
        password,
        metadata,
    };
    invitation.compose(cx)
}
