//! Pools by id, and in the order of their creation within each account and region.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use parking_lot::RwLock;

use crate::aws::Scope;

pub(super) struct Catalog<T> {
    by_id: DashMap<String, (Scope, u64, Arc<T>)>,
    by_scope: RwLock<BTreeMap<Scope, BTreeMap<u64, Arc<T>>>>,
    next: AtomicU64,
}

impl<T> Default for Catalog<T> {
    fn default() -> Self {
        Self {
            by_id: DashMap::new(),
            by_scope: RwLock::default(),
            next: AtomicU64::new(1),
        }
    }
}

impl<T> Catalog<T> {
    pub(super) fn get(&self, id: &str) -> Option<Arc<T>> {
        Some(self.by_id.get(id)?.2.clone())
    }

    /// Whether this very one is in it.
    pub(super) fn holds(&self, id: &str, value: &T) -> bool {
        let row = self.by_id.get(id);
        row.is_some_and(|row| std::ptr::eq(Arc::as_ptr(&row.2), value))
    }

    /// Where the next one stands.
    pub(super) fn next_place(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// False if the id is taken, which is unique in the whole server, or the place.
    pub(super) fn insert(&self, id: &str, scope: Scope, place: u64, value: Arc<T>) -> bool {
        match self.by_id.entry(id.to_owned()) {
            Entry::Vacant(vacant) => {
                let mut by_scope = self.by_scope.write();
                let places = by_scope.entry(scope.clone()).or_default();
                if place == 0 || places.contains_key(&place) {
                    return false;
                }
                places.insert(place, value.clone());
                self.next
                    .fetch_max(place.saturating_add(1), Ordering::Relaxed);
                vacant.insert((scope, place, value));
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    pub(super) fn remove(&self, id: &str) {
        if let Some((_, (scope, place, _))) = self.by_id.remove(id) {
            let mut by_scope = self.by_scope.write();
            if let Some(places) = by_scope.get_mut(&scope) {
                places.remove(&place);
                if places.is_empty() {
                    by_scope.remove(&scope);
                }
            }
        }
    }

    /// In the order of creation.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        let rows = self.by_id.iter();
        let mut rows: Vec<_> = rows.map(|row| (row.1, row.2.clone())).collect();
        rows.sort_by_key(|(place, _)| *place);
        rows.into_iter().map(|(_, value)| value).collect()
    }

    pub(super) fn len_in(&self, scope: &Scope) -> usize {
        self.by_scope.read().get(scope).map_or(0, BTreeMap::len)
    }

    /// At most `limit` after a place, and the place to go on from if more are left.
    pub(super) fn page(
        &self,
        scope: &Scope,
        after: u64,
        limit: usize,
    ) -> (Vec<Arc<T>>, Option<u64>) {
        let by_scope = self.by_scope.read();
        let Some(places) = by_scope.get(scope) else {
            return (Vec::new(), None);
        };
        let mut rows = places.range(after.saturating_add(1)..);
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let next = page
            .last()
            .filter(|_| rows.next().is_some())
            .map(|(place, _)| **place);
        (
            page.into_iter().map(|(_, value)| value.clone()).collect(),
            next,
        )
    }
}
