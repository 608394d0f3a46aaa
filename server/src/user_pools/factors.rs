//! What a user signs in with beside a password: second factors, which of them are on, and which is
//! preferred (facts/auth.md §6, facts/users.md §11).

use cognito_model::idp::{
    ChallengeNameType, EmailMfaSettingsType, MFAOptionType, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};
use serde::{Deserialize, Serialize};

use super::{Attributes, SoftwareToken, TotpSecret};
use crate::errors::{self, Result};
use crate::rare::Blank;

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Factor {
    Sms,
    SoftwareToken,
    Email,
}

impl Factor {
    pub const ALL: [Self; 3] = [Self::Sms, Self::SoftwareToken, Self::Email];

    pub fn challenge(self) -> ChallengeNameType {
        match self {
            Self::Sms => ChallengeNameType::SmsMfa,
            Self::SoftwareToken => ChallengeNameType::SoftwareTokenMfa,
            Self::Email => ChallengeNameType::EmailOtp,
        }
    }

    pub fn name(self) -> &'static str {
        self.challenge().as_str()
    }

    /// By the name of its challenge; AWS's documentation also writes EMAIL_MFA.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "EMAIL_MFA" => Some(Self::Email),
            _ => Self::ALL.into_iter().find(|factor| factor.name() == name),
        }
    }

    /// Where its code goes.
    pub fn address(self) -> Option<&'static str> {
        match self {
            Self::Sms => Some("phone_number"),
            Self::Email => Some("email"),
            Self::SoftwareToken => None,
        }
    }
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    pub software_token: Option<SoftwareToken>,
    /// The secret of an authenticator app that has not shown a code yet.
    pub pending_token: Option<TotpSecret>,
    enabled: Vec<Factor>,
    preferred: Option<Factor>,
    pub web_authn: bool,
    /// What the legacy SetUserSettings stored.
    pub options: Vec<MFAOptionType>,
}

impl std::fmt::Debug for Factors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Factors")
            .field("enabled", &self.enabled)
            .field("preferred", &self.preferred)
            .finish_non_exhaustive()
    }
}

impl Blank for Factors {
    fn blank() -> &'static Self {
        static BLANK: Factors = Factors {
            software_token: None,
            pending_token: None,
            enabled: Vec::new(),
            preferred: None,
            web_authn: false,
            options: Vec::new(),
        };
        &BLANK
    }
}

/// A request's preferences; what it leaves out stays.
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    pub sms: Option<SMSMfaSettingsType>,
    pub software_token: Option<SoftwareTokenMfaSettingsType>,
    pub email: Option<EmailMfaSettingsType>,
    pub web_authn: Option<WebAuthnMfaSettingsType>,
}

impl Preferences {
    /// For each factor whether it is on, and whether preferred; `None` leaves it as it is.
    pub fn of(wanted: impl Fn(Factor) -> Option<(bool, bool)>) -> Self {
        Self {
            sms: wanted(Factor::Sms).map(|(enabled, preferred)| SMSMfaSettingsType {
                enabled: Some(enabled),
                preferred_mfa: Some(preferred),
            }),
            software_token: wanted(Factor::SoftwareToken).map(|(enabled, preferred)| {
                SoftwareTokenMfaSettingsType {
                    enabled: Some(enabled),
                    preferred_mfa: Some(preferred),
                }
            }),
            email: wanted(Factor::Email).map(|(enabled, preferred)| EmailMfaSettingsType {
                enabled: Some(enabled),
                preferred_mfa: Some(preferred),
            }),
            web_authn: None,
        }
    }
}

impl Factors {
    pub fn enabled(&self) -> &[Factor] {
        &self.enabled
    }

    /// Only one that is on is preferred.
    pub fn preferred(&self) -> Option<Factor> {
        self.preferred.filter(|it| self.enabled.contains(it))
    }

    pub fn enable(&mut self, factor: Factor) {
        if !self.enabled.contains(&factor) {
            self.enabled.push(factor);
        }
    }

    pub fn disable(&mut self, factor: Factor) {
        self.enabled.retain(|it| *it != factor);
        self.preferred = self.preferred();
    }

    /// `UserMFASettingList`.
    pub fn setting_list(&self) -> Option<Vec<String>> {
        let names = self.enabled.iter().map(|it| it.name().to_owned());
        Some(names.collect()).filter(|list: &Vec<String>| !list.is_empty())
    }

    /// `PreferredMfaSetting`.
    pub fn preferred_setting(&self) -> Option<String> {
        self.preferred().map(|it| it.name().to_owned())
    }

    /// What the preferences make of the factors of a user with these attributes.
    pub fn with(&self, preferences: &Preferences, attributes: &Attributes) -> Result<Self> {
        let Preferences {
            sms,
            software_token,
            email,
            web_authn,
        } = preferences;
        let wanted = [
            (
                Factor::Sms,
                sms.as_ref().map(|it| (it.enabled, it.preferred_mfa)),
            ),
            (
                Factor::SoftwareToken,
                software_token
                    .as_ref()
                    .map(|it| (it.enabled, it.preferred_mfa)),
            ),
            (
                Factor::Email,
                email.as_ref().map(|it| (it.enabled, it.preferred_mfa)),
            ),
        ];
        let preferred = wanted
            .iter()
            .filter(|(_, settings)| matches!(settings, Some((_, Some(true)))));
        if preferred.count() > 1 {
            return Err(errors::several_preferred_factors());
        }
        let mut changed = self.clone();
        for (factor, settings) in wanted {
            let Some((enabled, preferred)) = settings else {
                continue;
            };
            match enabled {
                Some(true) if !self.is_set_up(factor, attributes) => {
                    return Err(errors::factor_not_set_up(factor.name()));
                }
                Some(true) => changed.enable(factor),
                _ => changed.disable(factor),
            }
            match preferred {
                Some(true) if !changed.enabled.contains(&factor) => {
                    return Err(errors::preferred_factor_is_off(factor.name()));
                }
                Some(true) => changed.preferred = Some(factor),
                _ if changed.preferred == Some(factor) => changed.preferred = None,
                _ => {}
            }
        }
        if let Some(web_authn) = web_authn {
            changed.web_authn = web_authn.enabled == Some(true);
        }
        Ok(changed)
    }

    /// Whether there is what it needs: an address, or an authenticator app.
    pub fn is_set_up(&self, factor: Factor, attributes: &Attributes) -> bool {
        match factor.address() {
            Some(attribute) => attributes.get(attribute).is_some(),
            None => self.software_token.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(enabled: bool, preferred: bool) -> Preferences {
        Preferences {
            sms: Some(SMSMfaSettingsType {
                enabled: Some(enabled),
                preferred_mfa: Some(preferred),
            }),
            ..Default::default()
        }
    }

    #[test]
    fn a_factor_is_on_only_where_it_is_set_up() {
        let mut attributes = Attributes::default();
        let refusal = Factors::default()
            .with(&sms(true, true), &attributes)
            .unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "InvalidParameterException: User does not have delivery config set to turn on SMS_MFA"
        );
        attributes.set("phone_number", "+15550100");
        let factors = Factors::default()
            .with(&sms(true, true), &attributes)
            .unwrap();
        assert_eq!(factors.preferred(), Some(Factor::Sms));
        let factors = factors.with(&sms(false, false), &attributes).unwrap();
        assert_eq!((factors.preferred(), factors.enabled().len()), (None, 0));
    }

    #[test]
    fn what_is_left_out_stays() {
        let mut factors = Factors::default();
        factors.enable(Factor::Email);
        let same = factors
            .with(&Preferences::default(), &Attributes::default())
            .unwrap();
        assert_eq!(same, factors);
    }
}
