//! The pages on which users look after their accounts: sign-up, its confirmation, a forgotten password. Names
//! and ids of the fields of a sign-up, and the names of those of a confirmation, are captured (AWS's examples
//! of events in CloudTrail, and pages that were saved); those of a new password are *assumed*.

use askama::Template;

use super::{Form, Frame, rendered};

/// What a user of the pool is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Username,
    Email,
    PhoneNumber,
    EmailOrPhoneNumber,
}

impl Name {
    pub(super) fn label(self, page: &Frame) -> &'static str {
        match self {
            Self::Username => page.say("Username"),
            Self::Email => page.say("Email"),
            Self::PhoneNumber => page.say("Phone number"),
            Self::EmailOrPhoneNumber => page.say("Email or phone number"),
        }
    }

    /// Over the form of the classic look.
    pub(super) fn heading(self, page: &Frame) -> &'static str {
        match self {
            Self::Username => page.say("Sign in with your username and password"),
            Self::Email => page.say("Sign in with your email and password"),
            Self::PhoneNumber => page.say("Sign in with your phone number and password"),
            Self::EmailOrPhoneNumber => {
                page.say("Sign in with your email or phone number and password")
            }
        }
    }

    fn field_type(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "tel",
            Self::Username | Self::EmailOrPhoneNumber => "text",
        }
    }
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    label: &'static str,
    field_type: &'static str,
    username: &'a str,
    attributes: &'a [(String, &'a str)],
    terms: Option<(&'a str, &'a str)>,
}

/// `attributes`: the required ones, and what was typed. `terms`: addresses of the terms of use and of the
/// privacy policy.
pub(crate) fn sign_up(
    form: &Form<'_>,
    (name, username): (Name, &str),
    attributes: &[(String, &str)],
    terms: Option<(&str, &str)>,
) -> String {
    rendered(&SignUp {
        page: form.page,
        form,
        label: name.label(form.page),
        field_type: name.field_type(),
        username,
        attributes,
        terms,
    })
}

/// Whom a code was sent to, and where; the latter may not be known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient<'a> {
    pub(crate) username: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) medium: &'a str,
    /// Instead of a code.
    pub(crate) gets_link: bool,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    recipient: Recipient<'a>,
    told: String,
}

pub(crate) fn confirm(form: &Form<'_>, recipient: Recipient<'_>) -> String {
    let page = form.page;
    let told = match (recipient.gets_link, recipient.destination) {
        (true, "") => page
            .say("Click the link in the email that we have sent you, then continue.")
            .to_owned(),
        (true, to) => page.say_of(
            "Click the link in the email that we have sent to {}, then continue.",
            to,
        ),
        (false, "") => page.say("Enter the code that we have sent you.").to_owned(),
        (false, to) => page.say_of("We have sent a code to {}.", to),
    };
    rendered(&Confirm {
        page,
        form,
        recipient,
        told,
    })
}

#[derive(Template)]
#[template(path = "forgot_password.html")]
struct ForgotPassword<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    label: &'static str,
    field_type: &'static str,
    username: &'a str,
}

pub(crate) fn forgot_password(form: &Form<'_>, (name, username): (Name, &str)) -> String {
    rendered(&ForgotPassword {
        page: form.page,
        form,
        label: name.label(form.page),
        field_type: name.field_type(),
        username,
    })
}

#[derive(Template)]
#[template(path = "reset_password.html")]
struct ResetPassword<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    recipient: Recipient<'a>,
    told: String,
}

pub(crate) fn reset_password(form: &Form<'_>, recipient: Recipient<'_>) -> String {
    let page = form.page;
    let told = match recipient.destination {
        "" => page.say("Enter the code that we have sent you.").to_owned(),
        to => page.say_of("We have sent a code to {}.", to),
    };
    rendered(&ResetPassword {
        page,
        form,
        recipient,
        told,
    })
}
