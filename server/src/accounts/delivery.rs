//! Which address a code goes to, the message, and how the address is told: masked.

use cognito_model::idp::{CodeDeliveryDetailsType, DefaultEmailOptionType, DeliveryMediumType};

use super::Delivery;
use crate::context::Context;
use crate::delivery::{self, Medium, Message, Sender};
use crate::errors::{self, Result};
use crate::triggers::{self, Trigger};
use crate::user_pools::{Client, User, UserPool};

/// What the message is about, under the name that a CustomMessage trigger would see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    SignUp,
    ResendCode,
    ForgotPassword,
    VerifyUserAttribute,
    UpdateUserAttribute,
    /// A code to sign in with.
    Authentication,
}

impl Occasion {
    fn trigger(self) -> &'static str {
        match self {
            Self::SignUp => "CustomMessage_SignUp",
            Self::ResendCode => "CustomMessage_ResendCode",
            Self::ForgotPassword => "CustomMessage_ForgotPassword",
            Self::VerifyUserAttribute => "CustomMessage_VerifyUserAttribute",
            Self::UpdateUserAttribute => "CustomMessage_UpdateUserAttribute",
            Self::Authentication => "CustomMessage_Authentication",
        }
    }
}

/// So many digits, or those that the command line fixes.
pub(crate) fn new_code(cx: &Context, digits: usize) -> String {
    cx.app
        .settings
        .code
        .clone()
        .unwrap_or_else(|| cx.app.random.digits(digits))
}

/// A code for the address in an attribute.
pub(crate) fn compose(
    cx: &Context,
    pool: &UserPool,
    client: Option<&Client>,
    user: &User,
    (attribute, address): (&str, &str),
    code: &str,
    occasion: Occasion,
) -> Result<Delivery> {
    triggers::refuse(
        pool,
        &[
            Trigger::CustomMessage,
            Trigger::CustomEmailSender,
            Trigger::CustomSmsSender,
        ],
    )?;
    let medium = if attribute == "email" {
        Medium::Email
    } else {
        Medium::Sms
    };
    if medium == Medium::Sms && pool.description.sms_configuration.is_none() {
        return Err(errors::no_sms_configuration());
    }
    let template = pool.description.verification_message_template.as_ref();
    let wants_link = medium == Medium::Email
        && matches!(occasion, Occasion::SignUp | Occasion::ResendCode)
        && template.is_some_and(|it| {
            it.default_email_option == Some(DefaultEmailOptionType::ConfirmWithLink)
        });
    let link = client
        .filter(|_| wants_link)
        .map(|client| confirmation_link(cx, client, user, code));
    let (subject, body) = match &link {
        Some(link) => delivery::verification_by_link(pool, link),
        None if occasion == Occasion::Authentication => {
            delivery::authentication(pool, medium, &user.username, code)
        }
        None => delivery::verification(pool, medium, &user.username, code),
    };
    Ok(Delivery {
        message: Message {
            id: cx.app.random.uuid().to_string(),
            time: cx.now,
            user_pool_id: pool.id().to_owned(),
            username: user.username.clone(),
            medium,
            destination: address.to_owned(),
            subject,
            body,
            code: Some(code.to_owned()),
            link,
            trigger: occasion.trigger().to_owned(),
            status: "DELIVERED",
            sender: Sender::of(pool.description.email_configuration.as_ref()),
        },
        details: details(attribute, address),
    })
}

fn confirmation_link(cx: &Context, client: &Client, user: &User, code: &str) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client.id())
        .append_pair("user_name", &user.username)
        .append_pair("confirmation_code", code)
        .finish();
    format!("{}/confirmUser?{query}", cx.app.settings.public_url)
}

/// What a caller is told of an address (captured: getmoto/moto, floci fixtures).
pub(crate) fn details(attribute: &str, address: &str) -> CodeDeliveryDetailsType {
    let (medium, destination) = match attribute {
        "email" => (DeliveryMediumType::Email, masked_email(address)),
        _ => (DeliveryMediumType::Sms, masked_phone_number(address)),
    };
    CodeDeliveryDetailsType {
        destination: Some(destination),
        delivery_medium: Some(medium),
        attribute_name: Some(attribute.to_owned()),
    }
}

/// `t***@t***` for test@test.com.
fn masked_email(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{}***@{}***", first(local), first(domain))
}

/// `+*******9934`.
fn masked_phone_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let last: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    format!("+*******{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_masked() {
        assert_eq!(masked_email("test@test.com"), "t***@t***");
        assert_eq!(masked_phone_number("+14325559934"), "+*******9934");
    }
}
