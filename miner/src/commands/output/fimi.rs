//! Plain lines: itemsets as the programs of the FIMI repository write them, rules in the same spirit.

use std::io::{self, Write as _};

use segue_miner::rules::Rule;

use super::{Records, Sink};
use crate::commands::transactions::Items;

pub(super) struct Fimi<'a> {
    sink: &'a mut Sink,
    items: &'a Items,
}

impl<'a> Fimi<'a> {
    pub(super) fn new(items: &'a Items, sink: &'a mut Sink) -> Self {
        Self { sink, items }
    }

    fn names(&mut self, items: &[u32]) -> io::Result<()> {
        for &item in items {
            let name = self.items.name(item);
            if name.is_empty() || name.contains(char::is_whitespace) {
                let problem = format!("{name:?} has white space, which --format fimi cannot write: take csv or json");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
            self.sink.write_all(name.as_bytes())?;
            self.sink.write_all(b" ")?;
        }
        Ok(())
    }
}

impl Records for Fimi<'_> {
    fn itemset(&mut self, items: &[u32], support: u32) -> io::Result<()> {
        self.names(items)?;
        writeln!(self.sink, "({support})")
    }

    fn rule(&mut self, rule: &Rule<'_>) -> io::Result<()> {
        self.names(rule.antecedent)?;
        write!(self.sink, "==> ")?;
        self.names(rule.consequent)?;
        let counts = rule.counts;
        writeln!(self.sink, "#SUP: {} #CONF: {} #LIFT: {}", counts.together, counts.confidence(), counts.lift())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
