//! The password policy of a user pool: which password it accepts, and the first rule that one
//! breaks (facts/users.md §2).

use cognito_model::idp::PasswordPolicyType;

/// AWS's special characters. A space within the password would count, but the model's own pattern
/// refuses every blank.
const SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=";

/// The policy with AWS's defaults filled in.
#[derive(Debug, Clone, Copy)]
pub struct PasswordPolicy<'a>(&'a PasswordPolicyType);

impl<'a> PasswordPolicy<'a> {
    pub fn new(policy: &'a PasswordPolicyType) -> Self {
        Self(policy)
    }

    /// Every default of a policy that a request leaves out (facts/wire.md §2.2).
    pub fn with_defaults(policy: Option<PasswordPolicyType>) -> PasswordPolicyType {
        let whole_default = policy.is_none();
        let policy = policy.unwrap_or_default();
        // A policy that is sent switches on only the rules that it names.
        let rule = |rule: Option<bool>| Some(rule.unwrap_or(whole_default));
        PasswordPolicyType {
            minimum_length: policy.minimum_length.or(Some(8)),
            require_uppercase: rule(policy.require_uppercase),
            require_lowercase: rule(policy.require_lowercase),
            require_numbers: rule(policy.require_numbers),
            require_symbols: rule(policy.require_symbols),
            password_history_size: policy.password_history_size,
            temporary_password_validity_days: policy.temporary_password_validity_days.or(Some(7)),
        }
    }

    pub fn minimum_length(&self) -> usize {
        self.0
            .minimum_length
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(8)
    }

    pub fn temporary_password_validity_days(&self) -> i32 {
        self.0.temporary_password_validity_days.unwrap_or(7)
    }

    /// The first rule that the password breaks, in AWS's words.
    pub fn broken_rule(&self, password: &str) -> Option<&'static str> {
        let lacks = |required: Option<bool>, kind: fn(char) -> bool| {
            required == Some(true) && !password.chars().any(kind)
        };
        if password.chars().count() < self.minimum_length() {
            Some("Password not long enough")
        } else if lacks(self.0.require_uppercase, |c| c.is_ascii_uppercase()) {
            Some("Password must have uppercase characters")
        } else if lacks(self.0.require_lowercase, |c| c.is_ascii_lowercase()) {
            Some("Password must have lowercase characters")
        } else if lacks(self.0.require_numbers, |c| c.is_ascii_digit()) {
            Some("Password must have numeric characters")
        } else if lacks(self.0.require_symbols, |c| SYMBOLS.contains(c)) {
            Some("Password must have symbol characters")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_names_the_first_broken_rule() {
        let policy = PasswordPolicy::with_defaults(None);
        let policy = PasswordPolicy::new(&policy);
        for (password, broken) in [
            ("Short1!", Some("Password not long enough")),
            (
                "lowercase1!",
                Some("Password must have uppercase characters"),
            ),
            (
                "UPPERCASE1!",
                Some("Password must have lowercase characters"),
            ),
            ("NoNumbers!", Some("Password must have numeric characters")),
            ("NoSymbols1", Some("Password must have symbol characters")),
            ("Passw0rd!", None),
        ] {
            assert_eq!(policy.broken_rule(password), broken, "{password}");
        }
    }

    #[test]
    fn each_symbol_that_aws_lists_counts() {
        let policy = PasswordPolicyType {
            require_symbols: Some(true),
            minimum_length: Some(6),
            ..Default::default()
        };
        for symbol in SYMBOLS.chars() {
            assert_eq!(
                PasswordPolicy::new(&policy).broken_rule(&format!("abcde{symbol}")),
                None
            );
        }
        assert!(PasswordPolicy::new(&policy).broken_rule("abcdeé").is_some());
    }

    #[test]
    fn a_policy_that_is_sent_switches_on_only_what_it_names() {
        let sent = PasswordPolicyType {
            require_numbers: Some(true),
            ..Default::default()
        };
        let policy = PasswordPolicy::with_defaults(Some(sent));
        assert_eq!(policy.minimum_length, Some(8));
        assert_eq!(policy.require_symbols, Some(false));
        assert_eq!(PasswordPolicy::new(&policy).broken_rule("aaaaaaa1"), None);
    }
}
