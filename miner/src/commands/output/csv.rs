//! CSV with a header. The names of a set are one field, joined by ` | `.

use std::io;

use segue_miner::rules::Rule;

use super::{Content, Records, Sink};
use crate::commands::transactions::Items;

/// Between the names of a set.
const SEPARATOR: &str = " | ";

pub(super) struct Csv<'a> {
    writer: csv::Writer<&'a mut Sink>,
    items: &'a Items,
    baskets: usize,
    /// Fields that hold names, used again.
    names: (String, String),
}

impl<'a> Csv<'a> {
    pub(super) fn new(content: Content, items: &'a Items, baskets: usize, sink: &'a mut Sink) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(sink);
        match content {
            Content::Itemsets => writer.write_record(["items", "length", "support", "relative_support"])?,
            Content::Rules => writer.write_record([
                "antecedent",
                "consequent",
                "support",
                "antecedent_support",
                "consequent_support",
                "confidence",
                "lift",
                "leverage",
                "conviction",
            ])?,
        }
        Ok(Self { writer, items, baskets, names: Default::default() })
    }
}

impl Records for Csv<'_> {
    fn itemset(&mut self, items: &[u32], support: u32) -> io::Result<()> {
        join(&mut self.names.0, self.items, items);
        let relative = f64::from(support) / self.baskets as f64;
        let writer = &mut self.writer;
        writer.write_record([&self.names.0, &items.len().to_string(), &support.to_string(), &relative.to_string()])?;
        Ok(())
    }

    fn rule(&mut self, rule: &Rule<'_>) -> io::Result<()> {
        join(&mut self.names.0, self.items, rule.antecedent);
        join(&mut self.names.1, self.items, rule.consequent);
        let counts = rule.counts;
        let writer = &mut self.writer;
        writer.write_record([
            &self.names.0,
            &self.names.1,
            &counts.together.to_string(),
            &counts.antecedent.to_string(),
            &counts.consequent.to_string(),
            &counts.confidence().to_string(),
            &counts.lift().to_string(),
            &counts.leverage().to_string(),
            &counts.conviction().to_string(),
        ])?;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Joins names so that splitting at the separator gives as many: a bar in a name gets a backslash, and so does a
/// backslash.
fn join(field: &mut String, names: &Items, items: &[u32]) {
    field.clear();
    for (at, &item) in items.iter().enumerate() {
        if at > 0 {
            field.push_str(SEPARATOR);
        }
        let name = names.name(item);
        if name.contains(['|', '\\']) {
            field.push_str(&name.replace('\\', "\\\\").replace('|', "\\|"));
        } else {
            field.push_str(&name);
        }
    }
}
