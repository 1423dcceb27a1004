//! What was measured, as tables.

use crate::wrk::Loaded;

/// One server in one round.
pub(crate) struct Round {
    pub(crate) server: String,
    pub(crate) loaded: Loaded,
    pub(crate) memory: u64,
}

/// All rounds.
#[derive(Default)]
pub(crate) struct Report {
    rounds: Vec<Round>,
}

impl Report {
    pub(crate) fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Medians over the rounds; of the first server's rate in the same round too, since machines are quicker in some rounds.
    pub(crate) fn print(&self, model: usize) {
        let mut servers: Vec<&str> = Vec::new();
        for round in &self.rounds {
            if !servers.contains(&round.server.as_str()) {
                servers.push(&round.server);
            }
        }
        println!(
            "{:<16} {:>11} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8} {:>7}   rounds, requests/s",
            "median", "requests/s", "of bare", "p50 µs", "p99 µs", "p99.9 µs", "CPU µs", "RSS MB", "failed"
        );
        let rates = |server: &str| self.of(server).map(|round| round.loaded.rate()).collect::<Vec<_>>();
        let ceiling = servers.first().map_or_else(Vec::new, |first| rates(first));
        for server in servers {
            let of_ceiling = median(rates(server).iter().zip(&ceiling).map(|(rate, ceiling)| rate / ceiling).collect());
            let of = |value: fn(&Loaded) -> f64| self.median(server, value);
            let rate = of(Loaded::rate);
            let failed: u64 = self.of(server).map(|round| round.loaded.failed).sum();
            let memory = self.of(server).map(|round| round.memory).max().unwrap_or(0);
            let rates: Vec<String> = rates(server).iter().map(|rate| format!("{rate:.0}")).collect();
            println!(
                "{server:<16} {rate:>11.0} {:>8.3} {:>9.0} {:>9.0} {:>9.0} {:>9.1} {:>8.1} {failed:>7}   {}",
                of_ceiling,
                of(|loaded| loaded.p50 as f64),
                of(|loaded| loaded.p99 as f64),
                of(|loaded| loaded.p999 as f64),
                of(Loaded::cpu_each),
                memory as f64 / 1e6,
                rates.join(" ")
            );
        }
        println!("RSS: the most that was seen; the model's file alone has {:.1} MB", model as f64 / 1e6);
    }

    fn of(&self, server: &str) -> impl Iterator<Item = &Round> {
        self.rounds.iter().filter(move |round| round.server == server)
    }

    fn median(&self, server: &str, value: fn(&Loaded) -> f64) -> f64 {
        median(self.of(server).map(|round| value(&round.loaded)).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
