//! Which attributes of a user a provider's claims become (facts/oauth.md §13.3): those that the provider maps,
//! that the pool has, and that the client may write.

use cognito_model::idp::AttributeType;
use serde_json::Value;

use super::Claims;
use crate::errors::{self, Result};
use crate::user_pools::{Attributes, Client, IdentityProvider, Schema, User, checked_updates};

/// Attributes with their values; an empty one takes the attribute away. What the provider does not say is not
/// here.
pub(super) struct Mapped<'a> {
    schema: Schema<'a>,
    values: Vec<(&'a str, String)>,
}

impl<'a> Mapped<'a> {
    pub(super) fn of(
        provider: &'a IdentityProvider,
        client: &Client,
        schema: Schema<'a>,
        claims: &Claims,
    ) -> Self {
        let mapping = provider.description.attribute_mapping.iter().flatten();
        let values = mapping.filter_map(|(attribute, claim)| {
            schema.find(attribute)?;
            // Who may write an address may have it from where it was verified.
            let written = attribute.strip_suffix("_verified");
            if !client.may_write(written.unwrap_or(attribute)) {
                return None;
            }
            let value = text(claims.get(claim)?);
            Some((attribute.as_str(), value))
        });
        Self {
            schema,
            values: values.collect(),
        }
    }

    pub(super) fn get(&self, attribute: &str) -> Option<&str> {
        let found = self.values.iter().find(|(name, _)| *name == attribute);
        found.map(|(_, value)| value.as_str())
    }

    /// The attributes of a user who is new here.
    pub(super) fn of_new_user(&self) -> Result<Attributes> {
        let given = self.values.iter().filter(|(_, value)| !value.is_empty());
        let mut attributes = Attributes::of_new_user(&list(given), self.schema)?;
        let required = self.schema.required();
        let missing: Vec<_> = required
            .filter(|name| attributes.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(errors::mapped_attributes_required(&missing));
        }
        for address in ["email", "phone_number"] {
            let flag = format!("{address}_verified");
            if attributes.get(address).is_some() && attributes.get(&flag).is_none() {
                attributes.set(&flag, "false");
            }
        }
        Ok(attributes)
    }

    /// Brings a user's attributes up to date; only what is different is written.
    pub(super) fn refresh(&self, user: &mut User) -> Result<()> {
        let is_new = |(name, value): &&(&str, String)| {
            user.attributes.get(name).unwrap_or_default() != value
        };
        let changed: Vec<_> = self.values.iter().filter(is_new).collect();
        let is_fixed = |name: &str| {
            let declared = self.schema.find(name);
            declared.is_some_and(|it| it.mutable == Some(false))
        };
        let fixed = changed.iter().filter(|(name, _)| is_fixed(name));
        let problems: String = fixed
            .map(|(name, _)| format!("{name}: Attribute cannot be updated.\n"))
            .collect();
        if !problems.is_empty() {
            return Err(errors::mapped_attributes_cannot_be_updated(&problems));
        }
        for (name, value) in checked_updates(&list(changed), self.schema)? {
            let is_address = matches!(name.as_str(), "email" | "phone_number");
            let flag = format!("{name}_verified");
            match value {
                Some(value) => {
                    user.attributes.set(&name, &value);
                    if is_address && self.get(&flag).is_none() {
                        user.attributes.set(&flag, "false");
                    }
                }
                None => {
                    user.attributes.remove(&name);
                    if is_address {
                        user.attributes.remove(&flag);
                    }
                }
            }
        }
        Ok(())
    }
}

fn list<'v>(values: impl IntoIterator<Item = &'v (&'v str, String)>) -> Vec<AttributeType> {
    let attribute = |(name, value): &(&str, String)| AttributeType {
        name: (*name).to_owned(),
        value: Some(value.clone()),
    };
    values.into_iter().map(attribute).collect()
}

/// A claim as an attribute. Of many values one text is made (captured: facts/oauth.md §13.3).
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(text).collect();
            format!("[{}]", values.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_becomes_a_text() {
        for (claim, attribute) in [
            (json!("a b"), "a b"),
            (json!("  "), ""),
            (json!(null), ""),
            (json!(true), "true"),
            (json!(1.5), "1.5"),
            (json!(["a", 2]), "[a, 2]"),
            (json!([]), "[]"),
            (json!({"a": 1}), "{\"a\":1}"),
        ] {
            assert_eq!(text(&claim), attribute, "{claim}");
        }
    }
}
