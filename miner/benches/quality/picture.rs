//! The curves of size and quality as an SVG that can be read in light and in dark, and on a phone.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use segue_miner::evaluate::metrics::Metric;

use crate::{Catalogue, Figures};

/// Narrow and with large letters: shown at 360 pixels, the letters still have 11.
const WIDTH: u32 = 600;
const PANEL_HEIGHT: u32 = 330;
const LETTERS: u32 = 19;

// Stand-ins that the style sheet gives the colours of light and dark to. The curve differs from the baselines by its
// dots and thickness too, not by colour alone.
const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(221, 221, 221);
const CURVE: RGBColor = RGBColor(0, 90, 156);
const BASELINE: RGBColor = RGBColor(85, 85, 85);

/// Colours in the dark. What is drawn has no other colours than the stand-ins.
const STYLE: &str = "<style>@media (prefers-color-scheme: dark) {\
[fill=\"#FFFFFF\"]{fill:#12161f}[fill=\"#222222\"]{fill:#ece6d8}[stroke=\"#222222\"]{stroke:#ece6d8}\
[fill=\"#DDDDDD\"]{fill:#3a4150}[stroke=\"#DDDDDD\"]{stroke:#3a4150}\
[fill=\"#005A9C\"]{fill:#6cb8f0}[stroke=\"#005A9C\"]{stroke:#6cb8f0}\
[fill=\"#555555\"]{fill:#b9b4a8}[stroke=\"#555555\"]{stroke:#b9b4a8}}</style>";

/// A panel for each catalogue, one below the other.
pub(crate) fn of(catalogues: &[Catalogue]) -> Result<String> {
    let mut drawn = String::new();
    {
        let height = PANEL_HEIGHT * catalogues.len().max(1) as u32;
        let root = SVGBackend::with_string(&mut drawn, (WIDTH, height)).into_drawing_area();
        root.fill(&PAPER).map_err(failed)?;
        let panels = root.split_evenly((catalogues.len().max(1), 1));
        for (panel, catalogue) in panels.iter().zip(catalogues) {
            draw(panel, catalogue)?;
        }
        root.present().map_err(failed)?;
    }
    // Scaled to the width there is, told to those who cannot see it, and in the colours of the reader's choice.
    let title = "<title>NDCG@100 against the size of the download, for three catalogues, with baselines</title>";
    let begins = drawn.find("<svg").ok_or_else(|| anyhow!("nothing was drawn"))?;
    let body = begins + drawn[begins..].find('>').ok_or_else(|| anyhow!("nothing was drawn"))? + 1;
    let height = PANEL_HEIGHT * catalogues.len().max(1) as u32;
    let head = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\">");
    Ok(format!("{head}\n{title}\n{STYLE}{}", &drawn[body..]))
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the picture cannot be drawn: {error}")
}

fn draw(panel: &DrawingArea<SVGBackend<'_>, Shift>, catalogue: &Catalogue) -> Result<()> {
    let curve: Vec<(f64, f64)> = catalogue
        .sizes
        .iter()
        .filter(|(name, _)| name != "100 neighbours")
        .map(|(_, figures)| (figures.megabytes(), figures.of(Metric::Ndcg100)))
        .collect();
    let usual = catalogue.sizes.iter().find(|(name, _)| name == "100 neighbours");
    let baselines: Vec<&(String, Figures)> =
        catalogue.baselines.iter().filter(|(name, _)| !["popularity", "rules"].contains(&name.as_str())).collect();
    let heights = || {
        let others = baselines.iter().map(|(_, figures)| figures.of(Metric::Ndcg100));
        curve.iter().map(|point| point.1).chain(others)
    };
    let (low, high) = heights().fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let margin = (high - low).max(0.01) * 0.12;
    let left = curve.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let right = curve.iter().map(|point| point.0).fold(0.0, f64::max);
    let (left, right) = (left / 1.15, right * 1.15);

    let letters = |color: &RGBColor| ("sans-serif", LETTERS).into_font().color(color);
    let mut chart = ChartBuilder::on(panel)
        .caption(
            format!("{}: {} songs", catalogue.name, catalogue.songs()),
            ("sans-serif", LETTERS + 2, FontStyle::Bold).into_font().color(&INK),
        )
        .margin(8)
        .margin_right(18)
        .x_label_area_size(52)
        .y_label_area_size(78)
        .build_cartesian_2d((left..right).log_scale(), (low - margin)..(high + margin))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .y_labels(5)
        .x_labels(6)
        .x_label_formatter(&|size| format!("{size}"))
        .y_label_formatter(&|value| format!("{value:.2}").trim_start_matches('0').to_owned())
        .x_desc("download, MB (compressed)")
        .y_desc("NDCG@100")
        .label_style(letters(&INK))
        .axis_desc_style(letters(&INK))
        .draw()
        .map_err(failed)?;

    for (name, figures) in &baselines {
        let value = figures.of(Metric::Ndcg100);
        let line = DashedLineSeries::new([(left, value), (right, value)], 7, 5, BASELINE.stroke_width(2));
        chart.draw_series(line).map_err(failed)?;
        // Above its line at the far end, where the curve has risen away from it.
        let style = letters(&BASELINE).pos(Pos::new(HPos::Right, VPos::Bottom));
        let label = Text::new(name.clone(), (right / 1.02, value), style);
        chart.draw_series(std::iter::once(label)).map_err(failed)?;
    }
    chart.draw_series(LineSeries::new(curve.iter().copied(), CURVE.stroke_width(3))).map_err(failed)?;
    chart.draw_series(curve.iter().map(|&point| Circle::new(point, 6, CURVE.filled()))).map_err(failed)?;
    if let Some((_, figures)) = usual {
        let point = (figures.megabytes(), figures.of(Metric::Ndcg100));
        chart.draw_series(std::iter::once(TriangleMarker::new(point, 9, INK.filled()))).map_err(failed)?;
    }
    Ok(())
}
