//! The texts of messages: the pool's own, else AWS's (facts/users.md §6).

use super::Medium;
use crate::user_pools::UserPool;

const INVITATION: &str = "Your username is {username} and temporary password is {####}. ";
const INVITATION_SUBJECT: &str = "Your temporary password";

const VERIFICATION: &str = "Your verification code is {####}. ";
const VERIFICATION_SUBJECT: &str = "Your verification code";
const AUTHENTICATION: &str = "Your authentication code is {####}. ";
/// Assumed.
const AUTHENTICATION_SUBJECT: &str = "Your authentication code";
/// Assumed, as is its subject: what the console of AWS offers.
const LINK: &str = "Please click the link below to verify your email address. {##Verify Email##} ";
const LINK_SUBJECT: &str = "Your verification link";

/// Subject and body of a message that carries a code.
pub fn verification(
    pool: &UserPool,
    medium: Medium,
    username: &str,
    code: &str,
) -> (Option<String>, String) {
    let template = pool.description.verification_message_template.as_ref();
    let (subject, body) = match medium {
        Medium::Email => (
            Some(
                template
                    .and_then(|it| it.email_subject.as_deref())
                    .unwrap_or(VERIFICATION_SUBJECT),
            ),
            template.and_then(|it| it.email_message.as_deref()),
        ),
        Medium::Sms => (None, template.and_then(|it| it.sms_message.as_deref())),
    };
    let body = body
        .unwrap_or(VERIFICATION)
        .replace("{username}", username)
        .replace("{####}", code);
    (subject.map(str::to_owned), body)
}

/// Subject and body of a message that carries a code to sign in with.
pub fn authentication(
    pool: &UserPool,
    medium: Medium,
    username: &str,
    code: &str,
) -> (Option<String>, String) {
    let email = pool.mfa.email.as_ref();
    let (subject, body) = match medium {
        Medium::Email => (
            Some(
                email
                    .and_then(|it| it.subject.as_deref())
                    .unwrap_or(AUTHENTICATION_SUBJECT),
            ),
            email.and_then(|it| it.message.as_deref()),
        ),
        Medium::Sms => (None, pool.description.sms_authentication_message.as_deref()),
    };
    let body = body
        .unwrap_or(AUTHENTICATION)
        .replace("{username}", username)
        .replace("{####}", code);
    (subject.map(str::to_owned), body)
}

/// Subject and body of a message whose link confirms: the words between the marks become the link.
pub fn verification_by_link(pool: &UserPool, link: &str) -> (Option<String>, String) {
    let template = pool.description.verification_message_template.as_ref();
    let subject = template
        .and_then(|it| it.email_subject_by_link.as_deref())
        .unwrap_or(LINK_SUBJECT);
    let body = template
        .and_then(|it| it.email_message_by_link.as_deref())
        .unwrap_or(LINK);
    let marked = body.split_once("{##").and_then(|(before, rest)| {
        let (words, after) = rest.split_once("##}")?;
        let link = link.replace('&', "&amp;");
        Some(format!("{before}<a href=\"{link}\">{words}</a>{after}"))
    });
    (
        Some(subject.to_owned()),
        marked.unwrap_or_else(|| body.to_owned()),
    )
}

/// Subject and body of the message that invites a user whom an administrator created.
pub fn invitation(
    pool: &UserPool,
    medium: Medium,
    username: &str,
    password: &str,
) -> (Option<String>, String) {
    let config = pool.description.admin_create_user_config.as_ref();
    let template = config.and_then(|config| config.invite_message_template.as_ref());
    let (subject, body) = match medium {
        Medium::Email => (
            Some(
                template
                    .and_then(|it| it.email_subject.as_deref())
                    .unwrap_or(INVITATION_SUBJECT),
            ),
            template.and_then(|it| it.email_message.as_deref()),
        ),
        Medium::Sms => (None, template.and_then(|it| it.sms_message.as_deref())),
    };
    let body = body
        .unwrap_or(INVITATION)
        .replace("{username}", username)
        .replace("{####}", password);
    (subject.map(str::to_owned), body)
}
