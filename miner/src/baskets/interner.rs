//! Numbers for names.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use segue_model::catalogue::Names;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Numbers names in the order of their first appearance.
#[derive(Default)]
pub(super) struct Interner {
    names: Names,
    groups: Vec<u32>,
    table: HashTable<Slot>,
}

impl Interner {
    /// Has room for so many names of so many bytes in all.
    pub(super) fn with_room(names: usize, bytes: usize) -> Self {
        Self {
            names: Names::with_room(names, bytes),
            groups: Vec::with_capacity(names),
            table: HashTable::with_capacity(names),
        }
    }

    /// The number of a name in a group.
    pub(super) fn number(&mut self, group: u32, name: &str) -> u32 {
        let same = |at: u32| self.groups[at as usize] == group && self.names.get(at as usize) == name;
        let hash = xxh3_64_with_seed(name.as_bytes(), u64::from(group)) as u32;
        let next = self.groups.len() as u32;
        let number = find_or_insert(&mut self.table, Slot { hash, key: next }, same).key;
        if number == next {
            self.names.push(name);
            self.groups.push(group);
        }
        number
    }

    /// The names by their numbers.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// The same, without what finds them.
    pub(super) fn into_names(self) -> Names {
        self.names
    }
}

/// What a hash table holds: where a key is, and its hash, which spares hashing anew when the table grows. Keys are
/// always compared, never only their hashes.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) hash: u32,
    pub(super) key: u32,
}

/// The slot of the key that has this hash and is the `same`; `new` put in if there is none.
pub(super) fn find_or_insert(table: &mut HashTable<Slot>, new: Slot, same: impl Fn(u32) -> bool) -> Slot {
    // The table takes the bucket from the low bits and a first filter from the high ones.
    let spread = |hash: u32| u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let is_it = |slot: &Slot| slot.hash == new.hash && same(slot.key);
    match table.entry(spread(new.hash), is_it, |slot| spread(slot.hash)) {
        Entry::Occupied(slot) => *slot.get(),
        Entry::Vacant(free) => *free.insert(new).get(),
    }
}
