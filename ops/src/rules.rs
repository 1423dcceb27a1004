//! What no schema and no linter sees: whether the objects of an overlay fit each other, and the programs in them.
//!
//! A rule looks at all objects and says what is wrong in words that name the object. Each rule has at least one
//! [mutant](crate::mutants): a defect that it alone finds.

mod agreement;
mod identity;
mod network;
mod resources;
mod rollout;
mod security;
mod storage;

use std::fmt;

use serde_json::Value;

use crate::documents::{Documents, label};

/// Something to look for.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, in words joined by hyphens.
    pub name: &'static str,
    /// What must be so.
    pub demands: &'static str,
    check: fn(&Documents, &mut Findings),
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static str,
    /// The object, as `Deployment/segue-server`.
    pub object: String,
    /// What is wrong, and what it should be.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} [{}]", self.object, self.message, self.rule)
    }
}

/// Where a rule says what it finds.
#[derive(Debug, Default)]
pub struct Findings {
    rule: &'static str,
    found: Vec<Finding>,
}

impl Findings {
    /// Something is wrong with `object`.
    fn add(&mut self, object: &Value, message: impl Into<String>) {
        self.found.push(Finding { rule: self.rule, object: label(object), message: message.into() });
    }
}

/// All rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        identity::RULES,
        rollout::RULES,
        network::RULES,
        storage::RULES,
        agreement::RULES,
        resources::RULES,
        security::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Everything that is wrong with the objects of an overlay.
#[must_use]
pub fn check(documents: &Documents) -> Vec<Finding> {
    let mut findings = Findings::default();
    for rule in rules() {
        findings.rule = rule.name;
        (rule.check)(documents, &mut findings);
    }
    findings.found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let names: Vec<&str> = rules().map(|rule| rule.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn nothing_is_wrong_with_nothing() {
        assert_eq!(check(&Documents::default()), []);
    }
}
