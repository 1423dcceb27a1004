//! What the page says that is always the same, in every language. A phrase is a function: `phrases::clear()`.
//!
//! Sentences with numbers and names in them are in [`crate::wording`].

/// Makes a function of each phrase, in English and in Portuguese, and a test that each is said in both.
macro_rules! phrases {
    ($($name:ident: $english:literal, $portuguese:literal;)*) => {
        $(
            #[doc = $english]
            #[must_use]
            pub fn $name() -> &'static str {
                $crate::language::say($english, $portuguese)
            }
        )*

        /// Every phrase: its name, in English, in Portuguese.
        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $portuguese)),*];

        #[cfg(test)]
        #[test]
        fn every_phrase_is_said_in_both_languages_and_ends_alike() {
            let end = |text: &str| text.chars().last().filter(|last| !last.is_alphanumeric());
            for (name, english, portuguese) in ALL {
                assert!(!english.is_empty() && !portuguese.is_empty(), "{name}");
                assert_eq!(end(english), end(portuguese), "{name}");
                assert_eq!(english.starts_with(' '), portuguese.starts_with(' '), "{name}");
            }
        }
    };
}

pub(crate) use phrases;

// The frame
phrases! {
    page_title: "Segue: continue your playlist", "Segue: continue sua playlist";
    pages: "Pages", "Páginas";
    playlist_page: "Playlist", "Playlist";
    rules_page: "Rules", "Regras";
    model_page: "Model", "Modelo";
    one_moment_more: "One moment: this page is read from the model, which is on its way.",
        "Um momento: esta página é lida do modelo, que está a caminho.";
    part_did_not_come: "This part could not be loaded: the server is out of reach. Try again in a moment.",
        "Esta parte não pôde ser carregada: o servidor está fora de alcance. Tente de novo em instantes.";
    nothing_here: "There is no page at this address.", "Não há página neste endereço.";
    to_the_playlist: "To the playlist", "Ir para a playlist";
    // What becomes of the model
    model_not_whole: "The model did not arrive whole; this page tries again.",
        "O modelo não chegou inteiro; esta página tenta de novo.";
    server_answers_meanwhile: "The server answers meanwhile.", "Enquanto isso, o servidor responde.";
    model_at_hand_answers_meanwhile: "The model at hand answers meanwhile.",
        "Enquanto isso, o modelo que já está aqui responde.";
    server_out_of_reach: "the server cannot be reached", "não se alcança o servidor";
    server_without_model: "the server has no model yet", "o servidor ainda não tem modelo";
    server_with_another_model: "the server has another model by now", "o servidor já tem outro modelo";
    server_refused: "the server answered", "o servidor respondeu";
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
    familiar: "Familiar", "Familiar";
    surprising: "Surprising", "Surpreendente";
    from_familiar_to_surprising: "From familiar to surprising", "Do familiar ao surpreendente";
    variety: "Variety", "Variedade";
    songs_an_artist: "Per artist ", "Por artista ";
    only_here: "Stay on this device", "Ficar neste dispositivo";
    nothing_leaves: "Nothing leaves this browser: the server is not asked, even while there is no model here yet.",
        "Nada sai deste navegador: o servidor não é consultado, mesmo enquanto não há modelo aqui.";
    waiting_for_the_model: "The model is on its way. Nothing leaves this browser meanwhile.",
        "O modelo está a caminho. Até lá, nada sai deste navegador.";
    // Suggestions
    rule_with: "With", "Com";
    rule_playlists: "Playlists", "Playlists";
    rule_chance: "Than chance", "Que o acaso";
    no_rules_here: "There are no counts behind this one.", "Não há contagens por trás desta.";
    // Playlists
    new_playlist: "New playlist", "Nova playlist";
    playlist_deleted: "Playlist deleted.", "Playlist excluída.";
    new: "New", "Nova";
    rename: "Rename", "Renomear";
    name_of_the_playlist: "Name of the playlist", "Nome da playlist";
    delete: "Delete", "Excluir";
    import: "Import", "Importar";
    share: "Share", "Compartilhar";
    close: "Close", "Fechar";
    // Import
    bring_a_playlist: "Bring a playlist", "Traga uma playlist";
    choose_a_file: "A file: CSV (as Exportify writes it, or any with a title column), M3U, JSPF or text",
        "Um arquivo: CSV (como o do Exportify, ou qualquer um com coluna de título), M3U, JSPF ou texto";
    or_paste: "Or paste it here, one song a line", "Ou cole aqui, uma música por linha";
    read_it: "Read it", "Ler";
    reading: "Reading…", "Lendo…";
    nothing_is_sent: "Files are read in this page and sent nowhere.", "Arquivos são lidos nesta página e não são enviados.";
    may_mean_several: "may mean several songs", "podem ser várias músicas";
    known_by_artist_only: "known by the artist only", "conhecidas só pelo artista";
    not_known_here: "not known here", "fora do catálogo";
    left_over: "left over (without a title, too long, or more than a playlist holds)",
        "de sobra (sem título, longas demais ou além do que cabe)";
    leave_out: "Leave out", "Deixar de fora";
    as_it_is: "as it is", "como está";
    found_at_once: "Found at once", "Encontradas de imediato";
    as_a_new_playlist: "As a new playlist", "Como nova playlist";
    another_list: "Another list", "Outra lista";
    no_song_in_it: "There is no song in it.", "Não há nenhuma música nela.";
    not_readable: "It could not be read", "Não foi possível ler";
    no_answer_to_read_with: "There is no model and no server to read it with. Try again once one is there.",
        "Não há modelo nem servidor para ler. Tente de novo quando houver.";
    // Sharing
    take_it_with_you: "Take it with you", "Leve com você";
    link_to_it: "A link that holds the whole playlist; nothing is stored on a server",
        "Um link com a playlist inteira; nada fica em um servidor";
    copy_link: "Copy link", "Copiar link";
    copy_as_text: "Copy as text", "Copiar como texto";
    copied: "Copied.", "Copiado.";
    copy_it_yourself: "This browser does not let pages copy: select it and copy it yourself.",
        "Este navegador não deixa páginas copiarem: selecione e copie.";
    save_as: "Save as a file:", "Salvar como arquivo:";
    plain_text: "Text", "Texto";
    pick_a_song_or_two: "Pick a song or two. What stands beside them in other playlists comes up here, with the number of \
                         playlists that say so.",
        "Escolha uma ou duas músicas. O que está ao lado delas em outras playlists aparece aqui, com o número de playlists \
         que dizem isso.";
    one_moment: "One moment…", "Um momento…";
    try_again: "Try again", "Tentar de novo";
    nothing_left: "Nothing is left to suggest: the rest is in your playlist or was turned down. Bring back what you \
                   turned down, or allow more songs an artist.",
        "Não resta nada a sugerir: o resto está na sua playlist ou foi recusado. Traga de volta o que você recusou, ou \
         permita mais músicas por artista.";
    suggestions: "Suggestions", "Sugestões";
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
    playlist_cleared: "Playlist cleared.", "Playlist esvaziada.";
    update_available: "An update of this page is ready.", "Há uma atualização desta página.";
    reload: "Reload", "Recarregar";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, speak};

    #[test]
    fn a_phrase_follows_the_language() {
        assert_eq!(your_playlist(), "Your playlist");
        speak(Language::Portuguese);
        assert_eq!(your_playlist(), "Sua playlist");
    }
}
