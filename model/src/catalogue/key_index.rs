//! Finding ids by a key: a name that was folded.

/// What a key is looked up by.
pub(crate) fn hash(key: &str) -> u32 {
    xxhash_rust::xxh3::xxh3_64(key.as_bytes()) as u32
}

/// An id in 32 bits, together with as many bits of a hash as it leaves room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packing {
    /// The bits that ids take.
    ids: u32,
}

impl Packing {
    /// For this many ids.
    pub(crate) fn for_ids(count: usize) -> Self {
        let largest = count.saturating_sub(1) as u32;
        Self { ids: u32::MAX.checked_shr(largest.leading_zeros()).unwrap_or(0) }
    }

    /// An id with the high bits of a hash.
    pub(crate) fn pack(self, hash: u32, id: u32) -> u32 {
        hash & !self.ids | id
    }

    /// The id of an entry.
    pub(crate) fn id(self, entry: u32) -> u32 {
        entry & self.ids
    }

    /// Whether an entry may be of this hash, as far as its bits tell.
    pub(crate) fn may_be(self, entry: u32, hash: u32) -> bool {
        (entry ^ hash) & !self.ids == 0
    }
}

/// Ids under the hash of a key: a look-up goes to a run of a few entries by the high bits of the hash, passes over those
/// of other hashes by most of the remaining bits, and the caller compares the keys themselves.
#[derive(Clone, Debug)]
pub(crate) struct KeyIndex {
    /// Behind the bits of a hash that say which run, the next ones, and an id; in each run as ids ascend.
    entries: Vec<u32>,
    packing: Packing,
    /// Where the run of each value of the high bits ends.
    ends: Vec<u32>,
    /// How many high bits of a hash say which run.
    bits: u32,
}

/// Entries of a run, at least on average: half of what comes into a processor's caches together.
const RUN: usize = 4;

impl KeyIndex {
    /// An index of the keys with these hashes, in the order of their ids.
    pub(super) fn new(hashes: &[u32]) -> Self {
        // One pass by the high bits of the hash leaves short runs.
        let bits = (hashes.len() / RUN).max(2).ilog2();
        let run = |hash: u32| (hash >> (u32::BITS - bits)) as usize;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for &hash in hashes {
            starts[run(hash) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let packing = Packing::for_ids(hashes.len());
        let mut entries = vec![0; hashes.len()];
        for (&hash, id) in hashes.iter().zip(0_u32..) {
            let next = &mut starts[run(hash)];
            entries[*next as usize] = packing.pack(hash << bits, id);
            *next += 1;
        }
        starts.pop();
        Self { entries, packing, ends: starts, bits }
    }

    /// Ids whose key may be this one, ascending: all that have it, and few others.
    pub(crate) fn candidates(&self, key: &str) -> impl Iterator<Item = u32> + use<'_> {
        let hash = hash(key);
        let run = (hash >> (u32::BITS - self.bits)) as usize;
        let start = if run == 0 { 0 } else { self.ends[run - 1] };
        let entries = &self.entries[start as usize..self.ends[run] as usize];
        let (packing, rest) = (self.packing, hash << self.bits);
        entries.iter().filter(move |&&entry| packing.may_be(entry, rest)).map(move |&entry| packing.id(entry))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index_of(keys: &[String]) -> KeyIndex {
        KeyIndex::new(&keys.iter().map(|key| hash(key)).collect::<Vec<u32>>())
    }

    proptest! {
        #[test]
        fn an_index_finds_every_key_of_a_hash(keys in prop::collection::vec("[ab]{0,3}", 0..60)) {
            let index = index_of(&keys);
            for key in &keys {
                let expected: Vec<u32> = (0..).zip(&keys).filter(|(_, other)| *other == key).map(|(id, _)| id).collect();
                let candidates: Vec<u32> = index.candidates(key).collect();
                prop_assert!(candidates.is_sorted());
                let same = |id: &&u32| &keys[**id as usize] == key;
                prop_assert_eq!(candidates.iter().filter(same).copied().collect::<Vec<u32>>(), expected);
            }
        }

        #[test]
        fn what_was_packed_comes_back(count in 1_u32.., less in 0_u32..32, hash: u32, other: u32, id: u32) {
            let count = (count >> less).max(1);
            let (packing, id) = (Packing::for_ids(count as usize), id % count);
            let entry = packing.pack(hash, id);
            prop_assert_eq!(packing.id(entry), id);
            prop_assert!(packing.may_be(entry, hash));
            let differ = count <= 1 << 16 && hash >> 16 != other >> 16;
            prop_assert!(!(differ && packing.may_be(entry, other)));
        }
    }

    #[test]
    fn few_of_other_keys_are_candidates() {
        let keys: Vec<String> = (0..20_000).map(|key| format!("key {key}")).collect();
        let index = index_of(&keys);
        let candidates: usize = keys.iter().map(|key| index.candidates(key).count()).sum();
        assert!((20_000..20_100).contains(&candidates), "{candidates}");
    }
}
