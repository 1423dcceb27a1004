//! The styles of the demo's songs, and which of them go together.

use serde::Deserialize;

/// The style a song is filed under: one each, the one most people would look in first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Style {
    /// Rock and roll, rockabilly and doo-wop up to the early sixties.
    RockAndRoll,
    /// Rock of the sixties and seventies, and what was made in its spirit later.
    ClassicRock,
    /// Rock from the eighties on that fills stadiums.
    Rock,
    /// Pop of all decades.
    Pop,
    /// Soul, Motown and gospel-bred singing.
    Soul,
    /// Disco and funk.
    Disco,
    /// Hip-hop.
    HipHop,
    /// Rhythm and blues from the eighties on.
    Rnb,
    /// Electronic and dance music.
    Electronic,
    /// Country.
    Country,
    /// Hard rock's louder children.
    Metal,
    /// Punk, from the first wave to pop punk.
    Punk,
    /// Alternative rock, grunge, Britpop, trip-hop.
    Alternative,
    /// Indie rock and indie pop of this century.
    Indie,
    /// Jazz and the standards.
    Jazz,
    /// Blues.
    Blues,
    /// Ska, rocksteady, reggae, dancehall.
    Reggae,
    /// Folk and singer-songwriters.
    Folk,
    /// New wave, post-punk and synth-pop.
    NewWave,
    /// Bossa nova and samba.
    BossaSamba,
    /// MPB and whatever else is sung in Brazil.
    Brazilian,
    /// Brazilian rock.
    BrazilianRock,
    /// Latin pop, salsa, son, reggaeton.
    Latin,
    /// Rock in Spanish.
    RockEnEspanol,
    /// French chanson and pop.
    Chanson,
}

impl Style {
    /// How many styles there are.
    pub const COUNT: usize = Self::ALL.len();

    /// All styles, in the order of their declaration.
    pub const ALL: [Self; 25] = [
        Self::RockAndRoll,
        Self::ClassicRock,
        Self::Rock,
        Self::Pop,
        Self::Soul,
        Self::Disco,
        Self::HipHop,
        Self::Rnb,
        Self::Electronic,
        Self::Country,
        Self::Metal,
        Self::Punk,
        Self::Alternative,
        Self::Indie,
        Self::Jazz,
        Self::Blues,
        Self::Reggae,
        Self::Folk,
        Self::NewWave,
        Self::BossaSamba,
        Self::Brazilian,
        Self::BrazilianRock,
        Self::Latin,
        Self::RockEnEspanol,
        Self::Chanson,
    ];

    /// The style as an index into per-style arrays.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// How likely a playlist is to have this style in the lead, beside the other styles' shares.
    pub(super) fn share(self) -> u64 {
        match self {
            Self::ClassicRock => 14,
            Self::Pop => 12,
            Self::Rock | Self::Soul | Self::Alternative | Self::HipHop => 7,
            Self::Indie | Self::Electronic | Self::Folk | Self::NewWave => 6,
            Self::Jazz | Self::Country | Self::Rnb | Self::Latin => 5,
            Self::Disco | Self::Metal | Self::Punk | Self::Brazilian | Self::Chanson => 4,
            Self::RockAndRoll | Self::Blues | Self::Reggae | Self::BossaSamba | Self::BrazilianRock => 3,
            Self::RockEnEspanol => 3,
        }
    }

    /// The styles that people put beside this one, with how readily they do.
    pub(super) fn neighbours(self) -> &'static [(Self, u64)] {
        match self {
            Self::RockAndRoll => {
                &[(Self::Soul, 5), (Self::ClassicRock, 5), (Self::Blues, 4), (Self::Country, 3), (Self::Jazz, 1)]
            }
            Self::ClassicRock => &[
                (Self::Rock, 6),
                (Self::Folk, 5),
                (Self::Blues, 3),
                (Self::RockAndRoll, 2),
                (Self::Soul, 2),
                (Self::NewWave, 2),
                (Self::Metal, 2),
                (Self::Pop, 1),
            ],
            Self::Rock => &[
                (Self::ClassicRock, 7),
                (Self::Alternative, 5),
                (Self::NewWave, 4),
                (Self::Metal, 3),
                (Self::Pop, 2),
                (Self::Punk, 2),
            ],
            Self::Pop => &[
                (Self::Rnb, 5),
                (Self::Electronic, 4),
                (Self::NewWave, 3),
                (Self::Disco, 3),
                (Self::HipHop, 3),
                (Self::Indie, 2),
                (Self::Latin, 2),
                (Self::Soul, 1),
                (Self::Rock, 1),
            ],
            Self::Soul => &[
                (Self::Disco, 6),
                (Self::Rnb, 4),
                (Self::Blues, 3),
                (Self::RockAndRoll, 2),
                (Self::Jazz, 2),
                (Self::Reggae, 1),
            ],
            Self::Disco => {
                &[(Self::Soul, 6), (Self::Pop, 4), (Self::Electronic, 3), (Self::Rnb, 3), (Self::NewWave, 1)]
            }
            Self::HipHop => {
                &[(Self::Rnb, 7), (Self::Pop, 2), (Self::Electronic, 2), (Self::Disco, 1), (Self::Reggae, 1)]
            }
            Self::Rnb => &[(Self::HipHop, 6), (Self::Pop, 5), (Self::Soul, 5), (Self::Disco, 2)],
            Self::Electronic => {
                &[(Self::Pop, 5), (Self::Indie, 3), (Self::NewWave, 3), (Self::Disco, 3), (Self::HipHop, 1)]
            }
            Self::Country => &[(Self::Folk, 6), (Self::ClassicRock, 3), (Self::RockAndRoll, 3), (Self::Pop, 1)],
            Self::Metal => &[(Self::Rock, 5), (Self::ClassicRock, 4), (Self::Punk, 3), (Self::Alternative, 4)],
            Self::Punk => {
                &[(Self::Alternative, 6), (Self::NewWave, 4), (Self::Indie, 3), (Self::Metal, 2), (Self::Rock, 2)]
            }
            Self::Alternative => {
                &[(Self::Rock, 5), (Self::Indie, 5), (Self::Punk, 4), (Self::NewWave, 3), (Self::Metal, 2)]
            }
            Self::Indie => {
                &[(Self::Alternative, 6), (Self::Folk, 4), (Self::Electronic, 3), (Self::Pop, 2), (Self::NewWave, 2)]
            }
            Self::Jazz => &[(Self::Soul, 3), (Self::Blues, 3), (Self::BossaSamba, 4), (Self::Chanson, 2)],
            Self::Blues => &[(Self::ClassicRock, 5), (Self::Soul, 4), (Self::RockAndRoll, 4), (Self::Jazz, 3)],
            Self::Reggae => &[(Self::Soul, 4), (Self::HipHop, 2), (Self::Latin, 2), (Self::Punk, 1), (Self::Disco, 1)],
            Self::Folk => &[(Self::ClassicRock, 6), (Self::Country, 4), (Self::Indie, 4), (Self::Chanson, 1)],
            Self::NewWave => &[
                (Self::Rock, 4),
                (Self::Pop, 4),
                (Self::Alternative, 3),
                (Self::Electronic, 3),
                (Self::Punk, 2),
                (Self::Disco, 1),
            ],
            Self::BossaSamba => &[(Self::Brazilian, 7), (Self::Jazz, 5), (Self::Chanson, 1)],
            Self::Brazilian => &[(Self::BossaSamba, 6), (Self::BrazilianRock, 5), (Self::Latin, 1), (Self::Soul, 1)],
            Self::BrazilianRock => &[(Self::Brazilian, 7), (Self::Rock, 2), (Self::NewWave, 1), (Self::Alternative, 1)],
            Self::Latin => &[(Self::RockEnEspanol, 4), (Self::Pop, 4), (Self::Reggae, 2), (Self::Brazilian, 1)],
            Self::RockEnEspanol => &[(Self::Latin, 6), (Self::Rock, 2), (Self::NewWave, 2), (Self::Alternative, 1)],
            Self::Chanson => &[(Self::Jazz, 4), (Self::Folk, 3), (Self::BossaSamba, 2), (Self::Pop, 1)],
        }
    }

    /// Words for the style in a playlist's name, lower case where the language has them so.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::RockAndRoll => &["rock and roll", "jukebox", "rockabilly and doo-wop"],
            Self::ClassicRock => &["classic rock", "vinyl rock", "rock classics", "dad rock"],
            Self::Rock => &["rock", "stadium rock", "big guitars"],
            Self::Pop => &["pop", "pop songs", "chart pop"],
            Self::Soul => &["soul", "Motown and soul", "sweet soul"],
            Self::Disco => &["disco", "funk and disco", "boogie"],
            Self::HipHop => &["hip-hop", "rap", "beats and rhymes"],
            Self::Rnb => &["R&B", "smooth R&B", "slow jams"],
            Self::Electronic => &["electronic", "club music", "synths and machines"],
            Self::Country => &["country", "country roads", "honky-tonk"],
            Self::Metal => &["metal", "heavy metal", "riffs"],
            Self::Punk => &["punk", "three chords", "punk rock"],
            Self::Alternative => &["alternative", "alt rock", "grunge and friends"],
            Self::Indie => &["indie", "indie kids", "indie disco"],
            Self::Jazz => &["jazz", "jazz standards", "jazz club"],
            Self::Blues => &["blues", "blues guitar", "juke joint"],
            Self::Reggae => &["reggae", "roots and dub", "ska and reggae"],
            Self::Folk => &["folk", "singers and songwriters", "acoustic folk"],
            Self::NewWave => &["new wave", "synth-pop", "post-punk"],
            Self::BossaSamba => &["bossa nova", "samba", "samba e bossa"],
            Self::Brazilian => &["MPB", "Brazil", "música brasileira"],
            Self::BrazilianRock => &["Brazilian rock", "rock brasileiro", "rock nacional"],
            Self::Latin => &["latin", "latin pop", "música latina"],
            Self::RockEnEspanol => &["rock en español", "rock latino", "rock in Spanish"],
            Self::Chanson => &["chanson", "French café", "variété française"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn all_lists_every_style_at_its_index() {
        for (index, style) in Style::ALL.into_iter().enumerate() {
            assert_eq!(style.index(), index);
        }
    }

    #[test]
    fn no_style_is_its_own_neighbour_or_names_one_twice() {
        for style in Style::ALL {
            let mut neighbours: Vec<Style> = style.neighbours().iter().map(|&(neighbour, _)| neighbour).collect();
            let named = neighbours.len();
            neighbours.sort_unstable();
            neighbours.dedup();
            assert_eq!(neighbours.len(), named, "{style:?}");
            assert!(!neighbours.contains(&style), "{style:?}");
        }
    }
}
