//! Which claims of a login become tags of the session (attributes for access control;
//! facts/identity.md §2.2).

use std::collections::BTreeMap;

use cognito_model::identity::SetPrincipalTagAttributeMapInput;
use serde::{Deserialize, Serialize};

use super::{Claims, Settings};
use crate::errors::{self, Result};

/// The map that `UseDefaults` stands for (documented).
const DEFAULTS: [(&str, &str); 2] = [("client", "aud"), ("username", "sub")];

/// Longer values are no tags of a session (documented for STS).
const MOST_VALUE: usize = 256;

/// The map of one provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TagMap {
    pub use_defaults: bool,
    /// Tag → claim.
    pub tags: BTreeMap<String, String>,
}

/// The maps of a pool, by provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrincipalTags(BTreeMap<String, TagMap>);

impl PrincipalTags {
    /// What a provider's tags are mapped from; the empty map where nobody set one (assumed).
    pub fn map(&self, provider: &str, settings: &Settings) -> Result<TagMap> {
        if !settings.has_provider(provider) {
            return Err(errors::unknown_identity_provider_name(provider));
        }
        Ok(self.0.get(provider).cloned().unwrap_or_default())
    }

    pub fn set(
        &mut self,
        request: SetPrincipalTagAttributeMapInput,
        settings: &Settings,
    ) -> Result<TagMap> {
        let provider = request.identity_provider_name;
        if !settings.has_provider(&provider) {
            return Err(errors::unknown_identity_provider_name(&provider));
        }
        let map = TagMap {
            use_defaults: request.use_defaults.unwrap_or(false),
            tags: request.principal_tags.unwrap_or_default(),
        };
        if map == TagMap::default() {
            self.0.remove(&provider);
        } else {
            self.0.insert(provider, map.clone());
        }
        Ok(map)
    }

    /// The tags of a session that a login of this provider begins. A claim that is not there, or is no
    /// value of a tag, makes none.
    pub fn of(&self, provider: &str, claims: &Claims) -> BTreeMap<String, String> {
        let Some(map) = self.0.get(provider) else {
            return BTreeMap::new();
        };
        let defaults = DEFAULTS.iter().filter(|_| map.use_defaults).copied();
        let own = map.tags.iter().map(|(tag, claim)| (&**tag, &**claim));
        let tags = defaults.chain(own).filter_map(|(tag, claim)| {
            let value = claims.text(claim)?;
            (value.chars().count() <= MOST_VALUE).then(|| (tag.to_owned(), value))
        });
        tags.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_value_of_its_claim() {
        let claims = Claims {
            values: BTreeMap::from([
                ("aud".to_owned(), vec!["app".to_owned()]),
                ("sub".to_owned(), vec!["alice".to_owned()]),
                ("teams".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
                ("long".to_owned(), vec!["x".repeat(257)]),
            ]),
        };
        let map = |use_defaults, tags: &[(&str, &str)]| {
            let tags = tags
                .iter()
                .map(|(tag, claim)| ((*tag).into(), (*claim).into()));
            let map = TagMap {
                use_defaults,
                tags: tags.collect(),
            };
            let tags = PrincipalTags(BTreeMap::from([("p".to_owned(), map)]));
            assert!(tags.of("q", &claims).is_empty());
            let shown = tags.of("p", &claims).into_iter();
            shown
                .map(|(tag, value)| format!("{tag}={value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(map(true, &[]), ["client=app", "username=alice"]);
        let own = [("team", "teams"), ("none", "nothing"), ("long", "long")];
        assert_eq!(map(false, &own), ["team=[a, b]"]);
    }
}
