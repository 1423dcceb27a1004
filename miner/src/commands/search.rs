//! What the commands about itemsets ask of the search.

use clap::{Args, ValueEnum};
use segue_miner::itemsets::{Stopped, Target, Wanted};
use segue_miner::support::MinSupport;

/// What to search for, and within which bounds.
#[derive(Args)]
pub(crate) struct SearchArguments {
    /// Baskets that must contain a set: a count (an integer), or a share with a decimal point or % (0.01, 1%), compared
    /// exactly.
    #[arg(long, env = "MIN_SUPPORT", default_value = "1%", value_name = "N|SHARE")]
    min_support: MinSupport,
    /// Memory for the search and what it keeps; there it stops and says so.
    #[arg(long, default_value = "4G", value_name = "BYTES", value_parser = bytes)]
    memory: usize,
    /// Threads to read and search with; 0 for as many as there are cores. The output is the same for any number.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
}

/// Which of the frequent itemsets.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TargetArgument {
    /// All of them.
    All,
    /// Those without a larger set in just as many baskets.
    Closed,
    /// Those without a larger frequent set.
    Maximal,
}

impl From<TargetArgument> for Target {
    fn from(target: TargetArgument) -> Self {
        match target {
            TargetArgument::All => Self::All,
            TargetArgument::Closed => Self::Closed,
            TargetArgument::Maximal => Self::Maximal,
        }
    }
}

impl SearchArguments {
    /// The search among so many baskets; lengths and the number of sets are not bounded yet.
    pub(crate) fn wanted(&self, baskets: usize) -> Wanted {
        Wanted {
            min_support: self.min_support.count(baskets),
            max_memory: self.memory,
            threads: self.threads,
            ..Wanted::default()
        }
    }
}

/// What stopped a search, with the options that would let it go on.
pub(crate) fn stopped(stopped: Stopped) -> anyhow::Error {
    anyhow::anyhow!("{stopped} (--min-support, --max-len, --target, --max-itemsets, --memory)")
}

/// An amount of memory as people write it: 500M, 4G, 1.5GB, or bytes.
fn bytes(text: &str) -> Result<usize, String> {
    let number = text.trim().trim_end_matches(['b', 'B']);
    let (number, unit) = match number.chars().last().map(|last| last.to_ascii_lowercase()) {
        Some('k') => (&number[..number.len() - 1], 10),
        Some('m') => (&number[..number.len() - 1], 20),
        Some('g') => (&number[..number.len() - 1], 30),
        _ => (number, 0),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok((number * f64::from(1_u32 << unit)) as usize),
        _ => Err("give an amount such as 500M or 4G".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_people_write_it() {
        for (text, expected) in
            [("1000", 1_000), ("2k", 2_048), ("500M", 500 << 20), ("4G", 4 << 30), ("1.5 GB", 3 << 29), ("7B", 7)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "x", "-1", "0", "G", "1T2", "nan", "inf"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
