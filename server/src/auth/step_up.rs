//! Authentication levels: a sign-in by USER_AUTH may ask for one, and its tokens then say which was
//! reached, and by what (facts/tokens.md §2, facts/auth.md §8).

use cognito_model::idp::{ChallengeNameType, UserPoolTierType};
use serde::{Deserialize, Serialize};

use super::mfa;
use super::step::Scene;
use super::{First, Progress, Turn};
use crate::errors::{self, Result};
use crate::tokens::AccessToken;
use crate::user_pools::{Factor, User, UserPool};

/// What a user did to sign in, by its name in the claim `amr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Method {
    #[serde(rename = "pwd")]
    Password,
    #[serde(rename = "otp")]
    SoftwareToken,
    #[serde(rename = "sms")]
    Sms,
    #[serde(rename = "email_otp")]
    Email,
    /// A key in software: whether one is in hardware is for nobody to tell without its attestation.
    #[serde(rename = "swk")]
    Passkey,
}

impl Method {
    const ALL: [Self; 5] = [
        Self::Password,
        Self::SoftwareToken,
        Self::Sms,
        Self::Email,
        Self::Passkey,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::SoftwareToken => "otp",
            Self::Sms => "sms",
            Self::Email => "email_otp",
            Self::Passkey => "swk",
        }
    }

    pub(super) fn of_code_to(attribute: &str) -> Self {
        if attribute == "email" {
            Self::Email
        } else {
            Self::Sms
        }
    }
}

/// The level of one to four that methods reach; 0 for none.
fn level(methods: &[Method]) -> u8 {
    let has = |method| methods.contains(&method);
    let has_code = has(Method::Sms) || has(Method::Email);
    match () {
        () if has(Method::Password) && has(Method::SoftwareToken) => 4,
        () if has(Method::Passkey) || has(Method::Password) && has_code => 3,
        () if has_code => 2,
        () if has(Method::Password) => 1,
        () => 0,
    }
}

/// What a request asks for.
pub(super) struct Wanted {
    /// Most wanted first.
    levels: Vec<u8>,
    /// What an earlier sign-in did, and when.
    credit: Vec<Method>,
}

impl Wanted {
    /// `None` where nothing is asked for.
    pub(super) fn read(turn: &Turn<'_>, username: &str) -> Result<Option<Self>> {
        let token = turn.parameters.get("ACCESS_TOKEN");
        let max_age = match turn.parameters.get("MAX_AGE") {
            None => None,
            Some(text) => match text.parse::<i64>() {
                Ok(seconds) if seconds >= 0 => Some(seconds),
                _ => return Err(errors::invalid_max_age()),
            },
        };
        let Some(targets) = turn.parameters.get("TARGET_ACR_VALUES") else {
            return match (token, max_age) {
                (None, None) => Ok(None),
                _ => Err(errors::missing_parameter("TARGET_ACR_VALUES")),
            };
        };
        let levels: Vec<u8> = turn.pool.read(|state| {
            if state.settings().description.user_pool_tier == Some(UserPoolTierType::Lite) {
                return Err(errors::feature_unavailable_in_tier(
                    "Step-up authentication",
                    "LITE",
                ));
            }
            let named = |target| (1..=4).find(|it| name_of(state.settings(), *it) == target);
            Ok(targets.split(' ').filter_map(named).collect())
        })?;
        if levels.is_empty() {
            return Err(errors::no_valid_acr_value());
        }
        let credit = match token {
            None => Vec::new(),
            Some(token) => credit(turn, username, token, max_age)?,
        };
        Ok(Some(Self { levels, credit }))
    }

    /// The first level that the user can reach, with what has been done for it already. Nobody reaches
    /// the lowest, like somebody with nothing but a password.
    pub(super) fn progress(
        &self,
        scene: &Scene<'_>,
        user: Option<&User>,
        available: &[ChallengeNameType],
        mut progress: Progress,
    ) -> Result<Progress> {
        let reached = level(&self.credit);
        let target = self
            .levels
            .iter()
            .copied()
            .find(|level| !first_factors(scene, user, *level, available).is_empty());
        let target = target.ok_or_else(errors::acr_value_out_of_reach)?;
        if reached >= target {
            return Err(errors::acr_value_reached_already());
        }
        progress.target = Some(target);
        if target >= 3 && self.credit.contains(&Method::Password) {
            progress.first = Some(First::Password);
            progress.methods.clone_from(&self.credit);
        }
        Ok(progress)
    }
}

/// What the sign-in did that an access token comes from, as far as it says so and is recent enough.
fn credit(
    turn: &Turn<'_>,
    username: &str,
    token: &str,
    max_age: Option<i64>,
) -> Result<Vec<Method>> {
    let token = AccessToken::check(turn.cx, token)?;
    let is_own = token.pool.id() == turn.pool.id() && token.client_id == turn.client_id;
    let age = turn.cx.now_seconds() - token.auth_time;
    turn.pool.read(|state| {
        let user = token.user(state)?;
        let named = state.users().find(username);
        if !is_own || named.is_none_or(|named| named.sub != user.sub) {
            return Err(errors::token_of_another_user());
        }
        if max_age.is_some_and(|most| age > most) {
            return Ok(Vec::new());
        }
        let methods = Method::ALL.into_iter();
        Ok(methods
            .filter(|method| token.amr.iter().any(|it| it == method.name()))
            .collect())
    })
}

/// What a sign-in to a level may begin with: of what is available, whatever leads there.
pub(super) fn first_factors(
    scene: &Scene<'_>,
    user: Option<&User>,
    target: u8,
    available: &[ChallengeNameType],
) -> Vec<ChallengeNameType> {
    use ChallengeNameType as Name;
    let can_go_on =
        user.is_some_and(|user| !second_factors(scene.settings(), user, target).is_empty());
    let leads = |name: &Name| match (target, name) {
        (1, Name::Password | Name::PasswordSrp) => true,
        (2, Name::EmailOtp | Name::SmsOtp) => true,
        (3, Name::WebAuthn) => true,
        (3 | 4, Name::Password | Name::PasswordSrp) => can_go_on,
        _ => false,
    };
    available.iter().copied().filter(leads).collect()
}

/// The second factors that lead to a level.
fn second_factors(pool: &UserPool, user: &User, target: u8) -> Vec<Factor> {
    let of_level: &[Factor] = match target {
        3 => &[Factor::Sms, Factor::Email],
        4 => &[Factor::SoftwareToken],
        _ => &[],
    };
    let in_pool = mfa::can_be_set_up(pool);
    let usable = of_level.iter().copied().filter(|it| user.has_factor(*it));
    // One that the user has on, or else whose address is shown to be the user's.
    let enabled = user.factors.enabled();
    let may = |it: &Factor| {
        enabled.contains(it)
            || enabled.is_empty()
                && it
                    .address()
                    .is_none_or(|name| user.attributes.is_verified(name))
    };
    usable
        .filter(|it| in_pool.contains(it) && may(it))
        .collect()
}

/// The second factors that are still due for the level that was asked for.
pub(super) fn due(pool: &UserPool, user: &User, progress: &Progress) -> Vec<Factor> {
    match progress.target {
        Some(target) if level(&progress.methods) < target => second_factors(pool, user, target),
        _ => Vec::new(),
    }
}

/// A sign-in that asked for a level ends there, or not at all.
pub(super) fn check(progress: &Progress) -> Result<()> {
    match progress.target {
        Some(target) if level(&progress.methods) < target => Err(errors::acr_value_out_of_reach()),
        _ => Ok(()),
    }
}

/// The claims `acr` and `amr`, where a level was asked for.
pub(super) fn claims(pool: &UserPool, progress: &Progress) -> Option<(String, Vec<String>)> {
    progress.target?;
    let mut names: Vec<String> = progress
        .methods
        .iter()
        .map(|it| it.name().to_owned())
        .collect();
    if names.len() > 1 {
        names.push("mfa".to_owned());
    }
    Some((name_of(pool, level(&progress.methods)), names))
}

fn name_of(pool: &UserPool, level: u8) -> String {
    pool.acr_name(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_are_those_of_aws() {
        use Method::{Email, Passkey, Password, Sms, SoftwareToken};
        for (methods, reached) in [
            (vec![], 0),
            (vec![Password], 1),
            (vec![Email], 2),
            (vec![Sms], 2),
            (vec![Passkey], 3),
            (vec![Password, Sms], 3),
            (vec![Password, Email], 3),
            (vec![Password, SoftwareToken], 4),
        ] {
            assert_eq!(level(&methods), reached, "{methods:?}");
        }
    }
}
