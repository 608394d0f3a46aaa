//! The identities of one pool, and the index from a login to the identity that it belongs to
//! (facts/identity.md §4).

use std::collections::{BTreeSet, HashMap};

use cognito_model::Timestamp;
use cognito_model::identity::IdentityDescription;
use serde::{Deserialize, Serialize};

use crate::changes::{Changes, Kind};
use crate::errors::{self, Result};
use crate::ordered::Ordered;

/// Logins of one identity (documented quota).
const MOST_LOGINS: usize = 20;

/// A user as a provider knows it: what a checked login token proves, or what the developer's own
/// backend says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Login {
    /// The key of Logins.
    pub provider: String,
    /// The user's id there.
    pub subject: String,
    /// Whether the provider is the pool's developer provider, of which an identity may have several users.
    pub is_developer: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub id: String,
    pub logins: BTreeSet<Login>,
    /// False once it was merged into another, or lost its last login.
    pub enabled: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
}

impl Identity {
    pub fn has(&self, login: &Login) -> bool {
        self.logins.contains(login)
    }

    pub fn is_guest(&self) -> bool {
        self.logins.is_empty()
    }

    /// The users of the developer provider, in the order of their names.
    pub fn developer_users(&self) -> Vec<&str> {
        let users = self.logins.iter().filter(|login| login.is_developer);
        users.map(|login| &*login.subject).collect()
    }

    /// As DescribeIdentity and ListIdentities show it. Whether AWS shows an empty list of logins is
    /// *assumed*: it does not.
    pub fn description(&self) -> IdentityDescription {
        let mut providers: Vec<String> = self.logins.iter().map(|it| it.provider.clone()).collect();
        providers.dedup();
        IdentityDescription {
            identity_id: Some(self.id.clone()),
            logins: (!providers.is_empty()).then_some(providers),
            creation_date: Some(self.created),
            last_modified_date: Some(self.modified),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identities {
    rows: Ordered<Identity>,
    by_login: HashMap<Login, String>,
}

impl Identities {
    pub fn get(&self, id: &str) -> Option<&Identity> {
        self.rows.get(id)
    }

    /// An identity that is not disabled.
    pub fn usable(&self, id: &str) -> Result<&Identity> {
        self.get(id)
            .filter(|identity| identity.enabled)
            .ok_or_else(|| errors::identity_not_found(id))
    }

    /// The order of creation.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.rows.place(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.rows.iter()
    }

    /// At most `limit` after a place, and the place to go on from if more are left.
    pub fn page(
        &self,
        after: u64,
        limit: usize,
        hide_disabled: bool,
    ) -> (Vec<&Identity>, Option<u64>) {
        let shown = |identity: &Identity| identity.enabled || !hide_disabled;
        let mut rows = self.rows.after(after).filter(|(_, row)| shown(row));
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let last = page.last().map(|(place, _)| *place);
        let next = last.filter(|_| rows.next().is_some());
        (page.into_iter().map(|(_, row)| row).collect(), next)
    }

    /// The identities that logins belong to, the oldest first.
    pub fn owners(&self, logins: &[Login]) -> Vec<String> {
        let mut owners: Vec<&str> = logins
            .iter()
            .filter_map(|login| self.owner(login))
            .collect();
        owners.sort_by_key(|id| self.rows.place(id));
        owners.dedup();
        owners.into_iter().map(str::to_owned).collect()
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
        let owners = self.owners(logins);
        if let Some((survivor, merged)) = owners.split_first() {
            self.merge(survivor, merged, logins, now, changes)?;
            return Ok(survivor.clone());
        }
        check_logins(&BTreeSet::new(), logins)?;
        let identity = Identity {
            id: new_id(),
            logins: BTreeSet::new(),
            enabled: true,
            created: now,
            modified: now,
        };
        let id = identity.id.clone();
        self.rows.insert(&id, identity);
        self.link(&id, logins, now, changes);
        Ok(id)
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
            .flat_map(|identity| identity.logins.iter().cloned());
        let logins: Vec<Login> = taken.chain(logins.iter().cloned()).collect();
        let identity = self
            .rows
            .get(survivor)
            .ok_or_else(|| errors::identity_not_found(survivor))?;
        check_logins(&identity.logins, &logins)?;
        for id in merged {
            if let Some(identity) = self.rows.get_mut(id) {
                identity.logins.clear();
                identity.enabled = false;
                identity.modified = now;
                changes.note(Kind::Identity, id);
            }
        }
        self.link(survivor, &logins, now, changes);
        Ok(())
    }

    /// Takes logins from an identity; without its last one it is disabled.
    pub fn unlink(&mut self, id: &str, logins: &[Login], now: Timestamp, changes: &mut Changes) {
        let Some(identity) = self.rows.get_mut(id) else {
            return;
        };
        for login in logins {
            if identity.logins.remove(login) {
                self.by_login.remove(login);
                identity.enabled = !identity.logins.is_empty();
                identity.modified = now;
                changes.note(Kind::Identity, id);
            }
        }
    }

    pub fn remove(&mut self, id: &str, changes: &mut Changes) -> bool {
        let Some(identity) = self.rows.remove(id) else {
            return false;
        };
        for login in &identity.logins {
            self.by_login.remove(login);
        }
        changes.note(Kind::Identity, id);
        true
    }

    /// Puts an identity back where it stood; false if its id, its place or a login is taken.
    pub fn restore(&mut self, place: u64, identity: Identity) -> bool {
        let logins = identity.logins.clone();
        let id = identity.id.clone();
        let is_taken = logins.iter().any(|login| self.by_login.contains_key(login));
        if is_taken || !self.rows.restore(&id, place, identity) {
            return false;
        }
        let logins = logins.into_iter().map(|login| (login, id.clone()));
        self.by_login.extend(logins);
        true
    }

    /// The identity that a login belongs to.
    pub fn owner(&self, login: &Login) -> Option<&str> {
        self.by_login.get(login).map(String::as_str)
    }

    fn link(&mut self, id: &str, logins: &[Login], now: Timestamp, changes: &mut Changes) {
        let Some(identity) = self.rows.get_mut(id) else {
            return;
        };
        changes.note(Kind::Identity, id);
        for login in logins {
            self.by_login.insert(login.clone(), id.to_owned());
            if identity.logins.insert(login.clone()) {
                identity.modified = now;
            }
        }
    }
}

/// One identity has one user of each public provider, and not too many logins.
fn check_logins(linked: &BTreeSet<Login>, logins: &[Login]) -> Result<()> {
    let mut linked = linked.clone();
    for login in logins {
        let is_another_user = |it: &Login| {
            it.provider == login.provider && it.subject != login.subject && !it.is_developer
        };
        if !login.is_developer && linked.iter().any(is_another_user) {
            return Err(errors::login_belongs_to_another_identity());
        }
        linked.insert(login.clone());
    }
    if linked.len() > MOST_LOGINS {
        return Err(errors::too_many_logins(MOST_LOGINS));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn login(provider: &str, subject: &str) -> Login {
        Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            is_developer: provider == "own",
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

    #[test]
    fn a_developer_may_know_one_identity_by_many_names() {
        let mut identities = Identities::default();
        let names: Vec<Login> = (0..20).map(|n| login("own", &n.to_string())).collect();
        find(&mut identities, &names, "1").unwrap();
        assert_eq!(identities.get("1").unwrap().developer_users().len(), 20);
        let shown = identities.get("1").unwrap().description().logins;
        assert_eq!(shown, Some(vec!["own".to_owned()]));
        let before = identities.clone();
        let refused = find(&mut identities, &[names[0].clone(), login("p", "a")], "2");
        assert!(refused.is_err());
        assert_eq!(identities, before);
    }

    #[test]
    fn pages_hide_what_is_disabled_where_asked_to() {
        let mut identities = Identities::default();
        for id in ["1", "2", "3"] {
            find(&mut identities, &[login("p", id)], id).unwrap();
        }
        let now = Timestamp::from_millis(0);
        identities.unlink("2", &[login("p", "2")], now, &mut Changes::default());
        let ids = |hide, after, limit| {
            let (page, next) = identities.page(after, limit, hide);
            let ids: Vec<&str> = page.into_iter().map(|it| &*it.id).collect();
            (ids, next.is_some())
        };
        assert_eq!(ids(false, 0, 3), (vec!["1", "2", "3"], false));
        assert_eq!(ids(true, 0, 2), (vec!["1", "3"], false));
        assert_eq!(ids(true, 0, 1), (vec!["1"], true));
        assert_eq!(ids(true, 1, 1), (vec!["3"], false));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Find(Vec<Login>),
        Merge(usize, usize),
        Unlink(usize, Login),
        Remove(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let one = (0..4_u8, 0..3_u8).prop_map(|(provider, subject)| {
            let provider = ["own", "p", "q", "r"][usize::from(provider)];
            login(provider, &subject.to_string())
        });
        let step = prop_oneof![
            4 => vec(one.clone(), 0..4).prop_map(Step::Find),
            2 => (0..20_usize, 0..20_usize).prop_map(|(one, other)| Step::Merge(one, other)),
            2 => (0..20_usize, one).prop_map(|(id, login)| Step::Unlink(id, login)),
            1 => (0..20_usize).prop_map(Step::Remove),
        ];
        vec(step, 1..60)
    }

    /// What the index says is what the rows say.
    fn assert_consistent(identities: &Identities) {
        let mut linked = 0;
        for identity in identities.iter() {
            for login in &identity.logins {
                assert_eq!(identities.owner(login), Some(&*identity.id));
            }
            linked += identity.logins.len();
            assert!(identity.enabled || identity.logins.is_empty());
            assert!(identity.logins.len() <= MOST_LOGINS);
            check_logins(&BTreeSet::new(), &Vec::from_iter(identity.logins.clone())).unwrap();
        }
        assert_eq!(identities.by_login.len(), linked);
    }

    proptest! {
        #[test]
        fn whatever_happens_a_login_leads_to_the_identity_that_has_it(steps in steps()) {
            let mut identities = Identities::default();
            let changes = &mut Changes::default();
            for (number, step) in steps.into_iter().enumerate() {
                let now = Timestamp::from_millis(i64::try_from(number).unwrap());
                let before = identities.clone();
                let result = match step {
                    Step::Find(logins) => {
                        let new_id = || number.to_string();
                        let found = identities.find_or_create(&logins, new_id, now, changes);
                        if let Ok(id) = &found {
                            let identity = identities.usable(id).unwrap();
                            prop_assert!(logins.iter().all(|login| identity.has(login)));
                        }
                        found.map(|_| ())
                    }
                    Step::Merge(one, other) => {
                        let (one, other) = (one.to_string(), other.to_string());
                        let usable = |id: &str| identities.usable(id).is_ok();
                        if one == other || !usable(&one) || !usable(&other) {
                            continue;
                        }
                        identities.merge(&one, &[other], &[], now, changes)
                    }
                    Step::Unlink(id, login) => {
                        let id = id.to_string();
                        identities.unlink(&id, std::slice::from_ref(&login), now, changes);
                        prop_assert!(!identities.get(&id).is_some_and(|it| it.has(&login)));
                        Ok(())
                    }
                    Step::Remove(id) => {
                        let id = id.to_string();
                        identities.remove(&id, changes);
                        prop_assert!(identities.get(&id).is_none());
                        Ok(())
                    }
                };
                assert_consistent(&identities);
                prop_assert!(result.is_ok() || identities == before);
            }
        }
    }
}
