//! A style of managed login: the settings and images that a client's pages have (documentation of
//! CreateManagedLoginBranding).

use cognito_model::idp::{AssetType, ManagedLoginBrandingType};
use cognito_model::{Document, Timestamp};
use serde::{Deserialize, Serialize};

use crate::errors::{self, Result};

/// Assets in one style: as many as one request may have.
const MOST_ASSETS: usize = 40;

/// What a style has that sets nothing: values of AWS, in the shape of its own example of the AWS CLI.
const DEFAULTS: &str = include_str!("managed_login_defaults.json");

/// A style of one client; a client has one at the most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManagedLoginBranding {
    pub client_id: String,
    pub description: ManagedLoginBrandingType,
}

/// What a request says of a style.
#[derive(Debug, Default)]
pub struct Branding {
    pub use_cognito_provided_values: Option<bool>,
    pub settings: Option<Document>,
    pub assets: Option<Vec<AssetType>>,
}

/// What one request may have (documented). Updates add members, so without a bound a style would grow
/// for ever (assumed).
const MOST_SETTINGS_BYTES: usize = 2 * 1024 * 1024;

impl ManagedLoginBranding {
    pub fn create(
        id: String,
        user_pool_id: &str,
        client_id: String,
        branding: Branding,
        now: Timestamp,
    ) -> Result<Self> {
        let bare = Self {
            client_id,
            description: ManagedLoginBrandingType {
                managed_login_branding_id: Some(id),
                user_pool_id: Some(user_pool_id.to_owned()),
                use_cognito_provided_values: Some(false),
                creation_date: Some(now),
                ..Default::default()
            },
        };
        bare.with(branding, now)
    }

    /// The style with what the request gives; what it leaves out stays (documented).
    pub fn with(&self, branding: Branding, now: Timestamp) -> Result<Self> {
        let gives = branding.settings.is_some() || branding.assets.is_some();
        let mut style = self.clone();
        let description = &mut style.description;
        if branding.use_cognito_provided_values == Some(true) {
            if gives {
                return Err(errors::cognito_values_stand_alone());
            }
            description.settings = None;
            description.assets = None;
            description.use_cognito_provided_values = Some(true);
        } else if gives || branding.use_cognito_provided_values.is_some() {
            description.use_cognito_provided_values = Some(false);
        }
        if let Some(settings) = branding.settings {
            if !settings.is_object() {
                return Err(errors::invalid_branding_settings());
            }
            let kept = description.settings.get_or_insert_default();
            merge(kept, settings);
            if kept.to_string().len() > MOST_SETTINGS_BYTES {
                return Err(errors::branding_settings_too_large());
            }
        }
        if let Some(assets) = branding.assets {
            let kept = description.assets.get_or_insert_default();
            for asset in assets {
                if asset.bytes.is_none() == asset.resource_id.is_none() {
                    return Err(errors::asset_needs_bytes_or_resource());
                }
                let place = |it: &AssetType| (it.category, it.color_mode, it.extension);
                kept.retain(|it| place(it) != place(&asset));
                kept.push(asset);
            }
            if kept.len() > MOST_ASSETS {
                return Err(errors::too_many_assets(MOST_ASSETS));
            }
        }
        description.last_modified_date = Some(now);
        Ok(style)
    }

    pub fn id(&self) -> &str {
        self.description
            .managed_login_branding_id
            .as_deref()
            .unwrap_or_default()
    }

    /// As it is described; `merged` with AWS's values wherever the style has none.
    pub fn describe(&self, merged: bool) -> Result<ManagedLoginBrandingType> {
        let mut description = self.description.clone();
        if merged {
            description.settings = Some(self.merged_settings()?);
        }
        Ok(description)
    }

    /// Its settings over AWS's own.
    pub fn merged_settings(&self) -> Result<Document> {
        let mut settings = serde_json::from_str(DEFAULTS).map_err(errors::internal)?;
        if let Some(own) = self.description.settings.clone() {
            merge(&mut settings, own);
        }
        Ok(settings)
    }
}

/// Objects member by member, everything else as a whole. No deeper than a request can nest.
fn merge(kept: &mut Document, given: Document) {
    match (kept, given) {
        (Document::Object(kept), Document::Object(given)) => {
            for (name, value) in given {
                match kept.get_mut(&name) {
                    Some(there) => merge(there, value),
                    None => {
                        kept.insert(name, value);
                    }
                }
            }
        }
        (kept, given) => *kept = given,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(settings: Document) -> Branding {
        Branding {
            settings: Some(settings),
            ..Default::default()
        }
    }

    #[test]
    fn an_update_keeps_what_it_leaves_out_and_defaults_fill_the_rest() {
        let now = Timestamp::from_millis(0);
        let first = settings(json!({"componentClasses": {"buttons": {"borderRadius": 1}}}));
        let style =
            ManagedLoginBranding::create("id".into(), "pool", "client".into(), first, now).unwrap();
        let more = settings(json!({"componentClasses": {"input": {"borderRadius": 2}}}));
        let style = style.with(more, now).unwrap();
        let own = json!({"componentClasses": {"buttons": {"borderRadius": 1}, "input": {"borderRadius": 2}}});
        assert_eq!(style.describe(false).unwrap().settings, Some(own));
        let merged = style.describe(true).unwrap().settings.unwrap();
        assert_eq!(merged["componentClasses"]["buttons"]["borderRadius"], 1);
        assert_eq!(
            merged["componentClasses"]["input"]["lightMode"]["placeholderColor"],
            "5f6b7aff"
        );
        let cognito = Branding {
            use_cognito_provided_values: Some(true),
            ..Default::default()
        };
        let style = style.with(cognito, now).unwrap();
        assert_eq!(style.describe(false).unwrap().settings, None);
    }
}
