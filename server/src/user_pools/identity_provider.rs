//! An identity provider of a user pool: the details that each type needs, and those that AWS adds
//! when it describes one (CreateIdentityProvider's documentation).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Timestamp;
use cognito_model::idp::{
    CreateIdentityProviderRequest, IdentityProviderType, IdentityProviderTypeType,
    ProviderDescription, UpdateIdentityProviderRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SamlTrust, Schema, UserPool};
use crate::errors::{self, Result};
use crate::keys::CertifiedKey;
use crate::saml::Metadata;

/// In the place of an address: this server is the provider.
pub const BUILT_IN: &str = "builtin";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityProvider {
    #[serde(flatten)]
    pub description: IdentityProviderType,
    /// Whom it knows, by the claims that it makes of them: of one that is built in.
    #[serde(rename = "People", default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Of a SAML provider, what its details do not say.
    #[serde(rename = "SamlTrust", default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<SamlTrust>,
}

/// With a `sub`.
pub type Person = Map<String, Value>;

impl IdentityProvider {
    pub fn create(
        request: CreateIdentityProviderRequest,
        pool: &UserPool,
        now: Timestamp,
    ) -> Result<Self> {
        let provider_type = request.provider_type;
        let name = request.provider_name;
        if name.eq_ignore_ascii_case("COGNITO") {
            return Err(errors::reserved_provider_name(&name));
        }
        if is_social(provider_type) && name != provider_type.as_str() {
            return Err(errors::provider_name_is_its_type(
                &name,
                provider_type.as_str(),
            ));
        }
        if request.acr_mapping.is_some() && provider_type != IdentityProviderTypeType::Oidc {
            return Err(errors::acr_mapping_is_for_oidc());
        }
        let details = with_details_of_type(provider_type, request.provider_details)?;
        let mapping = with_username(provider_type, request.attribute_mapping, pool.schema())?;
        Ok(Self {
            description: IdentityProviderType {
                user_pool_id: Some(request.user_pool_id),
                provider_name: Some(name),
                provider_type: Some(provider_type),
                provider_details: Some(details),
                attribute_mapping: mapping,
                idp_identifiers: Some(request.idp_identifiers.unwrap_or_default()),
                acr_mapping: request.acr_mapping,
                last_modified_date: Some(now),
                creation_date: Some(now),
            },
            people: Vec::new(),
            saml: None,
        })
    }

    /// The provider with what the request names replaced.
    pub fn update(
        &self,
        request: UpdateIdentityProviderRequest,
        pool: &UserPool,
        now: Timestamp,
    ) -> Result<Self> {
        let mut description = self.description.clone();
        let mut saml = self.saml.clone();
        let provider_type = self.provider_type();
        if request.acr_mapping.is_some() && provider_type != IdentityProviderTypeType::Oidc {
            return Err(errors::acr_mapping_is_for_oidc());
        }
        if let Some(details) = request.provider_details {
            let address = |it: Option<&BTreeMap<String, String>>| it?.get("MetadataURL").cloned();
            let is_elsewhere =
                address(Some(&details)) != self.detail("MetadataURL").map(str::to_owned);
            description.provider_details = Some(with_details_of_type(provider_type, details)?);
            if is_elsewhere && let Some(saml) = &mut saml {
                saml.metadata = None;
            }
        }
        if let Some(mut mapping) = request.attribute_mapping {
            let kept = self.description.attribute_mapping.as_ref();
            let kept = kept.and_then(|it| it.get("username"));
            match mapping.get("username") {
                Some(wanted) if Some(wanted) != kept => {
                    return Err(errors::provider_username_changed());
                }
                None if let Some(kept) = kept => {
                    mapping.insert("username".to_owned(), kept.clone());
                }
                _ => {}
            }
            description.attribute_mapping =
                with_username(provider_type, Some(mapping), pool.schema())?;
        }
        description.idp_identifiers = request.idp_identifiers.or(description.idp_identifiers);
        description.acr_mapping = request.acr_mapping.or(description.acr_mapping);
        description.last_modified_date = Some(now);
        Ok(Self {
            description,
            people: self.people.clone(),
            saml,
        })
    }

    pub fn name(&self) -> &str {
        self.description
            .provider_name
            .as_deref()
            .unwrap_or_default()
    }

    pub fn provider_type(&self) -> IdentityProviderTypeType {
        self.description
            .provider_type
            .unwrap_or(IdentityProviderTypeType::Oidc)
    }

    pub fn detail(&self, name: &str) -> Option<&str> {
        let details = self.description.provider_details.as_ref()?;
        details.get(name).map(String::as_str)
    }

    /// What the provider calls one of the pool's levels of authentication.
    pub fn acr_value(&self, level: u8) -> Option<&str> {
        let mapping = self.description.acr_mapping.as_ref()?;
        mapping.get(&format!("Level{level}")).map(String::as_str)
    }

    /// The level that a value of the provider stands for; the lowest where it stands for none (documented).
    pub fn acr_level(&self, value: Option<&str>) -> u8 {
        let is_it = |level: &u8| value.is_some() && self.acr_value(*level) == value;
        (1..=4).find(is_it).unwrap_or(1)
    }

    /// Whether this server is the other side, too: of a social provider, unless it was given other addresses
    /// than its own, and of any other that says so.
    pub fn is_built_in(&self) -> bool {
        let own = match self.provider_type() {
            IdentityProviderTypeType::Oidc => return self.detail("oidc_issuer") == Some(BUILT_IN),
            IdentityProviderTypeType::Saml => return self.detail("MetadataURL") == Some(BUILT_IN),
            IdentityProviderTypeType::Google => "https://accounts.google.com/",
            IdentityProviderTypeType::Facebook => "https://www.facebook.com/",
            IdentityProviderTypeType::LoginWithAmazon => "https://www.amazon.com/",
            IdentityProviderTypeType::SignInWithApple => "https://appleid.apple.com/",
        };
        self.detail("authorize_url")
            .is_some_and(|it| it.starts_with(own))
    }

    /// Whether a mapped user pool attribute can name identities: of OIDC and SAML providers only.
    pub fn links_by(&self, attribute: &str) -> bool {
        let mapping = self.description.attribute_mapping.as_ref();
        !is_social(self.provider_type())
            && attribute != "username"
            && mapping.is_some_and(|mapping| mapping.contains_key(attribute))
    }

    /// What a SAML provider publishes of itself, as far as it is known here.
    pub(crate) fn saml_metadata(&self) -> Option<Metadata> {
        let read = || Some(self.saml.as_ref()?.metadata.as_ref()?.0.as_str());
        Metadata::parse(self.detail("MetadataFile").or_else(read)?)
    }

    /// How long ago the document behind `MetadataURL` was read.
    pub fn metadata_age(&self, now: Timestamp) -> Option<i64> {
        let (_, read) = self.saml.as_ref()?.metadata.as_ref()?;
        Some(now.as_millis() - read.as_millis())
    }

    pub fn trust_metadata(&mut self, document: String, now: Timestamp) {
        self.saml.get_or_insert_default().metadata = Some((document, now));
    }

    /// Whether the assertions of a SAML provider come encrypted, and only so.
    pub fn is_encrypted(&self) -> bool {
        self.detail("EncryptedResponses") == Some("true")
    }

    pub fn encryption_key(&self) -> Option<&CertifiedKey> {
        self.saml.as_ref()?.encryption.as_ref()
    }

    /// What AWS adds to the details of a SAML provider.
    fn saml_details(&self) -> Vec<(&'static str, String)> {
        let metadata = self.saml_metadata();
        let key = self.encryption_key().filter(|_| self.is_encrypted());
        let certificate = key.map(|it| STANDARD.encode(it.certificate()));
        let (sign_in, sign_out) =
            metadata.map_or((None, None), |it| (Some(it.sign_in), it.sign_out));
        let added = [
            ("SSORedirectBindingURI", sign_in),
            ("SLORedirectBindingURI", sign_out),
            ("ActiveEncryptionCertificate", certificate),
        ];
        let added = added.into_iter();
        added
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// As DescribeIdentityProvider describes it: Apple's private key stays in.
    pub fn describe(&self) -> IdentityProviderType {
        let mut description = self.description.clone();
        if self.provider_type() == IdentityProviderTypeType::Saml
            && let Some(details) = &mut description.provider_details
        {
            let added = self.saml_details().into_iter();
            details.extend(added.map(|(name, value)| (name.to_owned(), value)));
        }
        if description.provider_type == Some(IdentityProviderTypeType::SignInWithApple)
            && let Some(details) = &mut description.provider_details
        {
            details.remove("private_key");
        }
        description
    }

    pub fn has_identifier(&self, identifier: &str) -> bool {
        self.description
            .idp_identifiers
            .iter()
            .flatten()
            .any(|it| it == identifier)
    }

    /// As ListIdentityProviders describes it.
    pub fn summary(&self) -> ProviderDescription {
        let IdentityProviderType {
            provider_name,
            provider_type,
            last_modified_date,
            creation_date,
            ..
        } = self.description.clone();
        ProviderDescription {
            provider_name,
            provider_type,
            last_modified_date,
            creation_date,
        }
    }
}

fn is_social(provider_type: IdentityProviderTypeType) -> bool {
    !matches!(
        provider_type,
        IdentityProviderTypeType::Saml | IdentityProviderTypeType::Oidc
    )
}

/// Keys that a request must give, keys that it may give, and what AWS adds.
struct Details {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    added: &'static [(&'static str, &'static str)],
}

fn details_of(provider_type: IdentityProviderTypeType) -> Details {
    const ENDPOINTS: &[&str] = &[
        "attributes_url",
        "attributes_url_add_attributes",
        "authorize_url",
        "token_url",
        "token_request_method",
        "oidc_issuer",
        "jwks_uri",
        "api_version",
    ];
    match provider_type {
        IdentityProviderTypeType::Google => Details {
            required: &["client_id", "client_secret", "authorize_scopes"],
            optional: ENDPOINTS,
            added: &[
                (
                    "attributes_url",
                    "https://people.googleapis.com/v1/people/me?personFields=",
                ),
                ("attributes_url_add_attributes", "true"),
                (
                    "authorize_url",
                    "https://accounts.google.com/o/oauth2/v2/auth",
                ),
                ("oidc_issuer", "https://accounts.google.com"),
                ("token_request_method", "POST"),
                ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
            ],
        },
        IdentityProviderTypeType::Facebook => Details {
            required: &["client_id", "client_secret", "authorize_scopes"],
            optional: ENDPOINTS,
            added: &[
                ("api_version", "v17.0"),
                ("attributes_url_add_attributes", "true"),
                ("token_request_method", "GET"),
            ],
        },
        IdentityProviderTypeType::LoginWithAmazon => Details {
            required: &["client_id", "client_secret", "authorize_scopes"],
            optional: ENDPOINTS,
            added: &[
                ("attributes_url", "https://api.amazon.com/user/profile"),
                ("attributes_url_add_attributes", "false"),
                ("authorize_url", "https://www.amazon.com/ap/oa"),
                ("token_request_method", "POST"),
                ("token_url", "https://api.amazon.com/auth/o2/token"),
            ],
        },
        IdentityProviderTypeType::SignInWithApple => Details {
            required: &[
                "client_id",
                "team_id",
                "key_id",
                "private_key",
                "authorize_scopes",
            ],
            optional: ENDPOINTS,
            added: &[
                ("attributes_url_add_attributes", "false"),
                ("authorize_url", "https://appleid.apple.com/auth/authorize"),
                ("oidc_issuer", "https://appleid.apple.com"),
                ("token_request_method", "POST"),
                ("token_url", "https://appleid.apple.com/auth/token"),
            ],
        },
        IdentityProviderTypeType::Oidc => Details {
            required: &[
                "client_id",
                "attributes_request_method",
                "oidc_issuer",
                "authorize_scopes",
            ],
            optional: &[
                "client_secret",
                "attributes_url",
                "attributes_url_add_attributes",
                "authorize_url",
                "token_url",
                "jwks_uri",
            ],
            added: &[("attributes_url_add_attributes", "false")],
        },
        IdentityProviderTypeType::Saml => Details {
            required: &[],
            optional: &[
                "MetadataURL",
                "MetadataFile",
                "IDPSignout",
                "IDPInit",
                "EncryptedResponses",
                "RequestSigningAlgorithm",
                "SLORedirectBindingURI",
                "SSORedirectBindingURI",
                "ActiveEncryptionCertificate",
            ],
            added: &[],
        },
    }
}

fn with_details_of_type(
    provider_type: IdentityProviderTypeType,
    mut details: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let Details {
        required,
        optional,
        added,
    } = details_of(provider_type);
    if let Some(missing) = required.iter().find(|key| !details.contains_key(**key)) {
        return Err(errors::provider_detail_missing(missing));
    }
    let is_saml = provider_type == IdentityProviderTypeType::Saml;
    if is_saml && details.contains_key("MetadataURL") == details.contains_key("MetadataFile") {
        return Err(errors::provider_detail_missing(
            "MetadataURL or MetadataFile",
        ));
    }
    if let Some(document) = details.get("MetadataFile")
        && Metadata::parse(document).is_none()
    {
        return Err(errors::metadata_invalid());
    }
    let is_known = |key: &str| required.contains(&key) || optional.contains(&key);
    if let Some(unknown) = details.keys().find(|key| !is_known(key)) {
        return Err(errors::provider_detail_unknown(unknown));
    }
    let method = details.get("attributes_request_method");
    if method.is_some_and(|method| method != "GET" && method != "POST") {
        return Err(errors::invalid_setting(
            "attributes_request_method",
            "it must be GET or POST",
        ));
    }
    let algorithm = details.get("RequestSigningAlgorithm");
    if algorithm.is_some_and(|it| it != "rsa-sha256") {
        return Err(errors::invalid_setting(
            "RequestSigningAlgorithm",
            "it must be rsa-sha256",
        ));
    }
    for (key, value) in added {
        details
            .entry((*key).to_owned())
            .or_insert_with(|| (*value).to_owned());
    }
    if provider_type == IdentityProviderTypeType::Facebook {
        let version = details.get("api_version").cloned().unwrap_or_default();
        for (key, url) in [
            (
                "attributes_url",
                format!("https://graph.facebook.com/{version}/me?fields="),
            ),
            (
                "authorize_url",
                format!("https://www.facebook.com/{version}/dialog/oauth"),
            ),
            (
                "token_url",
                format!("https://graph.facebook.com/{version}/oauth/access_token"),
            ),
        ] {
            details.entry(key.to_owned()).or_insert(url);
        }
    }
    Ok(details)
}

/// Every provider but a SAML one maps `username`, to the claim that names its users (assumed: what
/// DescribeIdentityProvider is known to return where a request left it out).
fn with_username(
    provider_type: IdentityProviderTypeType,
    mapping: Option<BTreeMap<String, String>>,
    schema: Schema<'_>,
) -> Result<Option<BTreeMap<String, String>>> {
    let mut mapping = mapping.unwrap_or_default();
    let is_attribute = |name: &str| name == "username" || schema.find(name).is_some();
    if let Some(unknown) = mapping.keys().find(|name| !is_attribute(name)) {
        return Err(errors::provider_attribute_unknown(unknown));
    }
    let claim = match provider_type {
        IdentityProviderTypeType::Saml => None,
        IdentityProviderTypeType::Facebook => Some("id"),
        IdentityProviderTypeType::LoginWithAmazon => Some("user_id"),
        _ => Some("sub"),
    };
    if let Some(claim) = claim {
        mapping
            .entry("username".to_owned())
            .or_insert_with(|| claim.to_owned());
    }
    Ok((!mapping.is_empty()).then_some(mapping))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn google_is_described_as_aws_documents_it() {
        let given = details(&[
            ("authorize_scopes", "email profile openid"),
            ("client_id", "1"),
            ("client_secret", "s"),
        ]);
        let kept = with_details_of_type(IdentityProviderTypeType::Google, given).unwrap();
        assert_eq!(
            kept,
            details(&[
                (
                    "attributes_url",
                    "https://people.googleapis.com/v1/people/me?personFields="
                ),
                ("attributes_url_add_attributes", "true"),
                ("authorize_scopes", "email profile openid"),
                (
                    "authorize_url",
                    "https://accounts.google.com/o/oauth2/v2/auth"
                ),
                ("client_id", "1"),
                ("client_secret", "s"),
                ("oidc_issuer", "https://accounts.google.com"),
                ("token_request_method", "POST"),
                ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
            ])
        );
    }

    #[test]
    fn the_version_of_facebook_is_part_of_its_addresses() {
        let given = details(&[
            ("api_version", "v20.0"),
            ("authorize_scopes", "email"),
            ("client_id", "1"),
            ("client_secret", "s"),
        ]);
        let kept = with_details_of_type(IdentityProviderTypeType::Facebook, given).unwrap();
        assert_eq!(
            kept["token_url"],
            "https://graph.facebook.com/v20.0/oauth/access_token"
        );
    }

    #[test]
    fn a_missing_or_unknown_detail_is_named() {
        let missing = with_details_of_type(
            IdentityProviderTypeType::Oidc,
            details(&[("client_id", "1")]),
        );
        assert_eq!(
            missing.unwrap_err().message(),
            Some("Missing required attribute attributes_request_method in ProviderDetails.")
        );
        let unknown = details(&[("MetadataURL", "https://a.b"), ("colour", "red")]);
        let unknown = with_details_of_type(IdentityProviderTypeType::Saml, unknown);
        assert_eq!(
            unknown.unwrap_err().message(),
            Some("Unrecognized attribute colour in ProviderDetails.")
        );
    }
}
