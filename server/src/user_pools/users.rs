//! The users of one pool, and the indexes that find them: username, `sub`, the aliases or username
//! attributes that the pool signs in with, and identities of external providers. Which names find a
//! user is decided here, once (facts/users.md §3).

use std::collections::{BTreeSet, HashMap};

use cognito_model::idp::{AliasAttributeType, UsernameAttributeType};

use super::{Attributes, Filter, LinkedIdentity, User, UserPool};
use crate::changes::{Changes, Kind};
use crate::ordered::Ordered;

/// How a pool's users are named when they sign in: fixed when the pool is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInNames {
    case_sensitive: bool,
    /// Aliases that work once they are verified; `preferred_username` needs no verification.
    aliases: Vec<&'static str>,
    /// Attributes that stand for the username, verified or not.
    username_attributes: Vec<&'static str>,
}

impl SignInNames {
    pub fn of(pool: &UserPool) -> Self {
        let description = &pool.description;
        Self {
            case_sensitive: pool.is_case_sensitive(),
            aliases: description
                .alias_attributes
                .iter()
                .flatten()
                .map(|alias| AliasAttributeType::as_str(*alias))
                .collect(),
            username_attributes: description
                .username_attributes
                .iter()
                .flatten()
                .map(|attribute| UsernameAttributeType::as_str(*attribute))
                .collect(),
        }
    }

    /// A name as the indexes hold it.
    fn normal(&self, name: &str) -> Box<str> {
        if self.case_sensitive {
            name.into()
        } else {
            name.to_lowercase().into()
        }
    }

    /// The attributes of a user that find it, each with its value.
    fn of_user<'u>(&self, attributes: &'u Attributes) -> Vec<(&'static str, &'u str)> {
        let aliases = self.aliases.iter().filter(|name| match **name {
            "email" => attributes.is_true("email_verified"),
            "phone_number" => attributes.is_true("phone_number_verified"),
            _ => true,
        });
        self.username_attributes
            .iter()
            .chain(aliases)
            .filter_map(|name| Some((*name, attributes.get(name)?)))
            .collect()
    }
}

/// A provider, and an attribute that finds identities of it.
type ProviderAttribute = (Box<str>, Box<str>);

/// Private maps, so that no one can change a user and leave an index behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Users {
    names: SignInNames,
    /// By normal username.
    rows: Ordered<User>,
    by_sub: HashMap<Box<str>, u64>,
    /// By attribute name and normal value.
    by_alias: HashMap<(&'static str, Box<str>), u64>,
    /// By provider and attribute, then by the attribute's value, whose case always counts.
    by_identity: HashMap<ProviderAttribute, HashMap<Box<str>, u64>>,
    /// The places of a group's members.
    by_group: HashMap<Box<str>, BTreeSet<u64>>,
    /// The places of those who have an address, in lower case, whether or not it is an alias.
    by_address: HashMap<(&'static str, Box<str>), Vec<u64>>,
}

impl Users {
    pub fn new(names: SignInNames) -> Self {
        Self {
            names,
            rows: Ordered::default(),
            by_sub: HashMap::new(),
            by_alias: HashMap::new(),
            by_identity: HashMap::new(),
            by_group: HashMap::new(),
            by_address: HashMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// By username, `sub`, or whatever else the pool signs in with.
    pub fn find(&self, name: &str) -> Option<&User> {
        self.rows.at(self.place(name)?)
    }

    pub fn find_by_username(&self, username: &str) -> Option<&User> {
        self.rows.get(&self.names.normal(username))
    }

    pub fn find_by_sub(&self, sub: &str) -> Option<&User> {
        self.rows.at(*self.by_sub.get(sub)?)
    }

    /// The user whom an alias or username attribute names.
    pub fn find_by_attribute(&self, name: &str, value: &str) -> Option<&User> {
        let name = self
            .names
            .username_attributes
            .iter()
            .chain(&self.names.aliases)
            .find(|it| **it == name)?;
        self.rows
            .at(*self.by_alias.get(&(*name, self.names.normal(value)))?)
    }

    /// The user whom an identity of an external provider signs in.
    pub fn find_by_identity(&self, provider: &str, attribute: &str, value: &str) -> Option<&User> {
        let values = self.by_identity.get(&(provider.into(), attribute.into()))?;
        self.rows.at(*values.get(value)?)
    }

    /// The names of the attributes that find identities of a provider.
    pub fn attributes_of_provider(&self, provider: &str) -> Vec<&str> {
        let names = self.by_identity.keys();
        names
            .filter(|(name, _)| &**name == provider)
            .map(|(_, attribute)| &**attribute)
            .collect()
    }

    /// Whether an attribute stands for the username, verified or not.
    pub fn signs_in_by(&self, attribute: &str) -> bool {
        self.names.username_attributes.contains(&attribute)
    }

    /// The names that a user with these attributes would be found by, username aside.
    pub fn names_of<'u>(&self, attributes: &'u Attributes) -> Vec<(&'static str, &'u str)> {
        self.names.of_user(attributes)
    }

    fn place(&self, name: &str) -> Option<u64> {
        let normal = self.names.normal(name);
        self.rows
            .place(&normal)
            .or_else(|| self.by_sub.get(name).copied())
            .or_else(|| {
                self.names
                    .username_attributes
                    .iter()
                    .chain(&self.names.aliases)
                    .find_map(|attribute| self.by_alias.get(&(*attribute, normal.clone())).copied())
            })
    }

    /// Adds a user whose names are free; the caller has checked that.
    pub fn insert(&mut self, user: User, changes: &mut Changes) {
        changes.note(Kind::User, &user.username);
        let key = self.names.normal(&user.username);
        let sub: Box<str> = user.sub.as_str().into();
        let aliases = self.alias_keys(&user);
        let (groups, identities) = (user.groups.clone(), user.identities.clone());
        let place = self.rows.insert(&key, user);
        self.by_sub.insert(sub, place);
        self.join(groups, place);
        self.know(&identities, place);
        self.settle(place);
        self.by_alias
            .extend(aliases.into_iter().map(|alias| (alias, place)));
    }

    /// Changes a user, and the indexes with it. Username and `sub` stay as they are.
    pub fn update<T>(
        &mut self,
        name: &str,
        changes: &mut Changes,
        change: impl FnOnce(&mut User) -> T,
    ) -> Option<T> {
        let place = self.place(name)?;
        let before = self.alias_keys(self.rows.at(place)?);
        self.unsettle(place);
        let user = self.rows.at_mut(place)?;
        let (groups, identities) = (user.groups.clone(), user.identities.clone());
        let result = change(user);
        changes.note(Kind::User, &user.username);
        self.settle(place);
        let user = self.rows.at(place)?;
        if user.groups != groups {
            let joined = user.groups.clone();
            self.leave(&groups, place);
            self.join(joined, place);
        }
        let user = self.rows.at(place)?;
        if user.identities != identities {
            let known = user.identities.clone();
            self.forget(&identities);
            self.know(&known, place);
        }
        let after = self.alias_keys(self.rows.at(place)?);
        if before != after {
            for alias in before {
                self.by_alias.remove(&alias);
            }
            self.by_alias
                .extend(after.into_iter().map(|alias| (alias, place)));
        }
        Some(result)
    }

    pub fn remove(&mut self, name: &str, changes: &mut Changes) -> Option<User> {
        let place = self.place(name)?;
        let user = self.rows.at(place)?;
        let (key, aliases) = (self.names.normal(&user.username), self.alias_keys(user));
        changes.note(Kind::User, &user.username);
        for alias in aliases {
            self.by_alias.remove(&alias);
        }
        self.unsettle(place);
        let user = self.rows.remove(&key)?;
        self.leave(&user.groups, place);
        self.forget(&user.identities);
        self.by_sub.remove(user.sub.as_str());
        Some(user)
    }

    pub fn page(&self, after: u64, limit: usize) -> (Vec<&User>, Option<u64>) {
        self.rows.page(after, limit)
    }

    /// A page of those whom a filter matches: found by an index where there is one.
    pub fn search(&self, filter: &Filter, after: u64, limit: usize) -> (Vec<&User>, Option<u64>) {
        match filter.exact() {
            Some(("username", name)) => self.pick(
                self.rows.place(&self.names.normal(name)),
                filter,
                after,
                limit,
            ),
            Some(("sub", sub)) => self.pick(self.by_sub.get(sub).copied(), filter, after, limit),
            Some((attribute @ ("email" | "phone_number"), value)) => {
                let places = self.by_address.get(&(attribute, value.into()));
                self.pick(places.into_iter().flatten().copied(), filter, after, limit)
            }
            _ => page_of(
                self.rows
                    .after(after)
                    .filter(|(_, user)| filter.matches(user)),
                limit,
            ),
        }
    }

    fn pick(
        &self,
        places: impl IntoIterator<Item = u64>,
        filter: &Filter,
        after: u64,
        limit: usize,
    ) -> (Vec<&User>, Option<u64>) {
        let rows = places.into_iter().filter(|place| *place > after);
        let users = rows.filter_map(|place| Some((place, self.rows.at(place)?)));
        page_of(users.filter(|(_, user)| filter.matches(user)), limit)
    }

    /// Notes the addresses of a user.
    fn settle(&mut self, place: u64) {
        for key in self.address_keys(place) {
            let places = self.by_address.entry(key).or_default();
            if let Err(index) = places.binary_search(&place) {
                places.insert(index, place);
            }
        }
    }

    fn unsettle(&mut self, place: u64) {
        for key in self.address_keys(place) {
            if let Some(places) = self.by_address.get_mut(&key) {
                places.retain(|it| *it != place);
                if places.is_empty() {
                    self.by_address.remove(&key);
                }
            }
        }
    }

    fn address_keys(&self, place: u64) -> Vec<(&'static str, Box<str>)> {
        let Some(user) = self.rows.at(place) else {
            return Vec::new();
        };
        ["email", "phone_number"]
            .into_iter()
            .filter_map(|name| Some((name, user.attributes.get(name)?.to_lowercase().into())))
            .collect()
    }

    /// A page of a group's members.
    pub fn members(&self, group: &str, after: u64, limit: usize) -> (Vec<&User>, Option<u64>) {
        let Some(places) = self.by_group.get(group) else {
            return (Vec::new(), None);
        };
        let mut rest = places.range(after.saturating_add(1)..);
        let page: Vec<u64> = rest.by_ref().take(limit).copied().collect();
        let next = page.last().copied().filter(|_| rest.next().is_some());
        (
            page.into_iter()
                .filter_map(|place| self.rows.at(place))
                .collect(),
            next,
        )
    }

    /// The usernames of all members of a group.
    pub fn all_members(&self, group: &str) -> Vec<String> {
        let places = self.by_group.get(group).into_iter().flatten();
        places
            .filter_map(|place| Some(self.rows.at(*place)?.username.clone()))
            .collect()
    }

    fn join(&mut self, groups: Vec<Box<str>>, place: u64) {
        for group in groups {
            self.by_group.entry(group).or_default().insert(place);
        }
    }

    fn leave(&mut self, groups: &[Box<str>], place: u64) {
        for group in groups {
            if let Some(places) = self.by_group.get_mut(group) {
                places.remove(&place);
                if places.is_empty() {
                    self.by_group.remove(group);
                }
            }
        }
    }

    fn know(&mut self, identities: &[LinkedIdentity], place: u64) {
        for it in identities {
            self.by_identity
                .entry(identity_key(it))
                .or_default()
                .insert(it.value.as_str().into(), place);
        }
    }

    fn forget(&mut self, identities: &[LinkedIdentity]) {
        for it in identities {
            let key = identity_key(it);
            if let Some(values) = self.by_identity.get_mut(&key) {
                values.remove(it.value.as_str());
                if values.is_empty() {
                    self.by_identity.remove(&key);
                }
            }
        }
    }

    fn alias_keys(&self, user: &User) -> Vec<(&'static str, Box<str>)> {
        self.names
            .of_user(&user.attributes)
            .into_iter()
            .map(|(name, value)| (name, self.names.normal(value)))
            .collect()
    }
}

fn identity_key(it: &LinkedIdentity) -> ProviderAttribute {
    (
        it.provider_name.as_str().into(),
        it.attribute.as_str().into(),
    )
}

fn page_of<'u>(
    mut users: impl Iterator<Item = (u64, &'u User)>,
    limit: usize,
) -> (Vec<&'u User>, Option<u64>) {
    let page: Vec<_> = users.by_ref().take(limit).collect();
    let next = page
        .last()
        .map(|(place, _)| *place)
        .filter(|_| users.next().is_some());
    (page.into_iter().map(|(_, user)| user).collect(), next)
}

#[cfg(test)]
mod tests {
    use cognito_model::Timestamp;
    use cognito_model::idp::UserStatusType;
    use proptest::prelude::*;

    use super::*;

    fn names(
        case_sensitive: bool,
        aliases: &[&'static str],
        attributes: &[&'static str],
    ) -> SignInNames {
        SignInNames {
            case_sensitive,
            aliases: aliases.to_vec(),
            username_attributes: attributes.to_vec(),
        }
    }

    fn user(username: &str, attributes: &[(&str, &str)]) -> User {
        let mut kept = Attributes::default();
        for (name, value) in attributes {
            kept.set(name, value);
        }
        User {
            username: username.to_owned(),
            sub: format!("sub-{username}"),
            attributes: kept,
            status: UserStatusType::Confirmed,
            enabled: true,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
            password: None,
            former_passwords: Vec::new(),
            groups: Vec::new(),
            identities: Default::default(),
            lockout: Default::default(),
            codes: Default::default(),
            attempts: Default::default(),
            factors: Default::default(),
            devices: Default::default(),
            sign_ins: Default::default(),
            passkeys: Default::default(),
            events: Default::default(),
        }
    }

    /// One of a user's own: no other user has it, as the checks before a link see to.
    fn identity(user: u8, number: u8) -> LinkedIdentity {
        LinkedIdentity {
            provider_name: ["Google", "Okta"][usize::from(number % 2)].to_owned(),
            provider_type: cognito_model::idp::IdentityProviderTypeType::Google,
            issuer: None,
            attribute: ["Cognito_Subject", "email"][usize::from(number / 2 % 2)].to_owned(),
            value: format!("{user}-{number}"),
            is_primary: false,
            created: Timestamp::from_millis(0),
        }
    }

    fn found(users: &Users, name: &str) -> Option<String> {
        users.find(name).map(|user| user.username.clone())
    }

    #[test]
    fn a_pool_without_aliases_finds_by_username_and_sub_only() {
        let mut users = Users::new(names(true, &[], &[]));
        users.insert(
            user("alice", &[("email", "a@b.co"), ("email_verified", "true")]),
            &mut Changes::default(),
        );
        assert_eq!(found(&users, "alice").as_deref(), Some("alice"));
        assert_eq!(found(&users, "sub-alice").as_deref(), Some("alice"));
        assert_eq!(found(&users, "Alice"), None);
        assert_eq!(found(&users, "a@b.co"), None);
    }

    #[test]
    fn an_alias_finds_once_it_is_verified() {
        let mut users = Users::new(names(true, &["email", "preferred_username"], &[]));
        let changes = &mut Changes::default();
        users.insert(
            user(
                "alice",
                &[("email", "a@b.co"), ("preferred_username", "al")],
            ),
            changes,
        );
        assert_eq!(found(&users, "a@b.co"), None);
        assert_eq!(found(&users, "al").as_deref(), Some("alice"));
        users.update("alice", changes, |user| {
            user.attributes.set("email_verified", "true");
        });
        assert_eq!(found(&users, "a@b.co").as_deref(), Some("alice"));
        users.update("alice", changes, |user| {
            user.attributes.set("email", "new@b.co");
        });
        assert_eq!(found(&users, "a@b.co"), None);
        assert_eq!(found(&users, "new@b.co").as_deref(), Some("alice"));
        users.remove("alice", changes);
        assert_eq!(found(&users, "new@b.co"), None);
        assert!(users.is_empty());
    }

    #[test]
    fn a_username_attribute_finds_unverified_and_in_any_case_if_the_pool_says_so() {
        let mut users = Users::new(names(false, &[], &["email"]));
        users.insert(
            user("0-sub", &[("email", "Mixed@Case.co")]),
            &mut Changes::default(),
        );
        assert_eq!(found(&users, "mixed@CASE.co").as_deref(), Some("0-sub"));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u8, u8),
        SetEmail(u8, u8),
        Verify(u8, bool),
        Remove(u8),
        SetGroups(u8, Vec<u8>),
        SetIdentities(u8, Vec<u8>),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..6u8, 0..6u8).prop_map(|(user, email)| Step::Insert(user, email)),
            (0..6u8, 0..6u8).prop_map(|(user, email)| Step::SetEmail(user, email)),
            (0..6u8, any::<bool>()).prop_map(|(user, verified)| Step::Verify(user, verified)),
            (0..6u8).prop_map(Step::Remove),
            (0..6u8, proptest::collection::vec(0..3u8, 0..3))
                .prop_map(|(user, groups)| Step::SetGroups(user, groups)),
            (0..6u8, proptest::collection::vec(0..6u8, 0..3))
                .prop_map(|(user, identities)| Step::SetIdentities(user, identities)),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        /// Whatever happens, the indexes are those that the rows alone would give.
        #[test]
        fn the_indexes_are_what_the_rows_say(steps in steps()) {
            let mut users = Users::new(names(false, &["email"], &[]));
            let changes = &mut Changes::default();
            for step in steps {
                match step {
                    Step::Insert(id, email) => {
                        let name = format!("User{id}");
                        if users.find(&name).is_none() {
                            // An address of each user's own, as the checks before an insert see to.
                            users.insert(user(&name, &[("email", &format!("{id}-{email}@b.co"))]), changes);
                        }
                    }
                    Step::SetEmail(id, email) => {
                        users.update(&format!("user{id}"), changes, |user| {
                            user.attributes.set("email", &format!("{id}-{email}@b.co"));
                        });
                    }
                    Step::Verify(id, verified) => {
                        let flag = verified.to_string();
                        users.update(&format!("USER{id}"), changes, |user| user.attributes.set("email_verified", &flag));
                    }
                    Step::SetGroups(id, groups) => {
                        users.update(&format!("user{id}"), changes, |user| {
                            user.groups = groups.iter().map(|group| group.to_string().into()).collect();
                        });
                    }
                    Step::SetIdentities(id, identities) => {
                        users.update(&format!("user{id}"), changes, |user| {
                            *user.identities = identities.iter().map(|it| identity(id, *it)).collect();
                        });
                    }
                    Step::Remove(id) => {
                        users.remove(&format!("user{id}"), changes);
                    }
                }
                let mut rebuilt = Users::new(users.names.clone());
                for row in users.rows.iter() {
                    rebuilt.insert(row.clone(), changes);
                }
                prop_assert_eq!(rebuilt.by_sub.len(), users.by_sub.len());
                prop_assert_eq!(rebuilt.by_alias.len(), users.by_alias.len());
                prop_assert_eq!(&rebuilt.by_identity.keys().collect::<BTreeSet<_>>(), &users.by_identity.keys().collect());
                prop_assert_eq!(
                    rebuilt.by_identity.values().map(HashMap::len).sum::<usize>(),
                    users.by_identity.values().map(HashMap::len).sum::<usize>()
                );
                prop_assert_eq!(rebuilt.by_address.len(), users.by_address.len());
                prop_assert_eq!(
                    rebuilt.by_group.values().map(BTreeSet::len).sum::<usize>(),
                    users.by_group.values().map(BTreeSet::len).sum::<usize>()
                );
                for row in users.rows.iter() {
                    let email = format!("email = \"{}\"", row.attributes.get("email").unwrap());
                    let found_by_filter = users.search(&Filter::parse(&email).unwrap().unwrap(), 0, 60).0;
                    prop_assert_eq!(found_by_filter.len(), 1);
                    for group in &row.groups {
                        prop_assert!(users.all_members(group).contains(&row.username));
                    }
                    for it in row.identities.iter() {
                        let owner = users.find_by_identity(&it.provider_name, &it.attribute, &it.value);
                        prop_assert_eq!(owner.map(|user| &user.username), Some(&row.username));
                    }
                    prop_assert_eq!(found(&users, &row.sub), Some(row.username.clone()));
                    let email = row.attributes.get("email").unwrap();
                    let by_email = found(&users, email);
                    prop_assert_eq!(by_email.is_some(), row.attributes.is_true("email_verified"));
                }
            }
        }
    }
}
