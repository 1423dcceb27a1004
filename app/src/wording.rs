//! What the page says: reasons as sentences, numbers rounded to what is meant.

use segue_model::api::{Recommendation, Source};

use crate::language::Language::{English, Portuguese};
use crate::language::{current, say};
use crate::phrases;
use crate::state::import::{Import, Verdict};
use crate::state::playlist::{Loss, Playlist};
use crate::state::song::Song;
use crate::state::status::{Status, Summary};

/// Where an answer was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this page.
    Device,
    /// By the server.
    Server,
}

/// Why a song is suggested, in a sentence. `None` where the counts that show it are not here yet.
#[must_use]
pub fn reason(recommendation: &Recommendation) -> Option<String> {
    let because = recommendation.because.first();
    match recommendation.source {
        Source::Pair => {
            let first = because?;
            let rule = recommendation.rule.as_ref().filter(|rule| rule.confidence > first.confidence);
            let (together, support, with, lift) = match rule {
                Some(rule) => (rule.together, rule.support, all(&rule.songs), rule.lift),
                None => (first.together, first.support, name(&first.song), first.lift),
            };
            let (share, chance) = (share(together, support), than_chance(lift));
            Some(match current() {
                English => format!("{share} with {with} also {} it{chance}.", has(together)),
                Portuguese => format!("{share} com {with} também {} esta{chance}.", has(together)),
            })
        }
        Source::TwoHop => {
            let between = because?;
            let (between, share, together) =
                (name(&between.song), share(between.together, between.support), between.together);
            Some(match current() {
                English => {
                    format!("{between} goes with your songs, and {share} with it also {} this one.", has(together))
                }
                Portuguese => {
                    let share = in_sentence(&share);
                    format!("{between} combina com as suas músicas, e {share} com ela também {} esta.", has(together))
                }
            })
        }
        Source::Artist => Some(match current() {
            English => format!("By {}, whom you picked.", recommendation.artist),
            Portuguese => format!("De {}, que você escolheu.", recommendation.artist),
        }),
        _ => Some(
            say(
                "In many of the playlists; your songs left room.",
                "Em muitas das playlists; suas músicas deixaram espaço.",
            )
            .into(),
        ),
    }
}

/// ", 6.2× more than chance", where it is more.
fn than_chance(lift: f64) -> String {
    if lift < 1.05 {
        return String::new();
    }
    format!(", {} {}", times(lift), say("more than chance", "mais do que por acaso"))
}

/// "6.2×", and without decimals where there are more digits before them.
#[must_use]
pub fn times(lift: f64) -> String {
    format!("{}\u{d7}", rounded(lift, u32::from(lift < 9.95)))
}

/// How many playlists of one song have another too.
#[must_use]
pub fn pair(one: &str, other: &str, together: u32, support: u32) -> String {
    let share = share(together, support);
    match current() {
        English => format!("{share} with {one} also {} {other}.", has(together)),
        Portuguese => format!("{share} com {one} também {} {other}.", has(together)),
    }
}

/// "47 of the 85 playlists".
#[must_use]
pub fn share(together: u32, support: u32) -> String {
    match (together, support) {
        (1, 1) => say("The only playlist", "A única playlist").into(),
        (2, 2) => say("Both playlists", "Ambas as playlists").into(),
        (together, support) if together == support => {
            format!("{} {} playlists", say("All", "Todas as"), grouped(support.into()))
        }
        (together, support) => {
            format!("{} {} {} playlists", grouped(together.into()), say("of the", "das"), grouped(support.into()))
        }
    }
}

/// "47 of 85 (55 %)".
#[must_use]
pub fn share_in_numbers(together: u32, support: u32) -> String {
    let share = 100.0 * f64::from(together) / f64::from(support.max(1));
    let (together, support) = (grouped(together.into()), grouped(support.into()));
    format!("{together} {} {support} ({}\u{202f}%)", say("of", "de"), rounded(share, 0))
}

/// The same where a sentence has begun already.
fn in_sentence(share: &str) -> String {
    // It begins with a digit or a plain letter: the table of all letters would be a twentieth of what is loaded.
    let mut share = share.to_owned();
    if let Some(first) = share.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    share
}

fn has(count: u32) -> &'static str {
    if count == 1 { say("has", "tem") } else { say("have", "têm") }
}

/// The songs of a rule's antecedent, in words.
#[must_use]
pub fn all(songs: &[String]) -> String {
    let names: Vec<String> = songs.iter().map(|song| name(song)).collect();
    let and = say("and", "e");
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, [first])) => match current() {
            English => format!("both {first} and {last}"),
            Portuguese => format!("{first} e {last}"),
        },
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
    }
}

/// A song as it is named in answers, which may have a tab between artist and title, in quotation marks.
#[must_use]
pub fn name(song: &str) -> String {
    format!("\u{201c}{}\u{201d}", song.replace('\t', " \u{2013} "))
}

/// A suggestion's source, in words.
#[must_use]
pub fn source(source: Source) -> &'static str {
    match source {
        Source::Pair => phrases::heard_together(),
        Source::TwoHop => phrases::one_song_further(),
        Source::Artist => phrases::same_artist(),
        Source::Popular => phrases::popular(),
        _ => phrases::suggested(),
    }
}

/// Where an answer was computed, and how long that took.
#[must_use]
pub fn place_and_time(place: Place, milliseconds: f64) -> String {
    let place = match place {
        Place::Device => say("on this device", "neste dispositivo"),
        Place::Server => say("server", "servidor"),
    };
    format!("{place}, {}", duration(milliseconds))
}

fn duration(milliseconds: f64) -> String {
    // In whole tenths: a number of that size is exact, and formatting floats would weigh as much as a page.
    let tenths = (milliseconds * 10.0).round().max(0.0) as u64;
    if milliseconds < 0.1 {
        say("under 0.1 ms", "menos de 0,1 ms").into()
    } else if tenths < 100 {
        format!("{} ms", decimal(tenths, 1))
    } else {
        format!("{} ms", milliseconds.round() as u64)
    }
}

/// A number given in units of its last decimal place: 62 with one place is 6.2.
#[must_use]
pub fn decimal(units: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    if places == 0 {
        return grouped(units);
    }
    let fraction = (units % scale).to_string();
    let zeros = "0".repeat((places as usize).saturating_sub(fraction.len()));
    format!("{}{}{zeros}{fraction}", grouped(units / scale), say(".", ","))
}

/// A number rounded to this many decimal places.
#[must_use]
pub fn rounded(number: f64, places: u32) -> String {
    let units = (number.abs() * 10_u64.pow(places) as f64).round() as u64;
    let sign = if number < 0.0 && units > 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", decimal(units, places))
}

/// A count with its thousands apart: 1,234.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(say(",", "."));
        }
        text.push(digit);
    }
    text
}

/// A song in one line.
#[must_use]
pub fn title_and_artist(song: &Song) -> String {
    if song.artist.is_empty() { song.title.clone() } else { format!("{} \u{2013} {}", song.title, song.artist) }
}

/// "1 playlist", "2 playlists"; nothing for none.
#[must_use]
pub fn playlists(count: u32) -> String {
    match count {
        0 => String::new(),
        1 => "1 playlist".into(),
        _ => format!("{} playlists", grouped(count.into())),
    }
}

/// "1 song", "2 songs".
#[must_use]
pub fn songs(count: usize) -> String {
    if count == 1 {
        say("1 song", "1 música").into()
    } else {
        format!("{} {}", grouped(count as u64), say("songs", "músicas"))
    }
}

/// Names in a list, the first few of them.
#[must_use]
pub fn some_of(names: &[String]) -> String {
    const SOME: usize = 5;
    let shown = names.iter().take(SOME).map(|name| name.replace('\t', " \u{2013} ")).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SOME) {
        None | Some(0) => shown,
        Some(more) => {
            format!("{shown} {} {} {}", say("and", "e mais"), grouped(more as u64), say("more", "")).trim().into()
        }
    }
}

/// Which playlists were counted.
#[must_use]
pub fn counted_in(data_set: &str, playlists: u32) -> String {
    format!("{} {} playlists: {data_set}.", say("Counted in", "Contado em"), grouped(playlists.into()))
}

/// How much is turned down: songs for this playlist, artists for all of them.
#[must_use]
pub fn turned_down(count: usize, artists: usize) -> String {
    let artists = match artists {
        0 => None,
        1 => Some(say("1 artist", "1 artista").into()),
        _ => Some(format!("{} {}", grouped(artists as u64), say("artists", "artistas"))),
    };
    let what: Vec<String> = (count > 0).then(|| songs(count)).into_iter().chain(artists).collect();
    format!("{}: {}", say("Turned down", "Recusados"), what.join(", "))
}

/// Songs of a playlist that the model does not know.
#[must_use]
pub fn not_in_these_playlists(names: &str) -> String {
    format!("{}: {names}.", say("Not in these playlists, so without a say", "Fora destas playlists, portanto sem voz"))
}

/// Songs of a playlist of which the model knows only the artist.
#[must_use]
pub fn known_by_the_artist(names: &str) -> String {
    format!("{}: {names}.", say("Known here by the artist only", "Conhecidas aqui só pelo artista"))
}

/// What a button does that takes a song off.
#[must_use]
pub fn take_off(title: &str) -> String {
    match current() {
        English => format!("Take {title} off the playlist"),
        Portuguese => format!("Tirar {title} da playlist"),
    }
}

/// How many rules are found among those that the page has, which are the most frequent of all.
#[must_use]
pub fn rules_counted(found: u64, here: u64, all: u64) -> String {
    let (has_all, is_narrowed) = (here == all, found < here);
    let [found, here, all] = [found, here, all].map(grouped);
    match (has_all, is_narrowed, current()) {
        (true, false, English) => format!("{all} rules"),
        (true, false, Portuguese) => format!("{all} regras"),
        (true, true, English) => format!("{found} of {all} rules"),
        (true, true, Portuguese) => format!("{found} de {all} regras"),
        (false, false, English) => format!("The {here} most frequent of {all} rules"),
        (false, false, Portuguese) => format!("As {here} mais frequentes de {all} regras"),
        (false, true, English) => format!("{found} of the {here} most frequent rules ({all} in all)"),
        (false, true, Portuguese) => format!("{found} das {here} regras mais frequentes ({all} ao todo)"),
    }
}

/// What the numbers in a song's neighbourhood count.
#[must_use]
pub fn numbers_of(support: u32) -> String {
    let support = grouped(support.into());
    match current() {
        English => format!("The numbers: playlists with both, of the {support} with the song in the middle."),
        Portuguese => format!("Os números: playlists com ambas, das {support} com a música do meio."),
    }
}

/// What a button does that adds a suggestion.
#[must_use]
pub fn add_to_playlist(title: &str, artist: &str) -> String {
    match current() {
        English => format!("Add {title} by {artist} to the playlist"),
        Portuguese => format!("Adicionar {title}, de {artist}, à playlist"),
    }
}

/// What a button does that turns a suggestion down.
#[must_use]
pub fn do_not_suggest(title: &str) -> String {
    format!("{} {title}", say("Do not suggest", "Não sugerir"))
}

/// What was lost, where it can be undone.
#[must_use]
pub fn loss(loss: &Loss) -> String {
    match loss {
        Loss::TakenOff(title) => format!("{title} {}.", say("taken off", "saiu")),
        Loss::Dismissed(title) => format!("{title} {}.", say("will not be suggested", "não será sugerida")),
        Loss::Cleared => phrases::playlist_cleared().into(),
        Loss::Deleted(name) if name.is_empty() => phrases::playlist_deleted().into(),
        Loss::Deleted(name) => format!("{name}: {}", phrases::playlist_deleted()),
        Loss::Blocked(artist) => match current() {
            English => format!("Nothing by {artist} will be suggested."),
            Portuguese => format!("Nada de {artist} será sugerido."),
        },
    }
}

/// What a button does that brings back what was turned down.
#[must_use]
pub fn bring_back(name: &str) -> String {
    format!("{} {name}", phrases::bring_back())
}

/// What a button does that keeps an artist from being suggested.
#[must_use]
pub fn block(artist: &str) -> String {
    match current() {
        English => format!("Nothing more by {artist}"),
        Portuguese => format!("Nada mais de {artist}"),
    }
}

/// What a button does that shows the rules behind a suggestion.
#[must_use]
pub fn rules_behind(source: &str, title: &str) -> String {
    format!("{source}: {} {title}", say("the rules behind", "as regras por trás de"))
}

/// What a playlist is called where it has no name: after its first song.
#[must_use]
pub fn playlist_name(playlist: &Playlist) -> String {
    match playlist.songs.first() {
        _ if !playlist.name.is_empty() => playlist.name.clone(),
        Some(song) => format!("{}\u{2026}", song.title),
        None => phrases::new_playlist().into(),
    }
}

/// How many songs a search found.
#[must_use]
pub fn found(total: usize, shown: usize) -> String {
    if total == 0 {
        return phrases::no_song_like_that().into();
    }
    let found = match (current(), total) {
        (English, _) => format!("{} found", songs(total)),
        (Portuguese, 1) => format!("{} encontrada", songs(total)),
        (Portuguese, _) => format!("{} encontradas", songs(total)),
    };
    match current() {
        _ if total == shown => format!("{found}."),
        English => format!("{found}, the best {shown} are listed."),
        Portuguese => format!("{found}, as {shown} melhores estão na lista."),
    }
}

/// How a list was understood, in numbers.
#[must_use]
pub fn import_summary(import: &Import) -> String {
    let (sure, all) = (grouped(import.count(Verdict::Sure) as u64), songs(import.rows.len()));
    let mut parts = vec![match current() {
        English => format!("{sure} of {all} found"),
        Portuguese => format!("{sure} de {all} no catálogo"),
    }];
    for (count, what) in [
        (import.count(Verdict::Ambiguous), phrases::may_mean_several()),
        (import.count(Verdict::ArtistOnly), phrases::known_by_artist_only()),
        (import.count(Verdict::Unknown), phrases::not_known_here()),
        (import.left_over, phrases::left_over()),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", grouped(count as u64)));
        }
    }
    parts.join(" \u{b7} ")
}

/// The song that is nearest to a name.
#[must_use]
pub fn nearest(song: &str) -> String {
    format!(" \u{b7} {} {song}", say("nearest:", "a mais próxima:"))
}

/// What a button does that adds so many songs to the playlist.
#[must_use]
pub fn add_songs(count: usize) -> String {
    format!("{} {}", say("Add", "Adicionar"), songs(count))
}

/// The limit of songs an artist, 0 for none.
#[must_use]
pub fn per_artist(limit: u64) -> String {
    match limit {
        0 => say("any", "todas").into(),
        _ => grouped(limit),
    }
}

/// Why there is no answer.
#[must_use]
pub fn no_answer(why: &str) -> String {
    format!("{}: {why}.", say("There is no answer", "Não há resposta"))
}

/// That the server's model has not come.
#[must_use]
pub fn model_missing(why: &str) -> String {
    format!("{}: {why}.", say("The model did not arrive", "O modelo não chegou"))
}

/// That the server's model is none to work with.
#[must_use]
pub fn model_refused(why: &str) -> String {
    format!("{}: {why}.", say("The server\u{2019}s model was refused", "O modelo do servidor foi recusado"))
}

/// That what was kept of the model cannot be used.
#[must_use]
pub fn model_damaged(why: &str) -> String {
    let damaged =
        say("The model kept on this device is damaged", "O modelo guardado neste dispositivo está danificado");
    format!("{damaged} ({why}); {}.", say("it is fetched again", "ele é buscado de novo"))
}

/// The day of an RFC 3339 date, in words; the text itself if it is none.
#[must_use]
pub fn day(date: &str) -> String {
    const MONTHS: [(&str, &str); 12] = [
        ("January", "janeiro"),
        ("February", "fevereiro"),
        ("March", "março"),
        ("April", "abril"),
        ("May", "maio"),
        ("June", "junho"),
        ("July", "julho"),
        ("August", "agosto"),
        ("September", "setembro"),
        ("October", "outubro"),
        ("November", "novembro"),
        ("December", "dezembro"),
    ];
    let mut parts = date.get(..10).unwrap_or_default().split('-');
    let mut number = || parts.next()?.parse::<usize>().ok();
    let (Some(year), Some(month), Some(day)) = (number(), number(), number()) else { return date.to_owned() };
    match (month.checked_sub(1).and_then(|month| MONTHS.get(month)), current()) {
        (Some((month, _)), English) => format!("{day} {month} {year}"),
        (Some((_, month)), Portuguese) => format!("{day} de {month} de {year}"),
        (None, _) => date.to_owned(),
    }
}

/// The status line: short, and the sentence behind it.
#[must_use]
pub fn status(status: &Status) -> (&'static str, String) {
    let date = status.model_date.as_deref().map(day).unwrap_or_default();
    let here = say("This device answers", "Este dispositivo responde");
    let (short, sentence) = match status.summary() {
        Summary::Starting => (
            say("Starting", "Começando"),
            say(
                "Looking for the server and for a model kept on this device.",
                "Procurando o servidor e um modelo guardado neste dispositivo.",
            ),
        ),
        Summary::ServerAnswers => (
            say("The server answers", "O servidor responde"),
            say(
                "The model is on its way to this device; until then the server answers.",
                "O modelo está a caminho deste dispositivo; até lá, o servidor responde.",
            ),
        ),
        Summary::Fetching => (
            here,
            say(
                "Suggestions are computed here; the counts behind them are still on their way.",
                "As sugestões são calculadas aqui; as contagens delas ainda estão a caminho.",
            ),
        ),
        Summary::Incomplete => (
            say("This device answers, without reasons", "Este dispositivo responde, sem motivos"),
            say(
                "Suggestions are computed here, but the counts behind them could not be fetched.",
                "As sugestões são calculadas aqui, mas as contagens delas não puderam ser buscadas.",
            ),
        ),
        Summary::OnlyWhileOpen => (
            here,
            say(
                "It needs no server while this page is open. To keep it for later visits, open it over HTTPS or on \
                 localhost.",
                "Dispensa o servidor enquanto esta página estiver aberta. Para guardá-la, abra-a por HTTPS ou em localhost.",
            ),
        ),
        Summary::Keeping => (
            here,
            say("All of the model is here and is being kept.", "O modelo inteiro está aqui e está sendo guardado."),
        ),
        Summary::ReadyOffline => {
            let sentence = match current() {
                English => format!("Page and model of {date} are kept on this device."),
                Portuguese => format!("Página e modelo de {date} estão guardados neste dispositivo."),
            };
            return (say("Ready to work offline", "Pronto para funcionar offline"), sentence);
        }
        Summary::Offline => {
            let sentence = match current() {
                English => format!("The server cannot be reached. Everything here works with the model of {date}."),
                Portuguese => format!("O servidor está fora de alcance. Tudo aqui funciona com o modelo de {date}."),
            };
            return ("Offline", sentence);
        }
        Summary::NoModel => (
            say("No model yet", "Ainda sem modelo"),
            say("The server runs, but has nothing to answer from.", "O servidor roda, mas não tem de onde responder."),
        ),
        Summary::Nothing => (
            say("No connection", "Sem conexão"),
            say("The server cannot be reached.", "O servidor está fora de alcance."),
        ),
    };
    (short, sentence.into())
}

/// What to do where there is nothing to answer from; `None` where there is.
#[must_use]
pub fn way_out(summary: Summary) -> Option<&'static str> {
    match summary {
        Summary::NoModel => Some(say(
            "There is no model yet. Mine playlists into the server’s store, for example with “segue-miner demo --store \
             store”: this page notices by itself.",
            "Ainda não há modelo. Minere playlists no diretório do servidor, por exemplo com “segue-miner demo --store \
             store”: esta página percebe sozinha.",
        )),
        Summary::Nothing => Some(say(
            "The server cannot be reached, and no model is kept on this device. This page tries again by itself; once it \
             has the model, it works without the server.",
            "O servidor está fora de alcance, e nenhum modelo está guardado neste dispositivo. Esta página tenta de novo \
             sozinha; com o modelo, ela dispensa o servidor.",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::speak;
    use segue_model::api::{Because, MultiItemRule};

    fn because(song: &str, together: u32, support: u32) -> Because {
        let confidence = f64::from(together) / f64::from(support);
        Because { song: song.into(), together, support, confidence, lift: 2.0 }
    }

    fn recommendation(source: Source, because: Vec<Because>, rule: Option<MultiItemRule>) -> Recommendation {
        Recommendation {
            title: "Help!".into(),
            artist: "The Beatles".into(),
            uri: None,
            score: 1.0,
            source,
            because,
            rule,
        }
    }

    #[test]
    fn a_pair_is_told_in_counts() {
        let one = recommendation(Source::Pair, vec![because("Yesterday", 47, 85)], None);
        assert_eq!(
            reason(&one).as_deref(),
            Some("47 of the 85 playlists with “Yesterday” also have it, 2.0× more than chance.")
        );
        let rarely = Because { lift: 0.7, ..because("Queen\tHelp", 1, 1_009) };
        assert_eq!(
            reason(&recommendation(Source::Pair, vec![rarely], None)).as_deref(),
            Some("1 of the 1,009 playlists with “Queen – Help” also has it.")
        );
    }

    #[test]
    fn lift_is_rounded_to_what_is_meant() {
        assert_eq!([1.26, 9.96, 1234.5].map(times), ["1.3×", "10×", "1,235×"]);
    }

    #[test]
    fn whole_numbers_are_told_in_words() {
        for (together, support, expected) in [
            (1, 1, "The only playlist with “Yesterday” also has it, 2.0× more than chance."),
            (2, 2, "Both playlists with “Yesterday” also have it, 2.0× more than chance."),
            (7, 7, "All 7 playlists with “Yesterday” also have it, 2.0× more than chance."),
            (1, 7, "1 of the 7 playlists with “Yesterday” also has it, 2.0× more than chance."),
            (3, 7, "3 of the 7 playlists with “Yesterday” also have it, 2.0× more than chance."),
        ] {
            let one = recommendation(Source::Pair, vec![because("Yesterday", together, support)], None);
            assert_eq!(reason(&one).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_rule_is_told_where_it_says_more_than_the_pair() {
        let rule = |together, songs: &[&str]| MultiItemRule {
            songs: songs.iter().map(|&song| song.to_owned()).collect(),
            together,
            support: 40,
            confidence: f64::from(together) / 40.0,
            lift: 3.0,
        };
        let stronger = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(31, &["A", "B"])));
        assert_eq!(
            reason(&stronger).as_deref(),
            Some("31 of the 40 playlists with both “A” and “B” also have it, 3.0× more than chance.")
        );
        let three = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(31, &["A", "B", "C"])));
        assert_eq!(
            reason(&three).as_deref(),
            Some("31 of the 40 playlists with “A”, “B” and “C” also have it, 3.0× more than chance.")
        );
        let weaker = recommendation(Source::Pair, vec![because("A", 5, 10)], Some(rule(3, &["A", "B"])));
        assert_eq!(
            reason(&weaker).as_deref(),
            Some("5 of the 10 playlists with “A” also have it, 2.0× more than chance.")
        );
    }

    #[test]
    fn the_other_sources_have_sentences_of_their_own() {
        let hop = recommendation(Source::TwoHop, vec![because("Help!", 12, 30)], None);
        assert_eq!(
            reason(&hop).as_deref(),
            Some("“Help!” goes with your songs, and 12 of the 30 playlists with it also have this one.")
        );
        let artist = recommendation(Source::Artist, vec![], None);
        assert_eq!(reason(&artist).as_deref(), Some("By The Beatles, whom you picked."));
        assert!(reason(&recommendation(Source::Popular, vec![], None)).is_some());
    }

    #[test]
    fn without_counts_there_is_no_sentence_about_them() {
        assert_eq!(reason(&recommendation(Source::Pair, vec![], None)), None);
        assert_eq!(reason(&recommendation(Source::TwoHop, vec![], None)), None);
    }

    #[test]
    fn times_are_rounded_to_what_is_meant() {
        assert_eq!(place_and_time(Place::Device, 0.26), "on this device, 0.3 ms");
        assert_eq!(place_and_time(Place::Device, 0.0), "on this device, under 0.1 ms");
        assert_eq!(place_and_time(Place::Server, 12.4), "server, 12 ms");
        assert_eq!(place_and_time(Place::Server, 9.97), "server, 10 ms");
    }

    #[test]
    fn thousands_are_kept_apart() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (240_000, "240,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn rules_are_counted_and_those_that_are_left_out_too() {
        assert_eq!(rules_counted(495, 495, 495), "495 rules");
        assert_eq!(rules_counted(37, 495, 495), "37 of 495 rules");
        assert_eq!(rules_counted(100_000, 100_000, 495_732), "The 100,000 most frequent of 495,732 rules");
        assert_eq!(rules_counted(37, 100_000, 495_732), "37 of the 100,000 most frequent rules (495,732 in all)");
    }

    #[test]
    fn long_lists_of_names_are_cut() {
        let names: Vec<String> = (1..=7).map(|number| format!("Song {number}")).collect();
        assert_eq!(some_of(&names[..2]), "Song 1, Song 2");
        assert_eq!(some_of(&names), "Song 1, Song 2, Song 3, Song 4, Song 5 and 2 more");
        assert_eq!((songs(1), songs(1000)), ("1 song".into(), "1,000 songs".into()));
    }

    #[test]
    fn a_date_is_told_in_words_and_anything_else_as_it_is() {
        assert_eq!(day("2026-11-12T08:00:00Z"), "12 November 2026");
        assert_eq!(day("2026-13-12"), "2026-13-12");
        assert_eq!(day("soon"), "soon");
    }

    #[test]
    fn sentences_are_said_in_portuguese_too() {
        speak(Portuguese);
        assert_eq!(rules_counted(495, 495, 495), "495 regras");
        assert_eq!(rules_counted(37, 495, 495), "37 de 495 regras");
        assert_eq!(rules_counted(100_000, 100_000, 495_732), "As 100.000 mais frequentes de 495.732 regras");
        assert_eq!(rules_counted(37, 100_000, 495_732), "37 das 100.000 regras mais frequentes (495.732 ao todo)");
        let one = recommendation(Source::Pair, vec![because("Yesterday", 1047, 2085)], None);
        assert_eq!(
            reason(&one).as_deref(),
            Some("1.047 das 2.085 playlists com “Yesterday” também têm esta, 2,0× mais do que por acaso.")
        );
        let hop = recommendation(Source::TwoHop, vec![because("Help!", 2, 2)], None);
        assert_eq!(
            reason(&hop).as_deref(),
            Some("“Help!” combina com as suas músicas, e ambas as playlists com ela também têm esta.")
        );
        assert_eq!(day("2026-11-12T08:00:00Z"), "12 de novembro de 2026");
        assert_eq!(place_and_time(Place::Device, 0.26), "neste dispositivo, 0,3 ms");
        let names: Vec<String> = (1..=7).map(|number| format!("Canção {number}")).collect();
        assert_eq!(some_of(&names), "Canção 1, Canção 2, Canção 3, Canção 4, Canção 5 e mais 2");
    }

    #[test]
    fn numbers_are_rounded_to_their_decimal_places() {
        assert_eq!(
            (rounded(6.249, 1), rounded(0.05, 2), rounded(1234.5, 0)),
            ("6.2".into(), "0.05".into(), "1,235".into())
        );
        assert_eq!((rounded(-0.04, 1), rounded(-2.5, 1)), ("0.0".into(), "\u{2212}2.5".into()));
    }
}
