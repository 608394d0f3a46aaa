//! AssumeRoleWithWebIdentity — <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
//!
//! For the OpenID tokens of this server's identity pools. What a role trusts is not known, but for the
//! two roles of the token's pool. Policy and PolicyArns are checked for their form; since nothing here
//! evaluates permissions, they narrow none, and only the packed size tells of them.

use super::{Answer, escape};
use crate::app::App;
use crate::aws::Arn;
use crate::credentials::TemporaryCredentials;
use crate::errors::StsError;
use crate::identity::openid_token::{self, Unreadable};
use crate::tokens::Unverified;

/// What a call may say, by its limits (documented).
const TEXTS: [(&str, &str, usize, usize, bool); 5] = [
    ("RoleArn", "roleArn", 20, 2048, true),
    ("RoleSessionName", "roleSessionName", 2, 64, true),
    ("WebIdentityToken", "webIdentityToken", 4, 20_000, true),
    ("ProviderId", "providerId", 4, 2048, false),
    ("Policy", "policy", 1, 2048, false),
];
const DURATION: std::ops::RangeInclusive<i64> = 900..=43_200;
const DEFAULT_DURATION: i64 = 3600;
const MOST_POLICIES: usize = 10;

pub(super) fn answer(app: &App, form: &[u8]) -> Answer {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let policies: Vec<(String, String)> = form_urlencoded::parse(form)
        .filter_map(|(name, arn)| {
            let number = name.strip_prefix("PolicyArns.member.")?;
            let number = number.strip_suffix(".arn")?;
            Some((number.to_owned(), arn.into_owned()))
        })
        .collect();
    let duration = parameter("DurationSeconds");
    let wrong = violations(parameter, duration.as_deref(), &policies);
    if !wrong.is_empty() {
        return Err(StsError::validation(&wrong));
    }
    let text = |name| parameter(name).unwrap_or_default();
    let (role_arn, session, token) = (
        text("RoleArn"),
        text("RoleSessionName"),
        text("WebIdentityToken"),
    );
    let role = Arn::role(&role_arn).ok_or_else(|| StsError::invalid_arn(&role_arn))?;
    if let Some((_, arn)) = policies.iter().find(|(_, arn)| Arn::parse(arn).is_none()) {
        return Err(StsError::invalid_arn(arn));
    }
    let policy = parameter("Policy");
    let is_policy = |text: &String| {
        serde_json::from_str::<serde_json::Value>(text)
            .is_ok_and(|policy| policy.get("Statement").is_some())
    };
    if !policy.as_ref().is_none_or(is_policy) {
        return Err(StsError::malformed_policy());
    }
    match parameter("ProviderId").as_deref() {
        None => {}
        Some(provider @ ("graph.facebook.com" | "www.amazon.com")) => {
            return Err(StsError::provider_not_reached(provider));
        }
        Some(provider) => return Err(StsError::unknown_provider_id(provider)),
    }
    let (bearer, expiry) = openid_token::read(app, &token).map_err(|reason| match reason {
        Unreadable::NoToken => StsError::no_identity_token(),
        Unreadable::OtherIssuer(issuer) => StsError::no_provider(&issuer),
        Unreadable::Forged => StsError::no_verification_key(),
    })?;
    let now = app.clock.now();
    let seconds = now.as_millis().div_euclid(1000);
    if seconds >= expiry {
        return Err(StsError::identity_token_expired(seconds, expiry));
    }
    // The pool may be gone: the token is good for as long as it says.
    let is_denied = app
        .store
        .identity_pool(&bearer.pool_id)
        .is_some_and(|pool| {
            pool.read(|state| state.roles().distrusts(&role_arn, bearer.is_guest()))
        });
    if is_denied {
        return Err(StsError::assumption_denied());
    }
    let life = duration
        .and_then(|it| it.parse().ok())
        .unwrap_or(DEFAULT_DURATION);
    let issued = TemporaryCredentials::issue(app, now, &role_arn, &session, life);
    let token = issued
        .session_token(app)
        .map_err(|_| StsError::internal())?;
    tracing::debug!(
        identity = bearer.identity_id,
        role = role_arn,
        why = "asked for with an OpenID token",
        tags = ?bearer.tags,
        "credentials"
    );
    let expiration = jiff::Timestamp::from_millisecond(issued.expires)
        .map_err(|_| StsError::internal())?
        .strftime("%Y-%m-%dT%H:%M:%SZ");
    let packed = packed_size(policy.as_deref(), policies.len(), &bearer.tags);
    Ok(format!(
        "<SubjectFromWebIdentityToken>{}</SubjectFromWebIdentityToken><Audience>{}</Audience><AssumedRoleUser>\
         <Arn>{}</Arn><AssumedRoleId>{}:{}</AssumedRoleId></AssumedRoleUser><Credentials>\
         <SessionToken>{token}</SessionToken><SecretAccessKey>{}</SecretAccessKey>\
         <Expiration>{expiration}</Expiration><AccessKeyId>{}</AccessKeyId></Credentials>\
         <Provider>cognito-identity.amazonaws.com</Provider>{packed}",
        escape(&bearer.identity_id),
        escape(&bearer.pool_id),
        escape(&Arn::assumed_role(&role, &session)),
        issued.role_id(),
        escape(&session),
        issued.secret_access_key,
        issued.access_key_id,
    ))
}

/// The identity pool whose token this is, be it a good one or not, and its account; without such a pool
/// the account of the role.
pub(super) fn place(app: &App, form: &[u8]) -> (Option<String>, Option<String>) {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value)
    };
    let token = parameter("WebIdentityToken").and_then(|token| Unverified::parse(&token));
    let pool = token.and_then(|token| app.store.identity_pool(token.text("aud")?));
    if let Some(pool) = pool {
        return (
            Some(pool.id().to_owned()),
            Some(pool.scope().account.clone()),
        );
    }
    let role = parameter("RoleArn");
    let role = role.as_deref().and_then(Arn::role);
    (None, role.map(|role| role.account.to_owned()))
}

/// In the validator's wording; the token is never shown, nor is a whole policy.
fn violations(
    parameter: impl Fn(&str) -> Option<String>,
    duration: Option<&str>,
    policies: &[(String, String)],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut broken = |value: &str, name: &str, rule: String| {
        wrong.push(format!(
            "{value} at '{name}' failed to satisfy constraint: {rule}"
        ));
    };
    for (member, name, least, most, is_required) in TEXTS {
        let Some(text) = parameter(member) else {
            if is_required {
                broken("Value null", name, "Member must not be null".to_owned());
            }
            continue;
        };
        let value = match name {
            "webIdentityToken" | "policy" => "Value".to_owned(),
            _ => format!("Value '{text}'"),
        };
        let length = text.chars().count();
        if length > most {
            let rule = format!("Member must have length less than or equal to {most}");
            broken(&value, name, rule);
        }
        if length < least {
            let rule = format!("Member must have length greater than or equal to {least}");
            broken(&value, name, rule);
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if name == "roleSessionName" && !text.chars().all(is_name) {
            let rule = r"Member must satisfy regular expression pattern: [\w+=,.@-]*";
            broken(&value, name, rule.to_owned());
        }
    }
    if let Some(text) = duration {
        let value = format!("Value '{text}'");
        match text.parse::<i64>() {
            Ok(seconds) if DURATION.contains(&seconds) => {}
            Ok(seconds) if seconds > *DURATION.end() => {
                let rule = format!(
                    "Member must have value less than or equal to {}",
                    DURATION.end()
                );
                broken(&value, "durationSeconds", rule);
            }
            _ => {
                let rule = format!(
                    "Member must have value greater than or equal to {}",
                    DURATION.start()
                );
                broken(&value, "durationSeconds", rule);
            }
        }
    }
    for (number, arn) in policies {
        let length = arn.chars().count();
        let name = format!("policyArns.{number}.member.arn");
        let rule = match length {
            ..20 => "Member must have length greater than or equal to 20",
            2049.. => "Member must have length less than or equal to 2048",
            _ => continue,
        };
        broken(&format!("Value '{arn}'"), &name, rule.to_owned());
    }
    if policies.len() > MOST_POLICIES {
        let rule = format!("Member must have length less than or equal to {MOST_POLICIES}");
        broken("Value", "policyArns", rule);
    }
    wrong
}

/// Where there are policies or tags, the percentage of what they may take (how they are packed is
/// *assumed*: not at all).
fn packed_size(
    policy: Option<&str>,
    policies: usize,
    tags: &std::collections::BTreeMap<String, String>,
) -> String {
    let tags: usize = tags
        .iter()
        .map(|(tag, value)| tag.len() + value.len())
        .sum();
    let bytes = policy.map_or(0, str::len) + policies * 64 + tags;
    if bytes == 0 {
        return String::new();
    }
    let percentage = (bytes * 100).div_ceil(4096).min(100);
    format!("<PackedPolicySize>{percentage}</PackedPolicySize>")
}
