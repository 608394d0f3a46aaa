//! The roles of an identity pool, and which of them an identity gets (facts/identity.md §6).

use std::collections::BTreeMap;

use cognito_model::identity::{
    AmbiguousRoleResolutionType, MappingRule, MappingRuleMatchType, RoleMapping, RoleMappingType,
    SetIdentityPoolRolesInput,
};
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::aws::Arn;
use crate::errors::{self, Result};

/// Rules of one provider (documented quota).
const MOST_RULES: usize = 25;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Roles {
    roles: BTreeMap<String, String>,
    mappings: BTreeMap<String, RoleMapping>,
}

/// What a login token says of its user, as texts; arrays by their elements.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    pub values: BTreeMap<String, Vec<String>>,
}

impl Claims {
    fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// A claim as one text: an array in its textual form.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.all(name) {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("[{}]", many.join(", "))),
        }
    }
}

/// The role that somebody gets, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub why: &'static str,
}

impl Role {
    fn new(arn: &str, why: &'static str) -> Self {
        Self {
            arn: arn.to_owned(),
            why,
        }
    }
}

impl Roles {
    /// Roles and mappings are replaced as a whole.
    pub fn set(request: SetIdentityPoolRolesInput, settings: &Settings) -> Result<Self> {
        let mappings = request.role_mappings.unwrap_or_default();
        for (key, mapping) in &mappings {
            if !settings.has_role_mapping_provider(key) {
                return Err(errors::invalid_role_mapping_provider(key));
            }
            if mapping.ambiguous_role_resolution.is_none() {
                return Err(errors::ambiguous_role_resolution_needed());
            }
            let wants_rules = mapping.r#type == RoleMappingType::Rules;
            if wants_rules != mapping.rules_configuration.is_some() {
                return Err(errors::invalid_rules_configuration());
            }
            let rules = rules(mapping);
            if rules.len() > MOST_RULES {
                return Err(errors::too_many_mapping_rules());
            }
            if let Some(rule) = rules
                .iter()
                .find(|rule| Arn::role(&rule.role_arn).is_none())
            {
                return Err(errors::invalid_arn(&rule.role_arn));
            }
        }
        if let Some(arn) = request.roles.values().find(|arn| Arn::role(arn).is_none()) {
            return Err(errors::invalid_arn(arn));
        }
        Ok(Self {
            roles: request.roles,
            mappings,
        })
    }

    pub fn roles(&self) -> Option<BTreeMap<String, String>> {
        (!self.roles.is_empty()).then(|| self.roles.clone())
    }

    pub fn mappings(&self) -> Option<BTreeMap<String, RoleMapping>> {
        (!self.mappings.is_empty()).then(|| self.mappings.clone())
    }

    pub fn has_mappings(&self) -> bool {
        !self.mappings.is_empty()
    }

    pub fn maps(&self, provider: &str) -> bool {
        self.mappings.contains_key(provider)
    }

    pub fn of_guest(&self) -> Result<Role> {
        self.pool_role("unauthenticated", "the pool's role of guests")
    }

    fn pool_role(&self, kind: &str, why: &'static str) -> Result<Role> {
        self.roles
            .get(kind)
            .map(|arn| Role::new(arn, why))
            .ok_or_else(errors::invalid_identity_pool_configuration)
    }

    /// Whether the trust that the console gives the pool's own roles keeps somebody from one: it asks for
    /// the `amr` that the role is for. What other roles trust is not known here.
    pub fn distrusts(&self, arn: &str, is_guest: bool) -> bool {
        let is = |kind| self.roles.get(kind).is_some_and(|role| role == arn);
        let (own, other) = if is_guest {
            ("unauthenticated", "authenticated")
        } else {
            ("authenticated", "unauthenticated")
        };
        is(other) && !is(own)
    }

    /// `provider` is the key of a mapping, of a user pool with its client id; none maps the users of
    /// the developer's own provider.
    pub fn of_user(
        &self,
        provider: Option<&str>,
        claims: &Claims,
        custom: Option<&str>,
    ) -> Result<Role> {
        let authenticated = |why| self.pool_role("authenticated", why);
        let mapping = provider.and_then(|key| Some((key, self.mappings.get(key)?)));
        let Some((provider, mapping)) = mapping else {
            let role = authenticated("the pool's role of users")?;
            return match custom {
                Some(custom) if custom != role.arn => Err(errors::access_to_role_forbidden(custom)),
                _ => Ok(role),
            };
        };
        let candidates: Vec<&str> = match mapping.r#type {
            RoleMappingType::Token => claims
                .all("cognito:roles")
                .iter()
                .map(String::as_str)
                .collect(),
            RoleMappingType::Rules => rules(mapping)
                .iter()
                .filter(|rule| matches(rule, claims))
                .map(|rule| rule.role_arn.as_str())
                .collect(),
        };
        if let Some(custom) = custom {
            return if candidates.contains(&custom) {
                Ok(Role::new(custom, "CustomRoleArn, which the mapping allows"))
            } else {
                Err(errors::access_to_role_forbidden(custom))
            };
        }
        let preferred = claims.all("cognito:preferred_role").first();
        let chosen = match (mapping.r#type, candidates.as_slice(), preferred) {
            (RoleMappingType::Token, _, Some(preferred)) => {
                Some(Role::new(preferred, "cognito:preferred_role"))
            }
            (RoleMappingType::Token, [one], None) => {
                Some(Role::new(one, "the only one of cognito:roles"))
            }
            (RoleMappingType::Token, _, None) => None,
            (RoleMappingType::Rules, matching, _) => matching
                .first()
                .map(|arn| Role::new(arn, "the first rule that matches")),
        };
        match (chosen, mapping.ambiguous_role_resolution) {
            (Some(role), _) => Ok(role),
            (None, Some(AmbiguousRoleResolutionType::AuthenticatedRole)) => {
                authenticated("AmbiguousRoleResolution")
            }
            (None, _) => Err(errors::ambiguous_role_denied(provider)),
        }
    }
}

fn rules(mapping: &RoleMapping) -> &[MappingRule] {
    mapping
        .rules_configuration
        .as_ref()
        .map_or(&[], |configuration| configuration.rules.as_slice())
}

/// No rule matches an absent claim, NotEqual included.
fn matches(rule: &MappingRule, claims: &Claims) -> bool {
    claims
        .text(&rule.claim)
        .is_some_and(|claim| match rule.match_type {
            MappingRuleMatchType::Equals => claim == rule.value,
            MappingRuleMatchType::NotEqual => claim != rule.value,
            MappingRuleMatchType::StartsWith => claim.starts_with(&rule.value),
            MappingRuleMatchType::Contains => claim.contains(&rule.value),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_a:client";

    fn role(name: &str) -> String {
        format!("arn:aws:iam::000000000000:role/{name}")
    }

    fn roles(mapping: serde_json::Value) -> Roles {
        Roles {
            roles: BTreeMap::from([("authenticated".to_owned(), role("auth"))]),
            mappings: BTreeMap::from([(
                PROVIDER.to_owned(),
                serde_json::from_value(mapping).unwrap(),
            )]),
        }
    }

    fn claims(pairs: &[(&str, &[&str])]) -> Claims {
        let values = pairs
            .iter()
            .map(|(name, values)| {
                (
                    (*name).to_owned(),
                    values.iter().map(|it| (*it).to_owned()).collect(),
                )
            })
            .collect();
        Claims { values }
    }

    #[test]
    fn a_provider_without_mapping_gets_the_authenticated_role() {
        let roles = roles(json!({"Type": "Token", "AmbiguousRoleResolution": "Deny"}));
        let claims = Claims::default();
        assert_eq!(
            roles.of_user(Some("other"), &claims, None).unwrap().arn,
            role("auth")
        );
        let refused = roles
            .of_user(
                Some("other"),
                &claims,
                Some("arn:aws:iam::000000000000:role/admin"),
            )
            .unwrap_err();
        assert_eq!(
            refused.message(),
            Some("Access to Role 'arn:aws:iam::000000000000:role/admin' is forbidden.")
        );
    }

    #[test]
    fn a_token_mapping_prefers_the_preferred_role() {
        let roles = roles(json!({"Type": "Token", "AmbiguousRoleResolution": "Deny"}));
        let (a, b) = (role("a"), role("b"));
        let both = claims(&[
            ("cognito:roles", &[&a, &b]),
            ("cognito:preferred_role", &[&b]),
        ]);
        assert_eq!(roles.of_user(Some(PROVIDER), &both, None).unwrap().arn, b);
        assert_eq!(
            roles.of_user(Some(PROVIDER), &both, Some(&a)).unwrap().arn,
            a
        );
        let one = claims(&[("cognito:roles", &[&a])]);
        assert_eq!(roles.of_user(Some(PROVIDER), &one, None).unwrap().arn, a);
        let ambiguous = claims(&[("cognito:roles", &[&a, &b])]);
        assert_eq!(
            roles
                .of_user(Some(PROVIDER), &ambiguous, None)
                .unwrap_err()
                .message(),
            Some(&*format!(
                "The ambiguous role mapping rules for: {PROVIDER} denied this request."
            ))
        );
    }

    #[test]
    fn rules_match_in_order() {
        let (a, b) = (role("aaaa"), role("bbbb"));
        let roles = roles(json!({
            "Type": "Rules",
            "AmbiguousRoleResolution": "AuthenticatedRole",
            "RulesConfiguration": {"Rules": [
                {"Claim": "cognito:groups", "MatchType": "Contains", "Value": "admin", "RoleARN": a},
                {"Claim": "custom:tier", "MatchType": "NotEqual", "Value": "free", "RoleARN": b},
            ]},
        }));
        let of = |pairs: &[(&str, &[&str])]| {
            roles
                .of_user(Some(PROVIDER), &claims(pairs), None)
                .unwrap()
                .arn
        };
        assert_eq!(of(&[("cognito:groups", &["users", "admins"])]), a);
        assert_eq!(of(&[("custom:tier", &["paid"])]), b);
        assert_eq!(of(&[("custom:tier", &["free"])]), role("auth"));
        assert_eq!(of(&[]), role("auth"));
    }
}
