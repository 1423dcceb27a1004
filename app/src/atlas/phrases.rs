//! What these pages say that is always the same, in every language.

crate::phrases::phrases! {
    rules: "Rules", "Regras";
    rules_lead: "Who has these songs also has that one: in how many playlists, how surely, and how much more often than chance.",
        "Quem tem estas músicas também tem aquela: em quantas playlists, com que certeza, e quanto mais do que o acaso.";
    song_or_artist: "Song or artist", "Música ou artista";
    at_least: "At least", "No mínimo";
    playlists: "playlists", "playlists";
    confidence_percent: "confidence, %", "confiança, %";
    times_chance: "times chance", "vezes o acaso";
    antecedent: "Who has", "Quem tem";
    consequent: "also has", "também tem";
    support: "Playlists", "Playlists";
    confidence: "Confidence", "Confiança";
    lift: "Lift", "Lift";
    no_rule: "No rule like that. Ask for less, or for another song.", "Nenhuma regra assim. Peça menos, ou outra música.";
    no_rules: "This model has no rules: it was mined without evidence.", "Este modelo não tem regras: foi minerado sem evidências.";
    rules_table: "Rules of the model", "Regras do modelo";
    neighbourhood: "Neighbourhood", "Vizinhança";
    neighbourhood_lead: "The songs that go with it best. Arrow keys go around, Enter moves a song to the middle.",
        "As músicas que mais combinam com ela. As setas andam em volta, Enter põe uma música no meio.";
    pick_a_rule: "Choose a song in a rule to see what stands around it.", "Escolha uma música de uma regra para ver o que há em volta dela.";
    add_to_playlist: "Add to your playlist", "Adicionar à sua playlist";
    added: "Added", "Adicionada";
    together_here: "What joins them", "O que as une";
    model: "The model", "O modelo";
    made_on: "Made on", "Feito em";
    by_miner: "Miner", "Minerador";
    data_set: "Data set", "Conjunto de dados";
    notice: "Licence and notes", "Licença e notas";
    fingerprint: "SHA-256 of the data", "SHA-256 dos dados";
    rows: "Rows read", "Linhas lidas";
    songs: "Songs in two playlists or more", "Músicas em duas playlists ou mais";
    tail_songs: "Songs in one playlist", "Músicas em uma playlist";
    artists: "Artists", "Artistas";
    pairs: "Pairs with a weight", "Pares com peso";
    several_rules: "Rules with several songs", "Regras com várias músicas";
    size: "Size of the file", "Tamanho do arquivo";
    what_it_holds: "What it holds", "O que contém";
    how_it_was_mined: "How it was mined", "Como foi minerado";
    how_good_it_is: "How good it is", "Quão bom é";
    not_evaluated: "It was not measured. “segue-miner mine --evaluate” measures the next one.",
        "Não foi medido. “segue-miner mine --evaluate” mede o próximo.";
    popularity: "How popularity falls off", "Como a popularidade cai";
    popularity_text: "Songs by rank, to the right, and the playlists that have them, up; both scales are logarithmic.",
        "Músicas por posição, à direita, e as playlists que as têm, para cima; as duas escalas são logarítmicas.";
    where_rules_lie: "Where the rules lie", "Onde estão as regras";
    scatter_text: "Playlists with all songs, to the right, logarithmic; confidence, up. Larger dots hold more rules, darker ones lift more.",
        "Playlists com todas as músicas, à direita, logarítmica; confiança, para cima. Pontos maiores têm mais regras, mais escuros têm mais lift.";
}
