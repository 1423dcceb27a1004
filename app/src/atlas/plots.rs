//! What the model page draws: how popularity falls off, and where the rules lie.

use segue_model::song::Support;

use super::rules::Row;

/// A point of a picture, both numbers from 0 to 1: to the right, and up.
pub type Point = (f64, f64);

/// How the support of songs falls off from the best known to the rarest, on logarithmic scales.
///
/// `supports` fall; at most `most` points are given, evenly spaced on the scale.
#[must_use]
pub fn popularity(supports: &[Support], most: usize) -> Vec<Point> {
    let (Some(first), true) = (supports.first(), most > 1) else { return Vec::new() };
    let width = (supports.len() as f64).ln().max(f64::MIN_POSITIVE);
    let height = first.as_f64().ln().max(f64::MIN_POSITIVE);
    let mut points: Vec<Point> = Vec::new();
    let mut before = usize::MAX;
    for step in 0..most {
        let rank = (width * step as f64 / (most - 1) as f64).exp().round().clamp(1.0, supports.len() as f64) as usize;
        if rank != before {
            before = rank;
            points.push(((rank as f64).ln() / width, supports[rank - 1].as_f64().max(1.0).ln() / height));
        }
    }
    points
}

/// Rules in one cell of the scatter plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The middle of the cell: support on a logarithmic scale, and confidence.
    pub at: Point,
    /// Rules in it.
    pub rules: u32,
    /// Their mean lift.
    pub lift: f64,
}

/// The rules over support (logarithmic, to the right) and confidence (up), counted in cells.
#[must_use]
pub fn scatter(rows: &[Row], columns: usize, lines: usize) -> Vec<Cell> {
    let most = rows.iter().map(|row| row.together).max().unwrap_or(1).max(2);
    let least = rows.iter().map(|row| row.together).min().unwrap_or(1).max(1);
    let (low, high) = (f64::from(least).ln(), f64::from(most).ln());
    let place = |share: f64, cells: usize| ((share * cells as f64) as usize).min(cells.saturating_sub(1));
    let mut cells = vec![(0_u32, 0.0_f64); columns * lines];
    for row in rows {
        let share = (f64::from(row.together.max(1)).ln() - low) / (high - low).max(f64::MIN_POSITIVE);
        let cell = &mut cells[place(row.confidence(), lines) * columns + place(share, columns)];
        cell.0 += 1;
        cell.1 += row.lift;
    }
    cells
        .into_iter()
        .enumerate()
        .filter(|(_, (rules, _))| *rules > 0)
        .map(|(at, (rules, lift))| Cell {
            at: (((at % columns) as f64 + 0.5) / columns as f64, ((at / columns) as f64 + 0.5) / lines as f64),
            rules,
            lift: lift / f64::from(rules),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use segue_model::song::SongId;

    use super::*;

    #[test]
    fn popularity_falls_from_the_upper_left_to_the_right() {
        let supports: Vec<Support> = (1..=1000).map(|rank| Support(1000 / rank)).collect();
        let points = popularity(&supports, 50);
        assert!(points.len() > 20 && points.len() <= 50);
        assert_eq!(points[0], (0.0, 1.0));
        assert!((points[points.len() - 1].0 - 1.0).abs() < 1e-12);
        assert!(points.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 >= two[1].1));
        assert!(popularity(&[], 50).is_empty());
        assert_eq!(popularity(&[Support(1)], 50).len(), 1, "one song");
    }

    #[test]
    fn every_rule_is_counted_in_the_cell_where_it_lies() {
        let row = |together: u32, support: u32| Row {
            antecedent: [SongId(0)].into(),
            consequent: SongId(1),
            together,
            support,
            lift: f64::from(together),
        };
        let rows = [row(1, 10), row(100, 100), row(100, 100), row(10, 20)];
        let cells = scatter(&rows, 10, 10);
        assert_eq!(cells.iter().map(|cell| cell.rules).sum::<u32>(), 4);
        let sure = cells.iter().find(|cell| cell.rules == 2).expect("the equal ones share a cell");
        assert!(sure.at.0 > 0.9 && sure.at.1 > 0.9 && (sure.lift - 100.0).abs() < 1e-12);
        assert!(scatter(&[], 10, 10).is_empty());
    }
}
