//! What a Service is to its clients: one address, behind which each new connection goes to one of the endpoints.
//!
//! As with kube-proxy, a connection stays with its server until either side ends it, and one that cannot be made is not
//! tried elsewhere: the client sees it fail.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A balancer on a port of its own, until it is dropped.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    endpoints: Arc<Mutex<Vec<SocketAddr>>>,
    ending: Arc<AtomicBool>,
}

impl Balancer {
    /// Starts one without endpoints: every connection is closed at once.
    ///
    /// # Errors
    /// No port can be had.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let endpoints = Arc::new(Mutex::new(Vec::new()));
        let ending = Arc::new(AtomicBool::new(false));
        let (shared, ended) = (Arc::clone(&endpoints), Arc::clone(&ending));
        thread::spawn(move || {
            let turn = AtomicUsize::new(0);
            for client in listener.incoming() {
                if ended.load(Ordering::Acquire) {
                    return;
                }
                let endpoint = next(&shared.lock().unwrap_or_else(PoisonError::into_inner), &turn);
                if let (Ok(client), Some(endpoint)) = (client, endpoint) {
                    thread::spawn(move || join(&client, endpoint));
                }
            }
        });
        Ok(Self { address, endpoints, ending })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where new connections go.
    #[must_use]
    pub fn endpoints(&self) -> Vec<SocketAddr> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where new connections go from now on, in turn.
    pub fn set_endpoints(&self, endpoints: Vec<SocketAddr>) {
        *self.endpoints.lock().unwrap_or_else(PoisonError::into_inner) = endpoints;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn next(endpoints: &[SocketAddr], turn: &AtomicUsize) -> Option<SocketAddr> {
    let number = turn.fetch_add(1, Ordering::Relaxed);
    endpoints.get(number % endpoints.len().max(1)).copied()
}

/// Passes bytes on both ways until both ends are through.
fn join(client: &TcpStream, endpoint: SocketAddr) {
    let Ok(server) = TcpStream::connect(endpoint) else { return };
    // Answers are small: waiting for more to send would only delay them.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    thread::scope(|both| {
        both.spawn(|| pass(client, &server));
        pass(&server, client);
    });
}

fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    /// Says its name to everyone who connects.
    fn server(name: &'static str) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = stream.unwrap().write_all(name.as_bytes());
            }
        });
        address
    }

    fn ask(balancer: &Balancer) -> String {
        let mut said = String::new();
        let _ = TcpStream::connect(balancer.address()).unwrap().read_to_string(&mut said);
        said
    }

    #[test]
    fn connections_go_to_the_endpoints_in_turn_and_nowhere_else() {
        let balancer = Balancer::start().unwrap();
        assert_eq!(ask(&balancer), "");
        balancer.set_endpoints(vec![server("a"), server("b")]);
        let mut said = [ask(&balancer), ask(&balancer)];
        said.sort();
        assert_eq!(said, ["a", "b"]);
        balancer.set_endpoints(vec![server("c")]);
        assert_eq!(ask(&balancer), "c");
    }
}
