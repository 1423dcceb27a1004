//! Each section: how it is coded, and how it is decoded and proven.

use std::sync::Arc;

use super::columns::{Fault, Reader, Writer};
use crate::catalogue::{CatalogueParts, Names};
use crate::evidence::Evidence;
use crate::fold::{FoldEntry, FoldTable};
use crate::pace::Pace;
use crate::pairs::{ForwardPairs, Scale};
use crate::rules::{Rule, RuleTable};
use crate::song::{ArtistId, SongId, Support};
use crate::uris::{UriBytes, Uris};

/// Largest natural logarithm of a pair's weight, above or below 0, that is read. Those of real playlists lie within ±20;
/// beyond this, sums of weights and quotients of sums could be infinite, or 0.
const LARGEST_LOGARITHM: f64 = 100.0;

/// Numbers of a long column that are read in one step.
const AT_ONCE: usize = 1 << 13;

pub(super) fn write_core(writer: &mut Writer, catalogue: &CatalogueParts, scale: Scale, pairs: &ForwardPairs) {
    writer.integer(catalogue.supports.len() as u32);
    writer.integer(catalogue.artists.len() as u32);
    writer.names(&catalogue.artists);
    writer.names(&catalogue.titles);
    writer.integers(catalogue.song_artists.iter().map(|artist| artist.0));
    // Supports never rise and works mostly lead themselves: both columns are nearly all zeros.
    let mut last = 0;
    writer.integers(catalogue.supports.iter().enumerate().map(|(song, support)| {
        let fall = if song == 0 { support.0 } else { last - support.0 };
        last = support.0;
        fall
    }));
    writer.integers(catalogue.works.iter().zip(0..).map(|(work, song)| song - work.0));
    write_fold(writer, &catalogue.fold);
    write_pairs(writer, scale, pairs);
}

pub(super) async fn read_core(pace: &Pace<'_>, bytes: &[u8]) -> Result<(CatalogueParts, Scale, ForwardPairs), Fault> {
    let mut reader = Reader::new(bytes);
    let songs = reader.count()?;
    let artist_count = reader.count()?;
    let artists = reader.names(artist_count)?;
    let titles = reader.names(songs)?;
    pace.did(titles.text_len()).await;
    let song_artists = reader.integers_below(songs, artist_count)?.into_iter().map(ArtistId).collect();
    let mut last = None;
    let supports = reader
        .integers(songs)?
        .into_iter()
        .map(|fall| {
            let support = match last {
                None => fall,
                Some(last) => u32::checked_sub(last, fall).ok_or("a support is negative")?,
            };
            last = Some(support);
            if support == 0 { Err("a support is zero") } else { Ok(Support(support)) }
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    pace.did(2 * songs).await;
    let works: Vec<SongId> = reader
        .integers(songs)?
        .into_iter()
        .zip(0_u32..)
        .map(|(back, song)| song.checked_sub(back).map(SongId).ok_or("a work is out of range"))
        .collect::<Result<_, Fault>>()?;
    if works.iter().any(|work| works[work.index()] != *work) {
        return Err("a work is not led by its first song");
    }
    let fold = read_fold(&mut reader)?;
    pace.did(songs).await;
    let (scale, pairs) = read_pairs(pace, &mut reader, songs).await?;
    reader.finish()?;
    Ok((CatalogueParts { titles, artists, song_artists, supports, works, fold }, scale, pairs))
}

fn write_fold(writer: &mut Writer, fold: &FoldTable) {
    writer.integer(fold.entries().len() as u32);
    let mut last = 0;
    writer.integers(fold.entries().iter().map(|entry| {
        let step = u32::from(entry.from) - last;
        last = u32::from(entry.from);
        step
    }));
    writer.integers(fold.entries().iter().map(|entry| u32::from(entry.combining_class)));
    for entry in fold.entries() {
        writer.text(&entry.exact);
    }
    for entry in fold.entries() {
        writer.text(&entry.plain);
    }
}

fn read_fold(reader: &mut Reader<'_>) -> Result<FoldTable, Fault> {
    let count = reader.count()?;
    let mut last = 0_u32;
    let characters = reader
        .integers(count)?
        .into_iter()
        .map(|step| {
            last = last.checked_add(step).ok_or("a character is out of range")?;
            char::from_u32(last).filter(|c| !c.is_ascii() && step > 0).ok_or("a character is out of range")
        })
        .collect::<Result<Vec<char>, Fault>>()?;
    let classes = reader.integers_below(count, 256)?;
    let exact = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, Fault>>()?;
    let plain = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, Fault>>()?;
    let entries = characters
        .into_iter()
        .zip(classes)
        .zip(exact.into_iter().zip(plain))
        .map(|((from, class), (exact, plain))| FoldEntry {
            from,
            combining_class: class as u8,
            exact: exact.into(),
            plain: plain.into(),
        })
        .collect();
    Ok(FoldTable::new(entries))
}

fn write_pairs(writer: &mut Writer, scale: Scale, pairs: &ForwardPairs) {
    writer.float(scale.low);
    writer.float(scale.high);
    let rows = rows(&pairs.ends);
    writer.integers(rows.clone().map(|row| row.len() as u32));
    for (row, song) in rows.zip(0_u32..) {
        let mut last = song;
        writer.integers(pairs.others[row].iter().map(|&other| {
            let gap = other - last - 1;
            last = other;
            gap
        }));
    }
    writer.nibbles(&pairs.levels);
}

async fn read_pairs(pace: &Pace<'_>, reader: &mut Reader<'_>, songs: usize) -> Result<(Scale, ForwardPairs), Fault> {
    let scale = Scale { low: reader.float()?, high: reader.float()? };
    if !(-LARGEST_LOGARITHM..=LARGEST_LOGARITHM).contains(&scale.low)
        || !(scale.low..=LARGEST_LOGARITHM).contains(&scale.high)
    {
        return Err("its weights have no range");
    }
    let mut end = 0_u32;
    let ends = reader
        .integers(songs)?
        .into_iter()
        .map(|length| {
            end = end.checked_add(length).filter(|end| *end <= u32::MAX / 2).ok_or("it counts too many pairs")?;
            Ok(end)
        })
        .collect::<Result<Vec<u32>, Fault>>()?;
    let mut others = Vec::with_capacity(reader.at_most(end as usize)?);
    for (row, song) in rows(&ends).zip(0_u32..) {
        reader.integers_behind(song, row.len(), songs, &mut others)?;
        pace.did(row.len() + 1).await;
    }
    let levels = reader.nibbles(others.len())?;
    pace.did(levels.len()).await;
    Ok((scale, ForwardPairs { ends, others, levels }))
}

fn rows(ends: &[u32]) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    std::iter::once(0).chain(ends.iter().copied()).zip(ends).map(|(start, &end)| start as usize..end as usize)
}

pub(super) fn write_evidence(writer: &mut Writer, together: &[u32]) {
    writer.integers(together.iter().copied());
}

pub(super) async fn read_evidence(pace: &Pace<'_>, bytes: &[u8], pairs: usize) -> Result<Evidence, Fault> {
    let mut reader = Reader::new(bytes);
    let mut evidence = Evidence::default();
    let mut left = pairs;
    while left > 0 {
        let count = left.min(AT_ONCE);
        evidence.extend(&reader.integers(count)?);
        left -= count;
        pace.did(count).await;
    }
    reader.finish()?;
    Ok(evidence)
}

pub(super) fn write_rules(writer: &mut Writer, rules: &RuleTable) {
    writer.integer(rules.len() as u32);
    let mut last = 0;
    writer.integers(rules.all().map(|rule| {
        let step = rule.consequent.0 - last;
        last = rule.consequent.0;
        step
    }));
    writer.integers(rules.all().map(|rule| rule.antecedent.len() as u32));
    writer.integers(rules.all().flat_map(|rule| rule.antecedent.iter().map(|song| song.0)));
    writer.integers(rules.all().map(|rule| rule.together.0));
    writer.integers(rules.all().map(|rule| rule.antecedent_support.0 - rule.together.0));
}

pub(super) fn read_rules(bytes: &[u8], songs: usize) -> Result<RuleTable, Fault> {
    let mut reader = Reader::new(bytes);
    let count = reader.count()?;
    let steps = reader.integers(count)?;
    let lengths = reader.integers(count)?;
    let songs_in_all = lengths.iter().try_fold(0_u32, |sum, &length| sum.checked_add(length));
    let songs_in_all = songs_in_all.ok_or("its antecedents are too long")?;
    let antecedents: Vec<SongId> =
        reader.integers_below(songs_in_all as usize, songs)?.into_iter().map(SongId).collect();
    let together = reader.integers(count)?;
    let more = reader.integers(count)?;
    reader.finish()?;
    let mut rules = Vec::with_capacity(count);
    let mut consequent = 0_u32;
    let mut left = &antecedents[..];
    for at in 0..count {
        consequent = consequent
            .checked_add(steps[at])
            .filter(|song| (*song as usize) < songs)
            .ok_or("a consequent is out of range")?;
        let antecedent;
        (antecedent, left) = left.split_at(lengths[at] as usize);
        let ascending = antecedent.windows(2).all(|songs| songs[0] < songs[1]);
        if antecedent.len() < 2 || !ascending || antecedent.contains(&SongId(consequent)) {
            return Err("an antecedent is not a set of other songs");
        }
        let together = Support(together[at]);
        let antecedent_support = Support(together.0.checked_add(more[at]).ok_or("a support is too large")?);
        if together == Support(0) {
            return Err("a support is zero");
        }
        rules.push(Rule { consequent: SongId(consequent), antecedent, together, antecedent_support });
    }
    Ok(RuleTable::new(rules))
}

pub(super) fn write_tail(writer: &mut Writer, titles: &Names, artists: &[ArtistId]) {
    writer.integer(artists.len() as u32);
    writer.names(titles);
    writer.integers(artists.iter().map(|artist| artist.0));
}

pub(super) fn read_tail(bytes: &[u8], artist_count: usize) -> Result<(Names, Vec<ArtistId>), Fault> {
    let mut reader = Reader::new(bytes);
    let count = reader.count()?;
    let titles = reader.names(count)?;
    let artists = reader.integers_below(count, artist_count)?.into_iter().map(ArtistId).collect();
    reader.finish()?;
    Ok((titles, artists))
}

pub(super) fn write_uris(writer: &mut Writer, uris: &Uris) {
    writer.raw(uris.by_song().as_flattened());
}

pub(super) fn read_uris(bytes: &[u8], songs: usize) -> Result<Arc<[UriBytes]>, Fault> {
    let (ids, rest) = bytes.as_chunks();
    if ids.len() != songs || !rest.is_empty() {
        return Err("it does not hold one URI a song");
    }
    Ok(ids.into())
}
