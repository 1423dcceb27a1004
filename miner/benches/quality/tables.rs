//! The figures as Markdown.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use segue_miner::evaluate::metrics::Metric;

use crate::{Catalogue, Figures};

/// Between these lines of a document its tables are replaced.
const MARKS: [&str; 2] = ["<!-- quality bench -->", "<!-- end of quality bench -->"];

/// All tables.
pub(crate) fn of(catalogues: &[Catalogue]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for catalogue in catalogues {
        let against: Vec<&(String, Figures)> = catalogue.baselines.iter().take(1).collect();
        let _ = writeln!(text, "\n**{}**, {} songs:\n", catalogue.name, catalogue.songs());
        let _ = write!(text, "| model | download, MB | pairs | Recall@10 | NDCG@100 | coverage@10 |");
        for (name, _) in &against {
            let _ = write!(text, " NDCG@100 to {name} |");
        }
        let _ = writeln!(text, "\n|---|--:|--:|--:|--:|--:|{}", "--:|".repeat(against.len()));
        for (name, figures) in &catalogue.sizes {
            let _ = write!(text, "| {name} | {:.3} | {:.0} |", figures.megabytes(), figures.pairs());
            quality(&mut text, figures);
            for (_, peer) in &against {
                let _ = write!(text, " {:.3} |", figures.of(Metric::Ndcg100) / peer.of(Metric::Ndcg100));
            }
            text.push('\n');
        }
        for (name, figures) in &catalogue.baselines {
            let _ = write!(text, "| *{name}* | | |");
            quality(&mut text, figures);
            for (_, peer) in &against {
                let _ = write!(text, " {:.3} |", figures.of(Metric::Ndcg100) / peer.of(Metric::Ndcg100));
            }
            text.push('\n');
        }
    }
    for catalogue in catalogues {
        let _ = writeln!(
            text,
            "\n**{}**, options (of the model of 1 MB):\n\n| option | Recall@10 | NDCG@100 | coverage@10 | popularity@10 \
             | artist diversity@10 |\n|---|--:|--:|--:|--:|--:|",
            catalogue.name
        );
        for (name, figures) in &catalogue.options {
            let _ = write!(text, "| {name} |");
            quality(&mut text, figures);
            for metric in [Metric::Popularity10, Metric::ArtistDiversity10] {
                let _ = write!(text, " {:.3} |", figures.of(metric));
            }
            text.push('\n');
        }
    }
    text.push('\n');
    text
}

fn quality(text: &mut String, figures: &Figures) {
    let shown = [(Metric::Recall10, 4), (Metric::Ndcg100, 4), (Metric::Coverage10, 3)];
    for (metric, digits) in shown {
        let _ = write!(text, " {:.digits$} |", figures.of(metric));
    }
}

/// Replaces what is between the marks of a document.
pub(crate) fn update(path: &Path, tables: &str) -> anyhow::Result<()> {
    let document = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let begin = document.find(MARKS[0]).map(|at| at + MARKS[0].len());
    let end = document.find(MARKS[1]);
    ensure!(begin.zip(end).is_some_and(|(begin, end)| begin <= end), "{}: no marks {MARKS:?}", path.display());
    let (begin, end) = (begin.unwrap_or_default(), end.unwrap_or_default());
    let updated = format!("{}\n{tables}{}", &document[..begin], &document[end..]);
    fs::write(path, updated).with_context(|| format!("writing {}", path.display()))
}
