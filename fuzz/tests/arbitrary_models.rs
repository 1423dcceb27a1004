//! Resolving, searching and scoring on models that no playlists would give: whatever fits together is answered from.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use proptest::collection::vec;
use proptest::prelude::*;
use segue_fuzz::{model, seeds};
use segue_model::catalogue::{CatalogueParts, Names};
use segue_model::file::{Parts, TailParts, write};
use segue_model::fold::FoldTable;
use segue_model::metadata::Metadata;
use segue_model::pairs::{ForwardPairs, Scale};
use segue_model::rules::{Rule, RuleTable};
use segue_model::scoring::Scoring;
use segue_model::song::{ArtistId, SongId, Support};
use segue_model::uris::Uris;

/// Names that meet often: equal ones, versions of one another, blank ones, some with accents.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{0,2}( - (Live|[ab]))?",
        "[ab] \\((feat\\. b|Remastered 2011)\\)",
        Just("\u{e9}".to_owned()),
        Just("???".to_owned()),
        "\\PC{0,6}",
    ]
}

fn any_scoring() -> impl Strategy<Value = Scoring> {
    (vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0], 9), 1_u32..=100, 1_u32..=500).prop_map(
        |(shares, top_mean, two_hop_sources)| Scoring {
            seed_exponent: shares[0],
            candidate_exponent: shares[1],
            stored_exponent: shares[2],
            breadth_base: shares[3],
            breadth_slope: shares[4],
            breadth_max: shares[5],
            artist_weight: shares[6],
            artist_exponent: shares[7],
            top_mean,
            two_hop_sources,
            novelty_exponent: shares[8],
        },
    )
}

/// A title, its artist, by how much its support is below the one before, the song that leads its work.
type AnySong = (String, u32, u32, usize);

fn any_song() -> impl Strategy<Value = AnySong> {
    (any_name(), 0_u32..3, prop_oneof![0_u32..3, Just(1 << 28)], any::<usize>())
}

prop_compose! {
    fn any_parts()(
        songs in vec(any_song(), 0..12),
        artists in vec(any_name(), 3),
        pairs in vec(any::<Option<u8>>(), 66),
        low in prop_oneof![Just(-100.0), -100.0..100.0],
        width in prop_oneof![Just(0.0), Just(200.0), 0.0..20.0],
        rules in vec((0_u32..12, 0_u32..12, 0_u32..12, 1_u32..9, 0_u32..9), 0..6),
        tail in vec((any_name(), 0_u32..3), 0..4),
        scoring in any_scoring(),
        with_uris: bool,
    ) -> Parts {
        let count = songs.len() as u32;
        let mut works: Vec<SongId> = Vec::new();
        for (song, (.., leader)) in songs.iter().enumerate() {
            let leader = leader % (song + 1);
            works.push(if leader == song { SongId(song as u32) } else { works[leader] });
        }
        let mut forward = ForwardPairs::default();
        let mut levels = pairs.iter();
        for song in 0..count {
            for other in song + 1..count {
                if let Some(Some(level)) = levels.next() {
                    forward.others.push(other);
                    forward.levels.push(level % 16);
                }
            }
            forward.ends.push(forward.others.len() as u32);
        }
        let rules = rules.into_iter().filter(|&(a, b, c, ..)| a < b && c != a && c != b && a.max(b).max(c) < count);
        let rules = rules.map(|(a, b, consequent, together, more)| Rule {
            antecedent: vec![SongId(a), SongId(b)],
            consequent: SongId(consequent),
            together: Support(together),
            antecedent_support: Support(together + more),
        });
        let mut below = u32::MAX;
        Parts {
            metadata: Metadata { scoring, ..Metadata::default() },
            catalogue: CatalogueParts {
                titles: Names::new(songs.iter().map(|song| &song.0)),
                artists: Names::new(&artists),
                song_artists: songs.iter().map(|song| ArtistId(song.1)).collect(),
                supports: songs
                    .iter()
                    .map(|song| {
                        below = below.saturating_sub(song.2).max(1);
                        Support(below)
                    })
                    .collect(),
                works,
                fold: FoldTable::default(),
            },
            scale: Scale { low, high: (low + width).min(100.0) },
            together: vec![1; forward.others.len()],
            pairs: forward,
            rules: RuleTable::new(rules),
            tail: TailParts {
                titles: Names::new(tail.iter().map(|song| &song.0)),
                artists: tail.iter().map(|song| ArtistId(song.1)).collect(),
            },
            uris: with_uris.then(|| Uris::new(0..u128::from(count))),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_model_answers_anything(parts in any_parts(), choice: u8) {
        let file = write(parts).unwrap();
        model::whole(&file);
        model::parts(&[&[choice], &file[..]].concat());
    }

    #[test]
    fn any_altered_byte_is_refused_or_answered_from(at: prop::sample::Index, byte: u8) {
        for (_, mut file) in seeds::models() {
            let at = at.index(file.len());
            file[at] = byte;
            model::whole(&file);
        }
    }
}
