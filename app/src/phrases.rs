//! What the page says that is always the same, in every language. A phrase is a function: `phrases::clear()`.
//!
//! Sentences with numbers and names in them are in [`crate::wording`].

use crate::language::say;

macro_rules! phrases {
    ($($name:ident: $english:literal, $portuguese:literal;)*) => {
        $(
            #[doc = $english]
            #[must_use]
            pub fn $name() -> &'static str {
                say($english, $portuguese)
            }
        )*

        /// Every phrase: its name, in English, in Portuguese.
        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $portuguese)),*];
    };
}

// The frame
phrases! {
    page_title: "Segue: continue your playlist", "Segue: continue sua playlist";
    pages: "Pages", "Páginas";
    playlist_page: "Playlist", "Playlist";
    rules_page: "Rules", "Regras";
    model_page: "Model", "Modelo";
    nothing_here: "There is no page at this address.", "Não há página neste endereço.";
    to_the_playlist: "To the playlist", "Ir para a playlist";
    // The playlist page
    your_playlist: "Your playlist", "Sua playlist";
    what_could_come_next: "What could come next", "O que pode vir a seguir";
    add_a_song: "Add a song", "Adicionar uma música";
    title_or_artist: "Title or artist", "Título ou artista";
    songs_found: "Songs found", "Músicas encontradas";
    in_your_playlist: " in your playlist", " na sua playlist";
    no_song_like_that: "No song like that in these playlists. Try fewer letters, or the artist.",
        "Nenhuma música assim nestas playlists. Tente menos letras, ou o artista.";
    begin_with_one: "Begin with one of these, or with a song of your own.",
        "Comece com uma destas, ou com uma música sua.";
    songs_of_your_playlist: "Songs of your playlist", "Músicas da sua playlist";
    clear: "Clear", "Limpar";
    playlist_is_full: "A playlist holds no more songs than these: take one off to add another.",
        "Uma playlist não comporta mais músicas: tire uma para adicionar outra.";
    how_to_continue: "How to continue", "Como continuar";
    show: "Show ", "Mostrar ";
    prefer: "Prefer ", "Preferir ";
    best_fit: "best fit", "o que mais combina";
    a_little_rarer: "a little rarer", "um pouco mais raras";
    rarer: "rarer", "mais raras";
    rarest: "rarest", "as mais raras";
    one_song_an_artist: "One song an artist", "Uma música por artista";
    pick_a_song_or_two: "Pick a song or two. What stands beside them in other playlists comes up here, with the number of \
                         playlists that say so.",
        "Escolha uma ou duas músicas. O que está ao lado delas em outras playlists aparece aqui, com o número de playlists \
         que dizem isso.";
    one_moment: "One moment…", "Um momento…";
    try_again: "Try again", "Tentar de novo";
    nothing_left: "Nothing is left to suggest: the rest is in your playlist or was turned down. Bring back what you \
                   turned down, or allow more than one song an artist.",
        "Não resta nada a sugerir: o resto está na sua playlist ou foi recusado. Traga de volta o que você recusou, ou \
         permita mais de uma música por artista.";
    suggestions_strongest_first: "Suggestions, the strongest first", "Sugestões, as mais fortes primeiro";
    strength: "strength ", "força ";
    counts_not_kept: "The counts behind this one were not kept.", "As contagens desta não foram guardadas.";
    counts_not_here: "The counts behind this one are not on this device yet.",
        "As contagens desta ainda não estão neste dispositivo.";
    counting: "Counting the playlists…", "Contando as playlists…";
    heard_together: "heard together", "ouvidas juntas";
    one_song_further: "one song further", "uma música adiante";
    same_artist: "same artist", "mesmo artista";
    popular: "popular", "popular";
    suggested: "suggested", "sugerida";
    // Notices
    newer_model: "A newer model is available.", "Há um modelo mais novo.";
    load_it: "Load it", "Carregar";
    loading: "Loading…", "Carregando…";
    undo: "Undo", "Desfazer";
    bring_back: "Bring back", "Trazer de volta";
    playlist_replaced: "Playlist replaced.", "Playlist substituída.";
    playlist_cleared: "Playlist cleared.", "Playlist esvaziada.";
    update_available: "An update of this page is ready.", "Há uma atualização desta página.";
    reload: "Reload", "Recarregar";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, speak};

    #[test]
    fn every_phrase_is_said_in_both_languages_and_ends_alike() {
        let end = |text: &str| text.chars().last().filter(|last| !last.is_alphanumeric());
        for (name, english, portuguese) in ALL {
            assert!(!english.is_empty() && !portuguese.is_empty(), "{name}");
            assert_eq!(end(english), end(portuguese), "{name}");
            assert_eq!(english.starts_with(' '), portuguese.starts_with(' '), "{name}");
        }
    }

    #[test]
    fn a_phrase_follows_the_language() {
        assert_eq!(your_playlist(), "Your playlist");
        speak(Language::Portuguese);
        assert_eq!(your_playlist(), "Sua playlist");
    }
}
