//! Indexes that keep no keys: they lead from the hash of a key to the places of the rows that may have
//! it, and the rows say which of them do. So an index costs some 30 bytes a row however long its keys are.
//! Hashes are keyed, so that nobody can choose keys that meet.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

/// Of keys that hardly any two rows share: one step, however many rows there are.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: HashTable<(u64, u64)>,
    hasher: RandomState,
}

impl Index {
    pub fn insert(&mut self, key: impl Hash, place: u64) {
        let hash = self.hasher.hash_one(key);
        self.entries
            .insert_unique(hash, (hash, place), |(hash, _)| *hash);
    }

    pub fn remove(&mut self, key: impl Hash, place: u64) {
        let hash = self.hasher.hash_one(key);
        if let Ok(entry) = self.entries.find_entry(hash, |it| *it == (hash, place)) {
            entry.remove();
        }
    }

    /// The places whose rows may have this key.
    pub fn places(&self, key: impl Hash) -> impl Iterator<Item = u64> {
        let hash = self.hasher.hash_one(key);
        let met = self.entries.iter_hash(hash);
        met.filter(move |entry| entry.0 == hash)
            .map(|(_, place)| *place)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Of copies only: two indexes over the same rows are keyed differently.
impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        let has = |entry: &(u64, u64)| other.entries.find(entry.0, |it| it == entry).is_some();
        self.entries.len() == other.entries.len() && self.entries.iter().all(has)
    }
}

/// Of keys that many rows may share: a few steps, and the places come in order.
#[derive(Debug, Clone, Default)]
pub struct SharedIndex {
    entries: BTreeSet<(u64, u64)>,
    hasher: RandomState,
}

impl SharedIndex {
    pub fn insert(&mut self, key: impl Hash, place: u64) {
        self.entries.insert((self.hasher.hash_one(key), place));
    }

    pub fn remove(&mut self, key: impl Hash, place: u64) {
        self.entries.remove(&(self.hasher.hash_one(key), place));
    }

    /// The places whose rows may have this key, in order.
    pub fn places(&self, key: impl Hash) -> impl Iterator<Item = u64> {
        let hash = self.hasher.hash_one(key);
        let range = self.entries.range((hash, 0)..=(hash, u64::MAX));
        range.map(|(_, place)| *place)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

/// As of [`Index`].
impl PartialEq for SharedIndex {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_its_place() {
        let mut index = Index::default();
        for place in 0..1000 {
            index.insert(place.to_string(), place);
        }
        index.remove("7", 7);
        let found = |key: &str| index.places(key).collect::<Vec<_>>();
        assert_eq!((found("8"), found("7")), (vec![8], vec![]));
        assert_eq!(index.len(), 999);
        assert_eq!(index, index.clone());
    }

    #[test]
    fn a_shared_key_leads_to_its_places_in_order() {
        let mut index = SharedIndex::default();
        for place in [3, 1, 2] {
            index.insert(("email", "a@b.co"), place);
        }
        index.insert(("email", "c@d.co"), 4);
        index.remove(("email", "a@b.co"), 2);
        let places: Vec<u64> = index.places(("email", "a@b.co")).collect();
        assert_eq!(places, [1, 3]);
        assert_eq!(index.places(("email", "nobody")).next(), None);
    }
}
