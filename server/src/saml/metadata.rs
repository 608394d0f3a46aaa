//! What an identity provider publishes of itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Timestamp;

use super::document::{self, Element, escaped};
use super::{METADATA, PERSISTENT, PROTOCOL, REDIRECT_BINDING, SIGNATURE};

/// Documented: facts/oauth.md §13.2 and AWS's quotas; more than any provider has.
const MOST_CERTIFICATES: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) entity_id: String,
    /// Where a browser is sent to sign in.
    pub(crate) sign_in: String,
    /// Where it is sent to sign out, if that can be done.
    pub(crate) sign_out: Option<String>,
    /// Any of them may have signed; X.509, DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) valid_until: Option<Timestamp>,
}

impl Metadata {
    /// `None` where a provider cannot be spoken with by it: it is no metadata of one, nobody can be sent to
    /// its sign-in, or nothing that it signs can be checked.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parsed = document::parse(text.trim_start_matches('\u{feff}'))?;
        let entity = Element::root(&parsed, METADATA, "EntityDescriptor").or_else(|| {
            let group = Element::root(&parsed, METADATA, "EntitiesDescriptor")?;
            let is_provider =
                |it: &Element<'_, '_>| it.children(METADATA, "IDPSSODescriptor").next().is_some();
            group
                .children(METADATA, "EntityDescriptor")
                .find(is_provider)
        })?;
        let provider = entity.children(METADATA, "IDPSSODescriptor").next()?;
        let location = |kind| {
            let mut services = provider.children(METADATA, kind);
            let service = services.find(|it| it.attribute("Binding") == Some(REDIRECT_BINDING))?;
            service.attribute("Location").map(str::to_owned)
        };
        let certificates: Vec<Vec<u8>> = provider
            .children(METADATA, "KeyDescriptor")
            .filter(|it| it.attribute("use").is_none_or(|it| it == "signing"))
            .flat_map(|it| it.children(SIGNATURE, "KeyInfo"))
            .flat_map(|it| it.children(SIGNATURE, "X509Data"))
            .flat_map(|it| it.children(SIGNATURE, "X509Certificate"))
            .filter_map(|it| {
                STANDARD
                    .decode(it.text().split_whitespace().collect::<String>())
                    .ok()
            })
            .take(MOST_CERTIFICATES)
            .collect();
        let entity_id = entity.attribute("entityID").filter(|it| !it.is_empty())?;
        let metadata = Self {
            entity_id: entity_id.to_owned(),
            sign_in: location("SingleSignOnService").filter(|it| is_web(it))?,
            sign_out: location("SingleLogoutService").filter(|it| is_web(it)),
            certificates,
            valid_until: entity.time("validUntil").ok()?,
        };
        (!metadata.certificates.is_empty()).then_some(metadata)
    }

    /// As a provider publishes it.
    pub(crate) fn document(&self) -> String {
        let certificates: String = self
            .certificates
            .iter()
            .map(|it| key_descriptor(it))
            .collect();
        let service = |name, location: &str| {
            let location = escaped(location);
            format!("<{name} Binding=\"{REDIRECT_BINDING}\" Location=\"{location}\"/>")
        };
        let sign_out = self.sign_out.as_deref();
        format!(
            "<EntityDescriptor xmlns=\"{METADATA}\" entityID=\"{}\"><IDPSSODescriptor \
             WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"{PROTOCOL}\">{certificates}{}\
             <NameIDFormat>{PERSISTENT}</NameIDFormat>{}</IDPSSODescriptor></EntityDescriptor>",
            escaped(&self.entity_id),
            sign_out
                .map(|it| service("SingleLogoutService", it))
                .unwrap_or_default(),
            service("SingleSignOnService", &self.sign_in),
        )
    }
}

/// A browser is sent nowhere else.
fn is_web(location: &str) -> bool {
    let uri: Result<http::Uri, _> = location.parse();
    uri.is_ok_and(|it| matches!(it.scheme_str(), Some("https" | "http")) && it.host().is_some())
}

fn key_descriptor(certificate: &[u8]) -> String {
    format!(
        "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"{SIGNATURE}\"><X509Data><X509Certificate>{}\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
        STANDARD.encode(certificate)
    )
}
