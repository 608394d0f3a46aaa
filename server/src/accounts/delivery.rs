//! A message on its way: which address it goes to, what it says, who sends it, and how the address is
//! told: masked.

use std::collections::BTreeMap;

use cognito_model::idp::{CodeDeliveryDetailsType, DeliveryMediumType};
use serde_json::{Value, json};

use super::Delivery;
use crate::context::Context;
use crate::delivery::{self, Kind, Medium, Message, Sender};
use crate::errors::{self, Result};
use crate::triggers::{self, Answer, Event, Question, Trigger};
use crate::user_pools::{Client, User, UserPool};

/// What a caller sends along for the functions.
pub type Metadata = BTreeMap<String, String>;

/// What a message is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    SignUp,
    AdminCreateUser,
    ResendCode,
    ForgotPassword,
    VerifyUserAttribute,
    UpdateUserAttribute,
    /// A code to sign in with.
    Authentication,
}

impl Occasion {
    /// Under which the functions know it, behind their own name (facts/triggers.md §3).
    fn name(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::Authentication => "Authentication",
        }
    }

    fn source(self, trigger: Trigger) -> String {
        format!("{}_{}", trigger.name(), self.name())
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

/// A message to a user, before anybody was asked what it says.
pub(crate) struct Letter<'a> {
    pub pool: &'a UserPool,
    /// Through which it was asked for; an administrator has none.
    pub client: Option<&'a Client>,
    pub user: &'a User,
    /// The attribute, and the address in it.
    pub to: (&'a str, &'a str),
    /// The code, or the temporary password.
    pub code: &'a str,
    pub occasion: Occasion,
    pub metadata: Option<&'a Metadata>,
}

impl Letter<'_> {
    /// Within a step that is settled: CustomMessage is asked. That it fails is told, even where
    /// `PreventUserExistenceErrors` hides who is there (assumed: nobody else's message is asked about).
    pub(crate) fn compose(&self, cx: &Context) -> Result<Delivery> {
        let (pool, user) = (self.pool, self.user);
        let (attribute, address) = self.to;
        let (medium, sender) = match attribute {
            "email" => (Medium::Email, Trigger::CustomEmailSender),
            _ => (Medium::Sms, Trigger::CustomSmsSender),
        };
        let hand_over = self.hand_over(sender);
        // What the pool's function sends needs none of the pool's own means (assumed).
        if hand_over.is_none()
            && medium == Medium::Sms
            && pool.description.sms_configuration.is_none()
            && self.occasion != Occasion::AdminCreateUser
        {
            return Err(errors::no_sms_configuration());
        }
        let link = self.link(cx, medium);
        let (kind, username) = match self.occasion {
            Occasion::Authentication => (Kind::Authentication, &*user.username),
            Occasion::AdminCreateUser => (Kind::Invitation, shown_name(user)),
            _ if link.is_some() => (Kind::Link, &*user.username),
            _ => (Kind::Verification, &*user.username),
        };
        let (subject, body) = delivery::template(pool, kind, medium);
        let custom = match hand_over {
            Some(_) => None,
            None => self.ask(cx, kind)?,
        };
        let custom = custom.as_ref();
        let custom_subject = custom.map_or(Ok(None), |it| text(it, "emailSubject", 140))?;
        if custom_subject.is_some_and(|it| !is_one_line(it)) {
            return Err(errors::lambda_output_unrecognizable());
        }
        let custom_body = match (custom, medium) {
            (None, _) => None,
            (Some(answer), Medium::Email) => text(answer, "emailMessage", 20_000)?,
            (Some(answer), Medium::Sms) => text(answer, "smsMessage", 140)?,
        };
        if let Some(body) = custom_body {
            check_placeholders(body, kind)?;
        }
        let body = delivery::expand(
            custom_body.unwrap_or(body),
            username,
            self.code,
            link.as_deref(),
        );
        let (trigger, status) = match hand_over {
            Some(_) => (sender, delivery::HANDED_OVER),
            None => (Trigger::CustomMessage, delivery::DELIVERED),
        };
        Ok(Delivery {
            message: Message {
                id: cx.app.random.uuid().to_string(),
                time: cx.now,
                user_pool_id: pool.id().to_owned(),
                account: pool.account().to_owned(),
                username: user.username.clone(),
                medium,
                destination: address.to_owned(),
                subject: subject.map(|own| custom_subject.unwrap_or(own).to_owned()),
                body,
                code: Some(self.code.to_owned()),
                link,
                trigger: self.occasion.source(trigger),
                status,
                sender: Sender::of(pool.description.email_configuration.as_ref()),
            },
            details: details(attribute, address),
            hand_over,
        })
    }

    fn link(&self, cx: &Context, medium: Medium) -> Option<String> {
        let wants_link = medium == Medium::Email
            && matches!(self.occasion, Occasion::SignUp | Occasion::ResendCode)
            && self.pool.sends_links();
        let client = self.client.filter(|_| wants_link)?;
        Some(confirmation_link(cx, client, self.user, self.code))
    }

    /// For the function that sends all of the pool's messages of this kind.
    fn hand_over(&self, sender: Trigger) -> Option<HandOver> {
        triggers::function(self.pool, sender)?;
        let lambdas = self.pool.description.lambda_config.as_ref()?;
        let kind = match sender {
            Trigger::CustomEmailSender => "customEmailSenderRequestV1",
            _ => "customSMSSenderRequestV1",
        };
        let source = self.occasion.source(sender);
        let question = Question {
            source: &source,
            client_id: self.client_id(),
            username: &self.user.username,
            request: json!({
                "type": kind,
                "code": null,
                "clientMetadata": self.metadata,
                "userAttributes": triggers::user_attributes(self.pool, self.user),
            }),
            response: None,
        };
        Some(HandOver {
            event: Event::new(self.pool, sender, question)?,
            user_pool_id: self.pool.id().to_owned(),
            key: lambdas.kms_key_id.clone().unwrap_or_default(),
            code: match self.occasion {
                Occasion::AdminCreateUser => escaped(self.code),
                _ => self.code.to_owned(),
            },
        })
    }

    fn ask(&self, cx: &Context, kind: Kind) -> Result<Option<Answer>> {
        let (pool, trigger) = (self.pool, Trigger::CustomMessage);
        triggers::ask(cx, pool, trigger, || {
            let invites = kind == Kind::Invitation;
            let template = pool.description.verification_message_template.as_ref();
            let link_text = template.and_then(|it| it.email_message_by_link.as_deref());
            let link = link_text.and_then(delivery::link_placeholder);
            let request = json!({
                "userAttributes": triggers::user_attributes(pool, self.user),
                "codeParameter": delivery::CODE,
                "linkParameter": link.unwrap_or("{##Click Here##}"),
                "usernameParameter": invites.then_some(delivery::USERNAME),
            });
            let source = self.occasion.source(trigger);
            let question = Question {
                source: &source,
                client_id: self.client_id(),
                username: &self.user.username,
                request: triggers::with_client_metadata(request, self.metadata),
                response: Some(
                    json!({"smsMessage": null, "emailMessage": null, "emailSubject": null}),
                ),
            };
            Event::new(pool, trigger, question)
        })
    }

    fn client_id(&self) -> Option<&str> {
        match self.occasion {
            Occasion::AdminCreateUser => Some(triggers::NO_CLIENT),
            _ => self.client.map(Client::id),
        }
    }
}

/// What a function is to send: the code is not in the event yet, since to encrypt it takes its time.
pub(super) struct HandOver {
    event: Event,
    user_pool_id: String,
    /// The KMS key that the pool names.
    key: String,
    code: String,
}

impl HandOver {
    pub(super) fn begin(mut self, cx: &Context) {
        let app = cx.app.clone();
        tokio::spawn(async move {
            match triggers::sender_code(&app, &self.key, &self.user_pool_id, &self.code) {
                Ok(code) => {
                    self.event.set_code(&code);
                    triggers::notify(app, self.event).await;
                }
                Err(error) => tracing::error!("a sender's code cannot be encrypted: {error}"),
            }
        });
    }
}

/// A temporary password reaches the function as HTML (documented).
fn escaped(password: &str) -> String {
    password
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// One of the texts that CustomMessage may set; without it, or with an empty one, the pool's own stays (that
/// for an empty one is assumed). AWS's documentation lets it set those of emails only in a pool that sends with
/// SES. In practice AWS honours them with `COGNITO_DEFAULT` too: Amplify's function for custom messages counts
/// on it.
fn text<'a>(answer: &'a Answer, name: &str, longest: usize) -> Result<Option<&'a str>> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= longest => Ok(Some(text)),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    }
}

/// Whether an email may have it as its subject.
fn is_one_line(text: &str) -> bool {
    let breaks = |it: char| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}');
    !text.contains(breaks)
}

/// A message without its code is of no use to anybody (facts/triggers.md §6.8).
fn check_placeholders(body: &str, kind: Kind) -> Result<()> {
    let has_code = body.contains(delivery::CODE);
    let is_whole = match kind {
        Kind::Link => has_code || delivery::link_placeholder(body).is_some(),
        Kind::Invitation => has_code && body.contains(delivery::USERNAME),
        Kind::Verification | Kind::Authentication => has_code,
    };
    if is_whole {
        Ok(())
    } else {
        Err(errors::lambda_output_unrecognizable())
    }
}

/// Who signs in by an email address is invited under it.
fn shown_name(user: &User) -> &str {
    let email = user.attributes.get("email");
    email
        .filter(|_| user.username == user.sub)
        .unwrap_or(&user.username)
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
