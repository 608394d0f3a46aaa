//! The texts of messages: the pool's own, else AWS's (facts/users.md §6, facts/triggers.md §9).

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

/// Stands for the code, or the temporary password.
pub const CODE: &str = "{####}";
pub const USERNAME: &str = "{username}";

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a user whom an administrator created.
    Invitation,
    /// A code.
    Verification,
    /// A link that confirms.
    Link,
    /// A code to sign in with.
    Authentication,
}

/// Subject, which only an email has, and body, before what they stand for is filled in.
pub fn template(pool: &UserPool, kind: Kind, medium: Medium) -> (Option<&str>, &str) {
    let pool_texts = &pool.description;
    let verification = pool_texts.verification_message_template.as_ref();
    let invitation = pool_texts
        .admin_create_user_config
        .as_ref()
        .and_then(|config| config.invite_message_template.as_ref());
    let email_mfa = pool.mfa.email.as_ref();
    let (subject, email, sms, [own_subject, own]) = match kind {
        Kind::Invitation => (
            invitation.and_then(|it| it.email_subject.as_deref()),
            invitation.and_then(|it| it.email_message.as_deref()),
            invitation.and_then(|it| it.sms_message.as_deref()),
            [INVITATION_SUBJECT, INVITATION],
        ),
        Kind::Verification => (
            verification.and_then(|it| it.email_subject.as_deref()),
            verification.and_then(|it| it.email_message.as_deref()),
            verification.and_then(|it| it.sms_message.as_deref()),
            [VERIFICATION_SUBJECT, VERIFICATION],
        ),
        Kind::Link => (
            verification.and_then(|it| it.email_subject_by_link.as_deref()),
            verification.and_then(|it| it.email_message_by_link.as_deref()),
            None,
            [LINK_SUBJECT, LINK],
        ),
        Kind::Authentication => (
            email_mfa.and_then(|it| it.subject.as_deref()),
            email_mfa.and_then(|it| it.message.as_deref()),
            pool_texts.sms_authentication_message.as_deref(),
            [AUTHENTICATION_SUBJECT, AUTHENTICATION],
        ),
    };
    match medium {
        Medium::Email => (Some(subject.unwrap_or(own_subject)), email.unwrap_or(own)),
        Medium::Sms => (None, sms.unwrap_or(own)),
    }
}

/// The placeholder of a link in a text, as it stands there: `{##Click Here##}`.
pub fn link_placeholder(text: &str) -> Option<&str> {
    let start = text.find("{##")?;
    let rest = &text[start..];
    let end = rest.get(3..)?.find("##}")?;
    rest.get(..end + 6)
}

/// A body with all that it stands for; the words between the marks of a link become the link.
pub fn expand(body: &str, username: &str, code: &str, link: Option<&str>) -> String {
    let body = match (link, link_placeholder(body)) {
        (Some(link), Some(placeholder)) => {
            let words = &placeholder[3..placeholder.len() - 3];
            let link = link.replace('&', "&amp;");
            body.replacen(placeholder, &format!("<a href=\"{link}\">{words}</a>"), 1)
        }
        _ => body.to_owned(),
    };
    body.replace(USERNAME, username).replace(CODE, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_between_its_marks() {
        assert_eq!(
            link_placeholder("a {##Click Here##} b"),
            Some("{##Click Here##}")
        );
        for text in ["{####}", "{##", "##}{##", "{## a"] {
            assert_eq!(
                link_placeholder(text).filter(|it| it.len() > 6),
                None,
                "{text}"
            );
        }
        assert_eq!(
            expand("{##Here##} {####}", "u", "12", Some("http://a/?b&c")),
            "<a href=\"http://a/?b&amp;c\">Here</a> 12"
        );
    }
}
