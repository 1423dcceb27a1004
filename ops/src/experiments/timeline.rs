//! A picture of runs: who answered when, from the requests' files.

use std::fmt::Write as _;

use super::load::Asked;

/// A row of the picture.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was tried.
    pub title: String,
    /// Each request: seconds since the change, and what it showed.
    pub requests: Vec<(f64, Shown)>,
    /// Marks: seconds since the change, and a word.
    pub marks: Vec<(f64, String)>,
}

/// What a request showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What was there before the change.
    Old,
    /// The change.
    New,
    /// It failed.
    Failed,
}

impl Shown {
    /// What an answer showed.
    #[must_use]
    pub fn of(asked: &Asked, is_new: bool) -> Self {
        match (asked.status, is_new) {
            (200, true) => Self::New,
            (200, false) => Self::Old,
            _ => Self::Failed,
        }
    }
}

const WIDTH: f64 = 900.0;
const LEFT: f64 = 40.0;
const ROW: f64 = 130.0;
const BARS: f64 = 70.0;
/// Seconds that one bar covers.
const BIN: f64 = 0.25;
const FROM: f64 = -2.0;

/// The picture as SVG, readable on white and on black.
#[must_use]
pub fn svg(rows: &[Row]) -> String {
    let to = rows.iter().flat_map(|row| row.requests.iter().map(|(at, _)| *at)).fold(5.0, f64::max).min(40.0);
    let x = |at: f64| LEFT + (at - FROM) / (to - FROM) * (WIDTH - LEFT - 10.0);
    let height = ROW * rows.len() as f64 + 40.0;
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\" aria-label=\"Answers before and after a change\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (number, row) in rows.iter().enumerate() {
        let top = ROW * number as f64 + 10.0;
        let bottom = top + 20.0 + BARS;
        let _ = writeln!(
            picture,
            "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{}</text>",
            top + 10.0,
            escaped(&row.title)
        );
        let bins = bins(&row.requests, to);
        let most = bins.iter().map(|bin| bin.iter().sum::<usize>()).max().unwrap_or(1).max(1) as f64;
        for (index, bin) in bins.iter().enumerate() {
            let mut y = bottom;
            for (count, colour) in bin.iter().zip(["#9aa7b5", "#1f6f8b", "#c2410c"]) {
                if *count == 0 {
                    continue;
                }
                let at = FROM + index as f64 * BIN;
                let least = if colour == "#c2410c" { 3.0 } else { 0.0 };
                let tall = (*count as f64 / most * BARS).max(least);
                y -= tall;
                let wide = x(at + BIN) - x(at) - 0.5;
                let _ = writeln!(
                    picture,
                    "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"{colour}\"/>",
                    x(at)
                );
            }
        }
        for (index, (at, words)) in merged(&row.marks, to).iter().enumerate() {
            let at = x(*at);
            let below = bottom + 12.0 + (index % 3) as f64 * 11.0;
            // Near the right end words go to the left of their line.
            let anchor = if at > WIDTH * 0.75 { "end" } else { "start" };
            let _ = writeln!(
                picture,
                "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{:.1}\" stroke=\"#111\" stroke-dasharray=\"2 2\"/>\
                 <text x=\"{at:.1}\" y=\"{below:.1}\" font-size=\"10\" text-anchor=\"{anchor}\">{}</text>",
                top + 16.0,
                below - 9.0,
                escaped(words)
            );
        }
    }
    let _ = writeln!(
        picture,
        "<text x=\"{LEFT}\" y=\"{:.0}\" font-size=\"11\">Requests in each quarter of a second, from {:.0} s before to {to:.0} s \
         after the change. Grey: answered as before. Blue: with the change. Orange: failed.</text>\n</svg>",
        height - 12.0,
        -FROM
    );
    picture
}

/// Marks in the picture, those that would lie on one another in one.
fn merged(marks: &[(f64, String)], to: f64) -> Vec<(f64, String)> {
    let mut merged: Vec<(f64, String)> = Vec::new();
    for (at, word) in marks.iter().filter(|(at, _)| (FROM..=to).contains(at)) {
        match merged.last_mut() {
            Some((last, words)) if at - *last < BIN => {
                words.push_str(", ");
                words.push_str(word);
            }
            _ => merged.push((*at, word.clone())),
        }
    }
    merged
}

/// Old, new and failed requests in each stretch of time.
fn bins(requests: &[(f64, Shown)], to: f64) -> Vec<[usize; 3]> {
    let mut bins = vec![[0; 3]; ((to - FROM) / BIN).ceil() as usize];
    for (at, shown) in requests.iter().filter(|(at, _)| *at >= FROM) {
        if let Some(bin) = bins.get_mut(((at - FROM) / BIN) as usize) {
            bin[*shown as usize] += 1;
        }
    }
    bins
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_are_close_are_one() {
        let marks = [(0.0, "a".to_owned()), (0.1, "b".to_owned()), (1.0, "c".to_owned()), (9.0, "d".to_owned())];
        assert_eq!(merged(&marks, 5.0), [(0.0, "a, b".to_owned()), (1.0, "c".to_owned())]);
    }

    #[test]
    fn requests_are_counted_where_they_belong() {
        let bins = bins(
            &[(-2.0, Shown::Old), (-1.9, Shown::Old), (0.0, Shown::Failed), (0.3, Shown::New), (9.0, Shown::New)],
            1.0,
        );
        assert_eq!(bins.len(), 12);
        assert_eq!((bins[0], bins[8], bins[9]), ([2, 0, 0], [0, 0, 1], [0, 1, 0]));
    }
}
