//! What a rule is worth: the field's measures, from counts, and their exact comparison.

use std::cmp::Ordering;

use super::Threshold;

/// The counts a rule A → B rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Baskets with all of A and B.
    pub together: u32,
    /// Baskets with A; at least 1 and at least `together`.
    pub antecedent: u32,
    /// Baskets with B; at least 1 and at least `together`.
    pub consequent: u32,
    /// All baskets.
    pub baskets: u32,
}

/// A measure of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// [`Counts::confidence`].
    Confidence,
    /// [`Counts::lift`].
    Lift,
    /// [`Counts::leverage`].
    Leverage,
    /// [`Counts::conviction`].
    Conviction,
}

impl Counts {
    /// support(A ∪ B) / support(A): the share of the baskets with A that have B too (Agrawal, Imieliński, Swami,
    /// "Mining association rules between sets of items in large databases", SIGMOD 1993). From 0 to 1.
    #[must_use]
    pub fn confidence(self) -> f64 {
        f64::from(self.together) / f64::from(self.antecedent)
    }

    /// confidence / relative support(B): how many times as often B comes with A as it would if they had nothing to
    /// do with each other (as "interest" in Brin, Motwani, Ullman, Tsur, "Dynamic itemset counting and implication
    /// rules for market basket data", SIGMOD 1997). From 0, which is never, over 1, which is by chance.
    #[must_use]
    pub fn lift(self) -> f64 {
        let (above, below) = self.fraction(Measure::Lift);
        above as f64 / below as f64
    }

    /// Relative support(A ∪ B) − relative support(A) · relative support(B): the share of all baskets by which A and B
    /// come together more often than by chance (Piatetsky-Shapiro, "Discovery, analysis, and presentation of strong
    /// rules", 1991). From −¼ to ¼.
    #[must_use]
    pub fn leverage(self) -> f64 {
        let (above, below) = self.fraction(Measure::Leverage);
        above as f64 / below as f64
    }

    /// (1 − relative support(B)) / (1 − confidence): how many times as often the rule would fail by chance (Brin,
    /// Motwani, Ullman, Tsur, SIGMOD 1997). From 0 over 1, by chance, to infinity: a rule that never fails.
    #[must_use]
    pub fn conviction(self) -> f64 {
        match self.fraction(Measure::Conviction) {
            (_, 0) => f64::INFINITY,
            (above, below) => above as f64 / below as f64,
        }
    }

    /// Whether a measure is this much or more, exactly.
    #[must_use]
    pub fn reach(self, measure: Measure, least: Threshold) -> bool {
        // Counts are below 2³² and parts of a threshold below 2⁶⁰, so nothing is above 2¹²⁵.
        let (above, below) = self.fraction(measure);
        below == 0 || above * least.denominator() >= least.numerator() * below
    }

    /// Whether a measure of this or of the other is larger, exactly. Both must be of the same number of baskets.
    #[must_use]
    pub fn compare(self, other: Self, measure: Measure) -> Ordering {
        let factors = |counts: Self| {
            let WideCounts { together, antecedent, consequent, baskets } = counts.wide();
            // As in `fraction`, without the number of baskets where that is a factor of both.
            match measure {
                Measure::Confidence => (together, antecedent),
                Measure::Lift => (together, antecedent * consequent),
                Measure::Leverage => (together * baskets - antecedent * consequent, 1),
                Measure::Conviction => (antecedent * (baskets - consequent), antecedent - together),
            }
        };
        let ((above, below), (other_above, other_below)) = (factors(self), factors(other));
        match (below, other_below) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Greater,
            (_, 0) => Ordering::Less,
            _ => (above * other_below).cmp(&(other_above * below)),
        }
    }

    /// A measure as a fraction; 0 below the line is infinity.
    fn fraction(self, measure: Measure) -> (i128, i128) {
        let WideCounts { together, antecedent, consequent, baskets } = self.wide();
        match measure {
            Measure::Confidence => (together, antecedent),
            Measure::Lift => (together * baskets, antecedent * consequent),
            Measure::Leverage => (together * baskets - antecedent * consequent, baskets * baskets),
            Measure::Conviction => (antecedent * (baskets - consequent), baskets * (antecedent - together)),
        }
    }

    fn wide(self) -> WideCounts {
        WideCounts {
            together: self.together.into(),
            antecedent: self.antecedent.into(),
            consequent: self.consequent.into(),
            baskets: self.baskets.into(),
        }
    }
}

/// Counts with room for their products.
struct WideCounts {
    together: i128,
    antecedent: i128,
    consequent: i128,
    baskets: i128,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURES: [Measure; 4] = [Measure::Confidence, Measure::Lift, Measure::Leverage, Measure::Conviction];

    fn value(counts: Counts, measure: Measure) -> f64 {
        match measure {
            Measure::Confidence => counts.confidence(),
            Measure::Lift => counts.lift(),
            Measure::Leverage => counts.leverage(),
            Measure::Conviction => counts.conviction(),
        }
    }

    #[test]
    fn measures_are_what_their_definitions_say() {
        // {Milk, Diaper} → Beer of the five baskets.
        let counts = Counts { together: 2, antecedent: 3, consequent: 3, baskets: 5 };
        for (measure, expected) in [
            (Measure::Confidence, 2.0 / 3.0),
            (Measure::Lift, (2.0 / 3.0) / 0.6),
            (Measure::Leverage, 0.4 - 0.6 * 0.6),
            (Measure::Conviction, 0.4 / (1.0 / 3.0)),
        ] {
            assert!((value(counts, measure) - expected).abs() < 1e-12, "{measure:?}");
        }
        let certain = Counts { together: 3, antecedent: 3, consequent: 3, baskets: 5 };
        assert_eq!(certain.conviction(), f64::INFINITY);
        assert!(certain.reach(Measure::Conviction, Threshold::new(1_000_000, 1).unwrap()));
    }

    #[test]
    fn what_equals_a_threshold_reaches_it_and_the_least_more_does_not() {
        let third = Counts { together: 2, antecedent: 3, consequent: 4, baskets: 7 };
        for (measure, numerator, denominator) in [
            (Measure::Confidence, 2, 3),
            (Measure::Lift, 14, 12),
            (Measure::Leverage, 2, 49),
            (Measure::Conviction, 9, 7),
        ] {
            assert!(third.reach(measure, Threshold::new(numerator, denominator).unwrap()), "{measure:?}");
            let scale = 1_000_000_000_000_000;
            let more = Threshold::new(numerator * scale + 1, denominator * scale as u64).unwrap();
            assert!(!third.reach(measure, more), "{measure:?}");
        }
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        let most = u32::MAX;
        let counts = Counts { together: most - 1, antecedent: most, consequent: most - 1, baskets: most };
        let largest = Threshold::new(1_000_000_000_000_000_000, 1).unwrap();
        let smallest = Threshold::new(1, 1_000_000_000_000_000_000).unwrap();
        for measure in MEASURES {
            assert!(!counts.reach(measure, largest), "{measure:?}");
            assert_eq!(counts.compare(counts, measure), Ordering::Equal);
        }
        assert!(counts.reach(Measure::Confidence, smallest));
    }

    #[test]
    fn comparing_agrees_with_the_values_wherever_these_differ() {
        let all = || {
            (1..5_u32).flat_map(|together| {
                (together..6).flat_map(move |antecedent| {
                    (together..6).map(move |consequent| Counts { together, antecedent, consequent, baskets: 9 })
                })
            })
        };
        for measure in MEASURES {
            for (left, right) in all().flat_map(|left| all().map(move |right| (left, right))) {
                let (values, order) = ((value(left, measure), value(right, measure)), left.compare(right, measure));
                if values.0 == values.1 || (values.0 - values.1).abs() > 1e-12 {
                    assert_eq!(Some(order), values.0.partial_cmp(&values.1), "{measure:?} {left:?} {right:?}");
                }
            }
        }
    }
}
