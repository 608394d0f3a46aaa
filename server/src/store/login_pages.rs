//! What the login pages of a pool look like and link to: the looks of the classic hosted UI, the styles
//! of managed login, and terms. All of it belongs to an app client and goes with it.

use std::io;

use cognito_model::Timestamp;
use cognito_model::idp::UpdateTermsRequest;

use super::pool_state::{PoolState, placed_row, restore, restore_keyed, rows_of};
use super::storage::{Row, StoredRow};
use crate::changes::{Change, Kind};
use crate::errors::{self, Result};
use crate::ordered::Ordered;
use crate::user_pools::{ALL_CLIENTS, Branding, ManagedLoginBranding, Terms, UiCustomization};

/// AWS's quotas of one pool.
const MOST_BRANDINGS: usize = 20;
const MOST_TERMS: usize = 40;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoginPages {
    /// By client id, or [`ALL_CLIENTS`].
    customizations: Ordered<UiCustomization>,
    brandings: Ordered<ManagedLoginBranding>,
    terms: Ordered<Terms>,
}

impl LoginPages {
    /// The look of a client, else that of all.
    pub fn customization(&self, client_id: &str) -> Option<&UiCustomization> {
        self.customizations
            .get(client_id)
            .or_else(|| self.customizations.get(ALL_CLIENTS))
    }

    /// A look of a client's own, or of all clients itself.
    pub fn own_customization(&self, client_id: &str) -> Option<&UiCustomization> {
        self.customizations.get(client_id)
    }

    pub fn branding(&self, id: &str) -> Result<&ManagedLoginBranding> {
        self.brandings
            .get(id)
            .ok_or_else(|| errors::managed_login_branding_not_found(id))
    }

    pub fn branding_of(&self, client_id: &str) -> Option<&ManagedLoginBranding> {
        self.brandings.iter().find(|it| it.client_id == client_id)
    }

    pub fn terms(&self) -> &Ordered<Terms> {
        &self.terms
    }

    pub fn terms_by_id(&self, id: &str) -> Result<&Terms> {
        self.terms
            .get(id)
            .ok_or_else(|| errors::terms_not_found(id))
    }

    pub fn terms_of(&self, client_id: &str, name: &str) -> Option<&Terms> {
        self.terms.iter().find(|it| it.is(client_id, name))
    }

    pub(super) fn row(&self, change: Change) -> io::Result<Row> {
        match change.kind {
            Kind::UiCustomization => placed_row(&self.customizations, change),
            Kind::ManagedLoginBranding => placed_row(&self.brandings, change),
            _ => placed_row(&self.terms, change),
        }
    }

    pub(super) fn rows(&self, take: &mut dyn FnMut(Row) -> io::Result<()>) -> io::Result<()> {
        rows_of(Kind::UiCustomization, &self.customizations, take)?;
        rows_of(Kind::ManagedLoginBranding, &self.brandings, take)?;
        rows_of(Kind::Terms, &self.terms, take)
    }

    pub(super) fn restore(&mut self, row: &StoredRow<'_>) -> io::Result<()> {
        match row.kind {
            Kind::UiCustomization => restore_keyed(&mut self.customizations, row, |_| true),
            Kind::ManagedLoginBranding => {
                restore(&mut self.brandings, row, ManagedLoginBranding::id)
            }
            _ => restore(&mut self.terms, row, Terms::id),
        }
    }
}

impl PoolState {
    pub fn set_customization(&mut self, client_id: &str, look: Option<UiCustomization>) {
        let looks = &mut self.login_pages.customizations;
        match look {
            Some(look) => {
                looks.insert(client_id, look);
            }
            None if looks.remove(client_id).is_none() => return,
            None => {}
        }
        self.changes.note(Kind::UiCustomization, client_id);
    }

    /// Gives a client a style where it has none.
    pub fn add_branding(&mut self, branding: ManagedLoginBranding) -> Result<()> {
        let client_id = &branding.client_id;
        self.client(client_id)?;
        if self.login_pages.branding_of(client_id).is_some() {
            return Err(errors::managed_login_branding_exists(client_id));
        }
        if self.login_pages.brandings.len() >= MOST_BRANDINGS {
            return Err(errors::limit_exceeded(
                "managed login branding styles",
                MOST_BRANDINGS,
            ));
        }
        self.put_branding(branding);
        Ok(())
    }

    pub fn update_branding(
        &mut self,
        id: &str,
        branding: Branding,
        now: Timestamp,
    ) -> Result<&ManagedLoginBranding> {
        let updated = self.login_pages.branding(id)?.with(branding, now)?;
        self.put_branding(updated);
        self.login_pages.branding(id)
    }

    fn put_branding(&mut self, branding: ManagedLoginBranding) {
        let id = branding.id().to_owned();
        self.login_pages.brandings.insert(&id, branding);
        self.changes.note(Kind::ManagedLoginBranding, &id);
    }

    pub fn remove_branding(&mut self, id: &str) -> Result<()> {
        let removed = self.login_pages.brandings.remove(id);
        removed.ok_or_else(|| errors::managed_login_branding_not_found(id))?;
        self.changes.note(Kind::ManagedLoginBranding, id);
        Ok(())
    }

    pub fn add_terms(&mut self, terms: Terms) -> Result<()> {
        let (client_id, name) = (&terms.description.client_id, &terms.description.terms_name);
        self.client(client_id)?;
        if self.login_pages.terms_of(client_id, name).is_some() {
            return Err(errors::terms_exist(name, client_id));
        }
        if self.login_pages.terms.len() >= MOST_TERMS {
            return Err(errors::limit_exceeded("terms documents", MOST_TERMS));
        }
        self.put_terms(terms);
        Ok(())
    }

    pub fn update_terms(&mut self, request: UpdateTermsRequest, now: Timestamp) -> Result<Terms> {
        let terms = self
            .login_pages
            .terms_by_id(&request.terms_id)?
            .update(request, now);
        let it = &terms.description;
        let namesake = self.login_pages.terms_of(&it.client_id, &it.terms_name);
        if namesake.is_some_and(|namesake| namesake.id() != terms.id()) {
            return Err(errors::terms_exist(&it.terms_name, &it.client_id));
        }
        self.put_terms(terms.clone());
        Ok(terms)
    }

    fn put_terms(&mut self, terms: Terms) {
        let id = terms.id().to_owned();
        self.login_pages.terms.insert(&id, terms);
        self.changes.note(Kind::Terms, &id);
    }

    pub fn remove_terms(&mut self, id: &str) -> Result<()> {
        let removed = self.login_pages.terms.remove(id);
        removed.ok_or_else(|| errors::terms_not_found(id))?;
        self.changes.note(Kind::Terms, id);
        Ok(())
    }

    /// What belongs to a client that goes.
    pub(super) fn remove_pages_of(&mut self, client_id: &str) {
        self.set_customization(client_id, None);
        let pages = &self.login_pages;
        let branding = pages.branding_of(client_id).map(|it| it.id().to_owned());
        let terms = pages.terms.iter();
        let terms: Vec<_> = terms
            .filter(|it| it.description.client_id == client_id)
            .map(|it| it.id().to_owned())
            .collect();
        if let Some(id) = branding {
            self.login_pages.brandings.remove(&id);
            self.changes.note(Kind::ManagedLoginBranding, &id);
        }
        for id in terms {
            self.login_pages.terms.remove(&id);
            self.changes.note(Kind::Terms, &id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::pool::tests::{Recorder, pool};
    use super::*;
    use crate::user_pools::Client;

    #[test]
    fn what_goes_with_a_client_is_handed_over_with_it() {
        let now = Timestamp::from_millis(0);
        let recorder = Arc::new(Recorder::default());
        let pool = pool(recorder.clone());
        pool.created().unwrap();
        pool.write(|state| {
            let request = json!({"UserPoolId": pool.id(), "ClientName": "app"});
            let request = serde_json::from_value(request).unwrap();
            let surroundings = state.surroundings();
            let id = "client".to_owned();
            let client = Client::create(request, id, String::new, &surroundings, now)?;
            state.set_client(client);
            let css = Some(".logo-customizable {}".to_owned());
            let look = UiCustomization::new(pool.id(), "client", css, None, None, now)?;
            state.set_customization("client", look);
            let (id, client) = ("style".to_owned(), "client".to_owned());
            let style =
                ManagedLoginBranding::create(id, pool.id(), client, Branding::default(), now)?;
            state.add_branding(style)?;
            let request = json!({
                "UserPoolId": pool.id(), "ClientId": "client", "TermsName": "terms-of-use", "TermsSource": "LINK",
                "Enforcement": "NONE",
            });
            let request = serde_json::from_value(request).unwrap();
            state.add_terms(Terms::create(request, "terms".to_owned(), now))
        })
        .unwrap();
        pool.write(|state| {
            state.remove_client("client");
            Ok(())
        })
        .unwrap();
        let batches = recorder.0.lock();
        let rows = |batch: usize| -> Vec<_> {
            let rows = batches[batch].rows.iter();
            rows.map(|row| (row.kind, row.key.clone(), row.value.is_some()))
                .collect()
        };
        let expected = |is_there| {
            [
                (Kind::Client, "client"),
                (Kind::UiCustomization, "client"),
                (Kind::ManagedLoginBranding, "style"),
                (Kind::Terms, "terms"),
            ]
            .map(|(kind, key)| (kind, key.to_owned(), is_there))
        };
        assert_eq!(rows(1), expected(true));
        assert_eq!(rows(2), expected(false));
    }
}
