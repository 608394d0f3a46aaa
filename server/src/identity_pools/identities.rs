//! The identities of one pool, and the index from a login to the identity that it belongs to
//! (facts/identity.md §4).

use std::collections::{BTreeMap, HashMap};

use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::changes::{Changes, Kind};
use crate::errors::{self, Result};
use crate::ordered::Ordered;

/// A user as a provider knows it: what a checked login token proves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Login {
    /// The key of Logins.
    pub provider: String,
    /// The user's id there.
    pub subject: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub id: String,
    /// Provider → the user's id there.
    pub logins: BTreeMap<String, String>,
    /// False once it was merged into another.
    pub enabled: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
}

impl Identity {
    pub fn has(&self, login: &Login) -> bool {
        self.logins
            .get(&login.provider)
            .is_some_and(|subject| *subject == login.subject)
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identities {
    rows: Ordered<Identity>,
    by_login: HashMap<(String, String), String>,
}

impl Identities {
    pub fn get(&self, id: &str) -> Option<&Identity> {
        self.rows.get(id)
    }

    /// The order of creation.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.rows.place(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.rows.iter()
    }

    /// The identity that the logins belong to, made with `new_id` if none is known. Logins of two
    /// identities make them one: the older stays, the other is disabled.
    pub fn find_or_create(
        &mut self,
        logins: &[Login],
        new_id: impl FnOnce() -> String,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<String> {
        let mut known: Vec<&str> = logins
            .iter()
            .filter_map(|login| self.owner(login))
            .collect();
        known.sort_by_key(|id| self.rows.place(id));
        known.dedup();
        let Some((survivor, merged)) = known.split_first() else {
            let identity = Identity {
                id: new_id(),
                logins: BTreeMap::new(),
                enabled: true,
                created: now,
                modified: now,
            };
            let id = identity.id.clone();
            self.rows.insert(&id, identity);
            self.link(&id, logins, now, changes)?;
            return Ok(id);
        };
        let survivor = (*survivor).to_owned();
        let merged: Vec<String> = merged.iter().map(|id| (*id).to_owned()).collect();
        self.merge(&survivor, &merged, logins, now, changes)?;
        Ok(survivor)
    }

    /// Adds logins to an identity, and takes over whatever other identities they belong to.
    pub fn merge(
        &mut self,
        survivor: &str,
        merged: &[String],
        logins: &[Login],
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<()> {
        let taken = merged
            .iter()
            .filter_map(|id| self.rows.get(id))
            .flat_map(|identity| &identity.logins)
            .map(|(provider, subject)| Login {
                provider: provider.clone(),
                subject: subject.clone(),
            });
        let logins: Vec<Login> = taken.chain(logins.iter().cloned()).collect();
        self.check_links(survivor, &logins)?;
        for id in merged {
            if let Some(identity) = self.rows.get_mut(id) {
                identity.logins.clear();
                identity.enabled = false;
                identity.modified = now;
                changes.note(Kind::Identity, id);
            }
        }
        self.link(survivor, &logins, now, changes)
    }

    /// The identity that a login belongs to.
    pub fn owner(&self, login: &Login) -> Option<&str> {
        self.by_login
            .get(&(login.provider.clone(), login.subject.clone()))
            .map(String::as_str)
    }

    /// One identity has one user of each provider.
    fn check_links(&self, id: &str, logins: &[Login]) -> Result<()> {
        let identity = self
            .rows
            .get(id)
            .ok_or_else(|| errors::identity_not_found(id))?;
        let mut linked = identity.logins.clone();
        for login in logins {
            let subject = linked
                .entry(login.provider.clone())
                .or_insert_with(|| login.subject.clone());
            if *subject != login.subject {
                return Err(errors::login_belongs_to_another_identity());
            }
        }
        Ok(())
    }

    fn link(
        &mut self,
        id: &str,
        logins: &[Login],
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<()> {
        let identity = self
            .rows
            .get_mut(id)
            .ok_or_else(|| errors::identity_not_found(id))?;
        changes.note(Kind::Identity, id);
        for login in logins {
            self.by_login.insert(
                (login.provider.clone(), login.subject.clone()),
                id.to_owned(),
            );
            let before = identity
                .logins
                .insert(login.provider.clone(), login.subject.clone());
            if before.as_deref() != Some(&login.subject) {
                identity.modified = now;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(provider: &str, subject: &str) -> Login {
        Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
        }
    }

    fn find(identities: &mut Identities, logins: &[Login], new_id: &str) -> Result<String> {
        let now = Timestamp::from_millis(0);
        identities.find_or_create(logins, || new_id.to_owned(), now, &mut Changes::default())
    }

    #[test]
    fn a_known_login_finds_its_identity_and_a_guest_is_new_each_time() {
        let mut identities = Identities::default();
        assert_eq!(
            find(&mut identities, &[login("p", "alice")], "1").unwrap(),
            "1"
        );
        assert_eq!(
            find(&mut identities, &[login("p", "alice")], "2").unwrap(),
            "1"
        );
        assert_eq!(
            find(&mut identities, &[login("p", "bob")], "2").unwrap(),
            "2"
        );
        assert_eq!(find(&mut identities, &[], "3").unwrap(), "3");
        assert_eq!(find(&mut identities, &[], "4").unwrap(), "4");
    }

    #[test]
    fn a_second_login_is_linked() {
        let mut identities = Identities::default();
        find(&mut identities, &[login("p", "alice")], "1").unwrap();
        assert_eq!(
            find(
                &mut identities,
                &[login("p", "alice"), login("q", "a")],
                "2"
            )
            .unwrap(),
            "1"
        );
        assert_eq!(find(&mut identities, &[login("q", "a")], "2").unwrap(), "1");
    }

    #[test]
    fn logins_of_two_identities_make_them_one() {
        let mut identities = Identities::default();
        find(&mut identities, &[login("p", "alice")], "1").unwrap();
        find(&mut identities, &[login("q", "a")], "2").unwrap();
        assert_eq!(
            find(
                &mut identities,
                &[login("q", "a"), login("p", "alice")],
                "3"
            )
            .unwrap(),
            "1"
        );
        assert!(!identities.get("2").unwrap().enabled);
        assert_eq!(find(&mut identities, &[login("q", "a")], "3").unwrap(), "1");
    }

    #[test]
    fn two_users_of_one_provider_never_share_an_identity() {
        let mut identities = Identities::default();
        find(
            &mut identities,
            &[login("p", "alice"), login("q", "a")],
            "1",
        )
        .unwrap();
        find(&mut identities, &[login("q", "b")], "2").unwrap();
        let before = identities.clone();
        assert!(
            find(
                &mut identities,
                &[login("p", "alice"), login("q", "b")],
                "3"
            )
            .is_err()
        );
        assert_eq!(identities, before);
    }
}
