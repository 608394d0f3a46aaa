//! The users of one pool, and the indexes that find them: username, `sub`, the aliases or username
//! attributes that the pool signs in with, and identities of external providers. Which names find a
//! user is decided here, once (facts/users.md §3).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use cognito_model::idp::{AliasAttributeType, UsernameAttributeType};

use super::index::{Index, SharedIndex};
use super::{Attributes, Filter, LinkedIdentity, User, UserPool};
use crate::changes::{Changes, Kind};

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
    fn normal<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.case_sensitive {
            Cow::Borrowed(name)
        } else {
            Cow::Owned(name.to_lowercase())
        }
    }

    fn are_same(&self, one: &str, other: &str) -> bool {
        one == other || self.normal(one) == self.normal(other)
    }

    /// The attributes that may find a user.
    fn attributes(&self) -> impl Iterator<Item = &'static str> {
        let aliases = self.aliases.iter();
        self.username_attributes.iter().chain(aliases).copied()
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
    /// By place, in the order of creation. Boxed, since the leaves of a map that grows at its end are
    /// half empty.
    rows: BTreeMap<u64, Box<User>>,
    last_place: u64,
    by_username: Index,
    by_sub: Index,
    /// By attribute name and normal value.
    by_alias: Index,
    /// By provider and attribute, then by the attribute's value, whose case always counts.
    by_identity: HashMap<ProviderAttribute, HashMap<Box<str>, u64>>,
    /// The places of a group's members.
    by_group: HashMap<Box<str>, BTreeSet<u64>>,
    /// By attribute name and value in lower case, whether or not it is an alias.
    by_address: SharedIndex,
}

impl Users {
    pub fn new(names: SignInNames) -> Self {
        Self {
            names,
            rows: BTreeMap::new(),
            last_place: 0,
            by_username: Index::default(),
            by_sub: Index::default(),
            by_alias: Index::default(),
            by_identity: HashMap::new(),
            by_group: HashMap::new(),
            by_address: SharedIndex::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A name as the pool compares it with others.
    pub fn normal(&self, name: &str) -> Box<str> {
        self.names.normal(name).into()
    }

    /// Each user with its place, in the order of creation.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &User)> {
        self.after(0)
    }

    /// The user of exactly this username, with its place.
    pub fn placed(&self, username: &str) -> Option<(u64, &User)> {
        let place = self.place_of_username(username)?;
        let user = self.at(place)?;
        (user.username == username).then_some((place, user))
    }

    /// Puts a user back where it stood; false if its place or one of its names is taken.
    pub fn restore(&mut self, place: u64, user: User) -> bool {
        let names = self.names_of_user(&user);
        let is_taken = self.rows.contains_key(&place)
            || self.place_of_username(&user.username).is_some()
            || self.place_of_sub(&user.sub).is_some()
            || names
                .iter()
                .any(|(name, value)| self.place_of_alias(name, value).is_some());
        if is_taken || place == 0 {
            return false;
        }
        self.put(user, place);
        self.last_place = self.last_place.max(place);
        true
    }

    /// By username, `sub`, or whatever else the pool signs in with.
    pub fn find(&self, name: &str) -> Option<&User> {
        self.at(self.place(name)?)
    }

    pub fn find_by_username(&self, username: &str) -> Option<&User> {
        self.at(self.place_of_username(username)?)
    }

    pub fn find_by_sub(&self, sub: &str) -> Option<&User> {
        self.at(self.place_of_sub(sub)?)
    }

    /// The user whom an alias or username attribute names.
    pub fn find_by_attribute(&self, name: &str, value: &str) -> Option<&User> {
        let name = self.names.attributes().find(|it| *it == name)?;
        self.at(self.place_of_alias(name, value)?)
    }

    fn at(&self, place: u64) -> Option<&User> {
        self.rows.get(&place).map(|user| &**user)
    }

    /// Whoever of those that an index points to really has the key.
    fn pick_place(
        &self,
        mut places: impl Iterator<Item = u64>,
        has_key: impl Fn(&User) -> bool,
    ) -> Option<u64> {
        places.find(|place| self.at(*place).is_some_and(&has_key))
    }

    fn place_of_username(&self, username: &str) -> Option<u64> {
        let places = self.by_username.places(self.names.normal(username));
        self.pick_place(places, |user| self.names.are_same(&user.username, username))
    }

    fn place_of_sub(&self, sub: &str) -> Option<u64> {
        self.pick_place(self.by_sub.places(sub), |user| user.sub == sub)
    }

    fn place_of_alias(&self, name: &'static str, value: &str) -> Option<u64> {
        let places = self.by_alias.places((name, self.names.normal(value)));
        self.pick_place(places, |user| {
            let mut names = self.names_of_user(user).into_iter();
            names.any(|(alias, own)| alias == name && self.names.are_same(own, value))
        })
    }

    /// The user whom an identity of an external provider signs in.
    pub fn find_by_identity(&self, provider: &str, attribute: &str, value: &str) -> Option<&User> {
        let values = self.by_identity.get(&(provider.into(), attribute.into()))?;
        self.at(*values.get(value)?)
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

    /// The names that a user is found by, username aside. Who came from another provider signs in there
    /// alone, and may have the same addresses as somebody else.
    pub fn names_of_user<'u>(&self, user: &'u User) -> Vec<(&'static str, &'u str)> {
        if user.is_federated() {
            return Vec::new();
        }
        self.names.of_user(&user.attributes)
    }

    /// The names that a native user with these attributes would be found by, username aside.
    pub fn names_of<'u>(&self, attributes: &'u Attributes) -> Vec<(&'static str, &'u str)> {
        self.names.of_user(attributes)
    }

    fn place(&self, name: &str) -> Option<u64> {
        self.place_of_username(name)
            .or_else(|| self.place_of_sub(name))
            .or_else(|| {
                let mut attributes = self.names.attributes();
                attributes.find_map(|attribute| self.place_of_alias(attribute, name))
            })
    }

    /// Whether a name finds this user, once it is there.
    pub fn would_find(&self, name: &str, user: &User) -> bool {
        let mut names = self.names_of_user(user).into_iter();
        self.names.are_same(&user.username, name)
            || user.sub == name
            || names.any(|(_, own)| self.names.are_same(own, name))
    }

    /// Adds a user whose names are free; the caller has checked that.
    pub fn insert(&mut self, user: User, changes: &mut Changes) {
        changes.note(Kind::User, &user.username);
        self.last_place += 1;
        self.put(user, self.last_place);
    }

    fn put(&mut self, user: User, place: u64) {
        self.by_username
            .insert(self.names.normal(&user.username), place);
        self.by_sub.insert(&*user.sub, place);
        self.join(user.groups.clone(), place);
        self.know(&user.identities, place);
        self.rows.insert(place, Box::new(user));
        self.settle(place);
    }

    /// Changes a user, and the indexes with it. Username and `sub` stay as they are.
    pub fn update<T>(
        &mut self,
        name: &str,
        changes: &mut Changes,
        change: impl FnOnce(&mut User) -> T,
    ) -> Option<T> {
        let place = self.place(name)?;
        self.unsettle(place);
        let user = self.rows.get_mut(&place)?;
        let (groups, identities) = (user.groups.clone(), user.identities.clone());
        let result = change(user);
        changes.note(Kind::User, &user.username);
        if user.groups != groups {
            let joined = user.groups.clone();
            self.leave(&groups, place);
            self.join(joined, place);
        }
        let user = self.rows.get(&place)?;
        if user.identities != identities {
            let known = user.identities.clone();
            self.forget(&identities);
            self.know(&known, place);
        }
        self.settle(place);
        Some(result)
    }

    pub fn remove(&mut self, name: &str, changes: &mut Changes) -> Option<User> {
        let place = self.place(name)?;
        self.unsettle(place);
        let user = self.rows.remove(&place)?;
        changes.note(Kind::User, &user.username);
        self.by_username
            .remove(self.names.normal(&user.username), place);
        self.by_sub.remove(&*user.sub, place);
        self.leave(&user.groups, place);
        self.forget(&user.identities);
        Some(*user)
    }

    pub fn page(&self, after: u64, limit: usize) -> (Vec<&User>, Option<u64>) {
        page_of(self.after(after), limit)
    }

    fn after(&self, place: u64) -> impl Iterator<Item = (u64, &User)> {
        self.rows
            .range(place.saturating_add(1)..)
            .map(|(place, user)| (*place, &**user))
    }

    /// A page of those whom a filter matches: found by an index where there is one.
    pub fn search(&self, filter: &Filter, after: u64, limit: usize) -> (Vec<&User>, Option<u64>) {
        match filter.exact() {
            Some(("username", name)) => {
                self.pick(self.place_of_username(name), filter, after, limit)
            }
            Some(("sub", sub)) => self.pick(self.place_of_sub(sub), filter, after, limit),
            Some((attribute @ ("email" | "phone_number"), value)) => {
                let places = self.by_address.places((attribute, value));
                self.pick(places, filter, after, limit)
            }
            _ => page_of(
                self.after(after).filter(|(_, user)| filter.matches(user)),
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
        let users = rows.filter_map(|place| Some((place, self.at(place)?)));
        page_of(users.filter(|(_, user)| filter.matches(user)), limit)
    }

    /// Notes the names and addresses of a user.
    fn settle(&mut self, place: u64) {
        let Some(user) = self.rows.get(&place) else {
            return;
        };
        for (name, value) in self.names_of_user(user) {
            self.by_alias
                .insert((name, self.names.normal(value)), place);
        }
        for (name, value) in addresses(&user.attributes) {
            self.by_address.insert((name, &*value), place);
        }
    }

    fn unsettle(&mut self, place: u64) {
        let Some(user) = self.rows.get(&place) else {
            return;
        };
        for (name, value) in self.names_of_user(user) {
            self.by_alias
                .remove((name, self.names.normal(value)), place);
        }
        for (name, value) in addresses(&user.attributes) {
            self.by_address.remove((name, &*value), place);
        }
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
                .filter_map(|place| self.at(place))
                .collect(),
            next,
        )
    }

    /// The usernames of all members of a group.
    pub fn all_members(&self, group: &str) -> Vec<String> {
        let places = self.by_group.get(group).into_iter().flatten();
        places
            .filter_map(|place| Some(self.at(*place)?.username.clone()))
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
}

/// The addresses of a user as the index holds them.
fn addresses(attributes: &Attributes) -> impl Iterator<Item = (&'static str, String)> {
    ["email", "phone_number"]
        .into_iter()
        .filter_map(|name| Some((name, attributes.get(name)?.to_lowercase())))
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
            imported_password: None,
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
                for row in users.rows.values() {
                    rebuilt.insert((**row).clone(), changes);
                }
                prop_assert_eq!(rebuilt.by_username.len(), users.by_username.len());
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
                for row in users.rows.values() {
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
