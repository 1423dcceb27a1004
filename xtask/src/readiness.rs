//! Waits until a server says that it is ready.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Whether a server on this machine answers `GET /readyz` with success. Waits at most a second for the answer.
pub(crate) fn is_ready(port: u16) -> bool {
    answers(port).is_some_and(|answer| is_success(&answer))
}

fn answers(port: u16) -> Option<String> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let patience = Duration::from_secs(1);
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut first = [0; 64];
    let length = stream.read(&mut first).ok()?;
    Some(String::from_utf8_lossy(&first[..length]).into_owned())
}

fn is_success(answer: &str) -> bool {
    let mut words = answer.split_whitespace();
    words.next().is_some_and(|word| word.starts_with("HTTP/1."))
        && words.next().is_some_and(|code| code.starts_with('2'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Serves one request with this answer and tells its port.
    fn server(answer: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let length = stream.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /readyz "));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        port
    }

    #[test]
    fn only_success_means_ready() {
        assert!(is_ready(server("HTTP/1.1 200 OK\r\n\r\nready")));
        assert!(!is_ready(server("HTTP/1.1 503 Service Unavailable\r\n\r\n")));
        assert!(!is_ready(server("")));
    }

    #[test]
    fn nobody_listening_means_not_ready() {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        assert!(!is_ready(port));
    }
}
