//! The bytes of a model as the server gives them, and a copy with one weight changed.

use anyhow::{Context as _, Result};
use bincode::Options as _;
use segue_e2e::server::Server;
use segue_model::Model;
use segue_model::file::{SectionKind, read_header};
use segue_model::song::SongId;
use xxhash_rust::xxh3::xxh3_64;

/// Where the length of the header is in a file; its hash follows, then the header.
const HEADER_LENGTH_AT: usize = 12;
const HEADER_HASH_AT: usize = 16;
const HEADER_AT: usize = 24;

/// The beginning of the served model's file, up to the end of its core.
pub(crate) fn core_of(server: &Server) -> Result<Vec<u8>> {
    server.get(&format!("/api/model/{}/core", server.model_hash()?))
}

/// The same with the weight of one pair changed, under hashes that are right; and that pair.
///
/// The pair is that of the most popular song with its strongest neighbour: its weight falls to the lowest level.
pub(crate) fn with_one_weight_changed(core: &[u8]) -> Result<(Vec<u8>, (SongId, SongId))> {
    let model = Model::open_core(core)?;
    let pairs = model.pairs().forward_pairs();
    let first_row = ..pairs.ends[0] as usize;
    let levels = pairs.levels[first_row].iter();
    let (at, level) = levels.enumerate().max_by_key(|(_, level)| **level).context("the first song has no pairs")?;
    assert!(*level > 0, "the strongest pair is not at the lowest level");
    let pair = (SongId(0), SongId(pairs.others[at]));

    // Two levels a byte, the lower half first, at the very end of the core.
    let mut changed = core.to_vec();
    let byte = core.len() - pairs.levels.len().div_ceil(2) + at / 2;
    changed[byte] &= if at % 2 == 0 { 0xF0 } else { 0x0F };

    let mut header = read_header(core)?;
    let entry = header.sections.iter_mut().find(|entry| entry.kind == SectionKind::Core.code()).context("no core")?;
    entry.hash = xxh3_64(&changed[entry.offset as usize..]);
    let coded = bincode::DefaultOptions::new().with_fixint_encoding().serialize(&header)?;
    let length = u32::from_le_bytes(core[HEADER_LENGTH_AT..HEADER_HASH_AT].try_into()?);
    assert_eq!(coded.len(), length as usize, "the header keeps its length");
    changed[HEADER_AT..HEADER_AT + coded.len()].copy_from_slice(&coded);
    changed[HEADER_HASH_AT..HEADER_AT].copy_from_slice(&xxh3_64(&coded).to_le_bytes());

    let other = Model::open_core(&changed)?.pairs().forward_pairs();
    let different = pairs.levels.iter().zip(&other.levels).filter(|(one, other)| one != other).count();
    assert_eq!((different, &pairs.others), (1, &other.others), "one weight differs and nothing else");
    Ok((changed, pair))
}
