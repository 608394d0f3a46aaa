//! The terms of use or the privacy policy of an app client: links, by language (documentation of
//! CreateTerms).

use cognito_model::Timestamp;
use cognito_model::idp::{CreateTermsRequest, TermsDescriptionType, TermsType, UpdateTermsRequest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Terms {
    pub description: TermsType,
}

impl Terms {
    pub fn create(request: CreateTermsRequest, id: String, now: Timestamp) -> Self {
        Self {
            description: TermsType {
                terms_id: id,
                user_pool_id: request.user_pool_id,
                client_id: request.client_id,
                terms_name: request.terms_name,
                terms_source: request.terms_source,
                enforcement: request.enforcement,
                links: request.links.unwrap_or_default(),
                creation_date: now,
                last_modified_date: now,
            },
        }
    }

    /// What the request leaves out stays; links are replaced as a whole (assumed).
    pub fn update(&self, request: UpdateTermsRequest, now: Timestamp) -> Self {
        let old = self.description.clone();
        Self {
            description: TermsType {
                terms_name: request.terms_name.unwrap_or(old.terms_name),
                terms_source: request.terms_source.unwrap_or(old.terms_source),
                enforcement: request.enforcement.unwrap_or(old.enforcement),
                links: request.links.unwrap_or(old.links),
                last_modified_date: now,
                ..old
            },
        }
    }

    pub fn id(&self) -> &str {
        &self.description.terms_id
    }

    /// Whether they are of this name and this client: there is one such document.
    pub fn is(&self, client_id: &str, name: &str) -> bool {
        self.description.client_id == client_id && self.description.terms_name == name
    }

    /// Whether they are of this kind, `terms-of-use` or `privacy-policy`, with which their names begin.
    pub fn is_about(&self, client_id: &str, kind: &str) -> bool {
        let it = &self.description;
        it.client_id == client_id && it.terms_name.starts_with(kind)
    }

    /// Where they are in a language of managed login, or else for everybody. Only what a browser may be sent
    /// to: an address of the web.
    pub fn link(&self, language: &str) -> Option<&str> {
        let name = match language {
            "de" => "cognito:german",
            "en" => "cognito:english",
            "es" => "cognito:spanish",
            "fr" => "cognito:french",
            "id" => "cognito:bahasa-indonesia",
            "it" => "cognito:italian",
            "ja" => "cognito:japanese",
            "ko" => "cognito:korean",
            "pt-BR" => "cognito:portuguese-brazil",
            "zh-CN" => "cognito:chinese-simplified",
            "zh-TW" => "cognito:chinese-traditional",
            _ => "cognito:default",
        };
        let links = &self.description.links;
        let link = links.get(name).or_else(|| links.get("cognito:default"))?;
        let is_of_web = ["https://", "http://"]
            .iter()
            .any(|it| link.starts_with(it));
        is_of_web.then_some(link)
    }

    /// As ListTerms describes them.
    pub fn summary(&self) -> TermsDescriptionType {
        let it = &self.description;
        TermsDescriptionType {
            terms_id: it.terms_id.clone(),
            terms_name: it.terms_name.clone(),
            enforcement: it.enforcement,
            creation_date: it.creation_date,
            last_modified_date: it.last_modified_date,
        }
    }
}
