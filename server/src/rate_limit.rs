//! How often one client may ask: a token bucket for each, kept as a single moment (the generic cell rate algorithm,
//! ITU-T I.371).

use std::collections::HashMap;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Clients that are remembered. Beyond it those that have been quiet are forgotten, then everybody.
const MOST_CLIENTS: usize = 100_000;

/// Requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// About one request in a quarter of an hour: who should ask less often should not ask at all.
    pub const LEAST: f64 = 0.001;
    /// More than any machine answers.
    pub const MOST: f64 = 1e6;
}

/// The text is no rate that clients can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give requests a second, such as 10 or 0.5, from {} to {}; leave it out for no limit", Rate::LEAST, Rate::MOST)]
pub struct BadRate;

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rate = text.trim().parse().map_err(|_| BadRate)?;
        if (Self::LEAST..=Self::MOST).contains(&rate) { Ok(Self(rate)) } else { Err(BadRate) }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// The holder of the API key of this number.
    Key(u32),
    /// Whoever is at this address; of an IPv6 address the network, for everybody has very many of those.
    Address(IpAddr),
}

impl Client {
    /// The client at an address.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(network.into())
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// How often each client may ask.
#[derive(Debug)]
pub struct RateLimit {
    /// Time that one request stands for.
    each: Duration,
    /// How far ahead of its time a client may be.
    ahead: Duration,
    /// When each client has used up what it was allowed.
    until: Mutex<HashMap<Client, Instant>>,
}

impl RateLimit {
    /// `rate` requests a second for each client, and `burst` at once.
    #[must_use]
    pub fn new(Rate(rate): Rate, burst: u32) -> Self {
        let each = Duration::from_secs_f64(1.0 / rate);
        Self { each, ahead: each.saturating_mul(burst.max(1)), until: Mutex::default() }
    }

    /// Counts a request of a client at a moment.
    ///
    /// # Errors
    /// It has asked too often: how long it should wait.
    pub fn count(&self, client: Client, now: Instant) -> Result<(), Duration> {
        let mut clients = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&client) {
            clients.retain(|_, until| *until > now);
            if clients.len() >= MOST_CLIENTS {
                clients.clear();
            }
        }
        let until = clients.entry(client).or_insert(now);
        let used_up = (*until).max(now) + self.each;
        let ahead = used_up - now;
        if ahead > self.ahead {
            return Err(ahead - self.ahead);
        }
        *until = used_up;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(number: u32) -> Client {
        Client::Key(number)
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_at_a_time() {
        let limit = RateLimit::new(Rate(2.0), 3);
        let begin = Instant::now();
        for _ in 0..3 {
            assert_eq!(limit.count(client(0), begin), Ok(()));
        }
        assert_eq!(limit.count(client(0), begin), Err(Duration::from_millis(500)));
        assert_eq!(limit.count(client(1), begin), Ok(()), "others are not concerned");
        let later = begin + Duration::from_millis(500);
        assert_eq!(limit.count(client(0), later), Ok(()));
        assert!(limit.count(client(0), later).is_err());
    }

    #[test]
    fn rates_that_nobody_can_be_held_to_are_refused() {
        for bad in ["0", "-1", "NaN", "inf", "1e-300", "0.0009", "1e300", "", "ten"] {
            assert_eq!(bad.parse::<Rate>(), Err(BadRate), "{bad:?}");
        }
        assert!(BadRate.to_string().contains("from 0.001 to 1000000"), "{BadRate}");
        for (rate, burst) in [("0.001", u32::MAX), ("0.001", 1), ("1e6", 1), ("1e6", u32::MAX)] {
            let limit = RateLimit::new(rate.parse().unwrap(), burst);
            assert_eq!(limit.count(client(0), Instant::now()), Ok(()), "{rate} {burst}");
        }
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let at = |text: &str| Client::at(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_the_rate(gaps in prop::collection::vec(0_u64..300, 1..200)) {
            let limit = RateLimit::new(Rate(10.0), 5);
            let begin = Instant::now();
            let (mut now, mut let_in) = (begin, 0_u32);
            for gap in gaps {
                now += Duration::from_millis(gap);
                let_in += u32::from(limit.count(client(0), now).is_ok());
                prop_assert!(f64::from(let_in) <= 5.0 + (now - begin).as_secs_f64() * 10.0 + 1e-6);
            }
        }
    }
}
