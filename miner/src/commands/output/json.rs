//! JSON, an object a line.

use std::borrow::Cow;
use std::io::{self, Write as _};

use segue_miner::rules::Rule;
use serde::Serialize;

use super::{Records, Sink};
use crate::commands::transactions::Items;

pub(super) struct Json<'a> {
    sink: &'a mut Sink,
    items: &'a Items,
    baskets: usize,
}

#[derive(Serialize)]
struct PrintedItemset<'a> {
    items: Vec<Cow<'a, str>>,
    support: u32,
    relative_support: f64,
}

#[derive(Serialize)]
struct PrintedRule<'a> {
    antecedent: Vec<Cow<'a, str>>,
    consequent: Vec<Cow<'a, str>>,
    support: u32,
    antecedent_support: u32,
    consequent_support: u32,
    confidence: f64,
    lift: f64,
    leverage: f64,
    /// Infinity, which JSON does not have, is `null`.
    conviction: f64,
}

impl<'a> Json<'a> {
    pub(super) fn new(items: &'a Items, baskets: usize, sink: &'a mut Sink) -> Self {
        Self { sink, items, baskets }
    }

    fn names(&self, items: &[u32]) -> Vec<Cow<'a, str>> {
        items.iter().map(|&item| self.items.name(item)).collect()
    }

    fn print(&mut self, record: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.sink, record)?;
        self.sink.write_all(b"\n")
    }
}

impl Records for Json<'_> {
    fn itemset(&mut self, items: &[u32], support: u32) -> io::Result<()> {
        let relative_support = f64::from(support) / self.baskets as f64;
        self.print(&PrintedItemset { items: self.names(items), support, relative_support })
    }

    fn rule(&mut self, rule: &Rule<'_>) -> io::Result<()> {
        let counts = rule.counts;
        self.print(&PrintedRule {
            antecedent: self.names(rule.antecedent),
            consequent: self.names(rule.consequent),
            support: counts.together,
            antecedent_support: counts.antecedent,
            consequent_support: counts.consequent,
            confidence: counts.confidence(),
            lift: counts.lift(),
            leverage: counts.leverage(),
            conviction: counts.conviction(),
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
