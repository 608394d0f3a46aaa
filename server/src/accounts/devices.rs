//! Devices that users remember, for their owners and for administrators (facts/users.md §12).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::idp::{ConfirmDeviceRequest, DeviceRememberedStatusType, DeviceType};

use crate::auth;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::PoolState;
use crate::tokens::AccessToken;
use crate::user_pools::{Device, User};

/// More than one person has: each is a row of the user.
const MOST_DEVICES: usize = 100;

/// Whether the user still has to say that the device is to be remembered.
pub fn confirm_device(
    cx: &Context,
    token: &AccessToken,
    request: ConfirmDeviceRequest,
) -> Result<bool> {
    let secret = request
        .device_secret_verifier_config
        .ok_or_else(|| errors::missing_parameter("DeviceSecretVerifierConfig"))?;
    let number = |text: Option<String>| {
        let bytes = STANDARD.decode(text?).ok()?;
        (1..=512).contains(&bytes.len()).then(|| bytes.into())
    };
    token.pool.write(|state| {
        check_tracked(state)?;
        let user = token.user(state)?;
        auth::check_issued(token, &request.device_key)?;
        if user.devices.find(&request.device_key).is_some() {
            return Err(errors::device_key_exists());
        }
        if user.devices.all().len() >= MOST_DEVICES {
            return Err(errors::limit_exceeded("devices of a user", MOST_DEVICES));
        }
        let (Some(verifier), Some(salt)) = (number(secret.password_verifier), number(secret.salt))
        else {
            return Err(errors::invalid_device_secret());
        };
        let configuration = state.settings().description.device_configuration.as_ref();
        let waits =
            configuration.is_some_and(|it| it.device_only_remembered_on_user_prompt == Some(true));
        let device = Device {
            key: request.device_key.into(),
            name: request.device_name.map(Into::into),
            salt,
            verifier,
            is_remembered: !waits,
            created: cx.now,
            modified: cx.now,
            last_authenticated: cx.now,
            last_address: cx.origin.address.to_string().into(),
        };
        state.update_user(&token.sub, |user| user.devices.add(device))?;
        Ok(waits)
    })
}

fn check_tracked(state: &PoolState) -> Result<()> {
    match state.settings().description.device_configuration {
        Some(_) => Ok(()),
        None => Err(errors::devices_not_tracked()),
    }
}

/// The user whose devices an administrator asks for: the operations know no other error for one who
/// is not there.
pub fn owner<'s>(state: &'s PoolState, username: &str) -> Result<&'s User> {
    state
        .users()
        .find(username)
        .ok_or_else(errors::device_owner_not_found)
}

pub fn devices<'s>(state: &PoolState, user: &'s User) -> Result<&'s [Device]> {
    check_tracked(state)?;
    Ok(user.devices.all())
}

pub fn device<'s>(state: &PoolState, user: &'s User, key: &str) -> Result<&'s Device> {
    check_tracked(state)?;
    user.devices.find(key).ok_or_else(errors::device_not_found)
}

pub fn describe_to_administrator(state: &PoolState, user: &User, device: &Device) -> DeviceType {
    let description = &state.settings().description;
    let owner = format!("{}.{}", user.username, state.settings().id());
    device.describe_to_administrator(&owner, description.arn.as_deref().unwrap_or_default())
}

pub fn forget_device(state: &mut PoolState, username: &str, key: &str) -> Result<()> {
    check_tracked(state)?;
    state
        .user(username)?
        .devices
        .find(key)
        .ok_or_else(errors::device_not_found)?;
    state.update_user(username, |user| {
        user.devices.remove(key);
    })
}

pub fn update_device_status(
    cx: &Context,
    state: &mut PoolState,
    username: &str,
    key: &str,
    status: Option<DeviceRememberedStatusType>,
) -> Result<()> {
    check_tracked(state)?;
    state
        .user(username)?
        .devices
        .find(key)
        .ok_or_else(errors::device_not_found)?;
    let Some(status) = status else { return Ok(()) };
    state.update_user(username, |user| {
        if let Some(device) = user.devices.find_mut(key) {
            device.is_remembered = status == DeviceRememberedStatusType::Remembered;
            device.modified = cx.now;
        }
    })
}
