//! A collection that is found by key, and listed in the order of creation from where a page
//! stopped: the same cost for a page at the start and at the end.

use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, PartialEq)]
pub struct Ordered<T> {
    rows: BTreeMap<u64, T>,
    places: HashMap<Box<str>, u64>,
    next: u64,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            places: HashMap::new(),
            next: 1,
        }
    }
}

impl<T> Ordered<T> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn contains(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    pub fn place(&self, key: &str) -> Option<u64> {
        self.places.get(key).copied()
    }

    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(self.places.get(key)?)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.rows.get_mut(self.places.get(key)?)
    }

    /// Adds a row at the end, or replaces the one of this key where it stands.
    pub fn insert(&mut self, key: &str, row: T) -> u64 {
        let place = self.places.get(key).copied().unwrap_or_else(|| {
            let place = self.next;
            self.next += 1;
            self.places.insert(key.into(), place);
            place
        });
        self.rows.insert(place, row);
        place
    }

    /// Puts a row back where it stood; false if its key or its place is taken.
    pub fn restore(&mut self, key: &str, place: u64, row: T) -> bool {
        let is_free =
            place > 0 && !self.places.contains_key(key) && !self.rows.contains_key(&place);
        if is_free {
            self.next = self.next.max(place.saturating_add(1));
            self.places.insert(key.into(), place);
            self.rows.insert(place, row);
        }
        is_free
    }

    /// Each row with its key and place, in order.
    pub fn keyed(&self) -> Vec<(&str, u64, &T)> {
        let mut keyed: Vec<_> = self
            .places
            .iter()
            .filter_map(|(key, place)| Some((&**key, *place, self.rows.get(place)?)))
            .collect();
        keyed.sort_unstable_by_key(|(_, place, _)| *place);
        keyed
    }

    pub fn remove(&mut self, key: &str) -> Option<T> {
        let place = self.places.remove(key)?;
        self.rows.remove(&place)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// The rows after a place, each with its own.
    pub fn after(&self, place: u64) -> impl Iterator<Item = (u64, &T)> {
        self.rows
            .range((std::ops::Bound::Excluded(place), std::ops::Bound::Unbounded))
            .map(|(place, row)| (*place, row))
    }

    /// As [`Ordered::page`], but backwards: the rows before a place, or the last ones for 0.
    pub fn page_backwards(&self, before: u64, limit: usize) -> (Vec<&T>, Option<u64>) {
        let before = if before == 0 { u64::MAX } else { before };
        let mut rows = self.rows.range(..before).rev();
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let last = page.last().map(|(place, _)| **place);
        let next = last.filter(|_| rows.next().is_some());
        (page.into_iter().map(|(_, row)| row).collect(), next)
    }

    /// At most `limit` rows after a place, and the place to go on from if more are left.
    pub fn page(&self, after: u64, limit: usize) -> (Vec<&T>, Option<u64>) {
        let mut rows = self.after(after);
        let mut last = None;
        let mut page = Vec::new();
        for (place, row) in rows.by_ref().take(limit) {
            last = Some(place);
            page.push(row);
        }
        let next = if rows.next().is_some() { last } else { None };
        (page, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Ordered<char> {
        let mut letters = Ordered::default();
        for letter in 'a'..='e' {
            letters.insert(&letter.to_string(), letter);
        }
        letters
    }

    #[test]
    fn pages_follow_creation_and_end() {
        let letters = letters();
        let (first, next) = letters.page(0, 2);
        assert_eq!(first, [&'a', &'b']);
        let (second, next) = letters.page(next.unwrap(), 2);
        assert_eq!(second, [&'c', &'d']);
        let (third, next) = letters.page(next.unwrap(), 2);
        assert_eq!((third, next), (vec![&'e'], None));
        assert_eq!(letters.page(0, 5).1, None);
    }

    #[test]
    fn pages_go_backwards_too() {
        let letters = letters();
        let (first, next) = letters.page_backwards(0, 3);
        assert_eq!(first, [&'e', &'d', &'c']);
        let (second, next) = letters.page_backwards(next.unwrap(), 2);
        assert_eq!((second, next), (vec![&'b', &'a'], None));
    }

    #[test]
    fn a_page_goes_on_where_it_stopped_whatever_was_removed() {
        let mut letters = letters();
        let next = letters.page(0, 2).1.unwrap();
        letters.remove("b");
        letters.remove("c");
        letters.insert("f", 'f');
        assert_eq!(letters.page(next, 9).0, [&'d', &'e', &'f']);
    }

    #[test]
    fn a_key_inserted_again_keeps_its_place() {
        let mut letters = letters();
        letters.insert("a", 'A');
        assert_eq!(letters.iter().collect::<String>(), "Abcde");
        letters.remove("a");
        letters.insert("a", 'a');
        assert_eq!(letters.iter().collect::<String>(), "bcdea");
    }
}
