//! Maps of what is good for a while and then for nothing.

use std::collections::HashMap;
use std::hash::Hash;

/// Fewer are never looked through.
const FEW: usize = 64;

/// Before one more comes, forgets the dead now and then: when the map is full, and each time it has doubled. So
/// it never holds many more than lived at once, and looking for them costs each newcomer next to nothing.
pub(super) fn forget_dead<K: Eq + Hash, V>(
    map: &mut HashMap<K, V>,
    most: usize,
    is_alive: impl Fn(&V) -> bool,
) {
    let has_doubled = map.len() >= FEW && map.len().is_power_of_two();
    if has_doubled || map.len() >= most {
        map.retain(|_, value| is_alive(value));
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_stay_no_longer_than_many_come() {
        let mut map = HashMap::new();
        for now in 0..10_000_u32 {
            forget_dead(&mut map, usize::MAX, |born| now - born < 10);
            map.insert(now, now);
            assert!(map.len() <= FEW + 1);
        }
        assert!(map.capacity() < 4 * FEW);
        for now in 9_990..10_000 {
            assert!(map.contains_key(&now));
        }
    }
}
