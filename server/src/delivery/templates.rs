//! The texts of messages: the pool's own, else AWS's (facts/users.md §6).

use super::Medium;
use crate::user_pools::UserPool;

const INVITATION: &str = "Your username is {username} and temporary password is {####}. ";
const INVITATION_SUBJECT: &str = "Your temporary password";

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
