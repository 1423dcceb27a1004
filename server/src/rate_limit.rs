//! How often one client may ask: a token bucket for each, kept as a single moment (the generic cell rate algorithm,
//! ITU-T I.371).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Clients that are remembered. Beyond it those that have been quiet are forgotten, then everybody.
const MOST_CLIENTS: usize = 100_000;

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
    pub fn new(rate: f64, burst: u32) -> Self {
        let each = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX);
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
        let limit = RateLimit::new(2.0, 3);
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
            let limit = RateLimit::new(10.0, 5);
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
