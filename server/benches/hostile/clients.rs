//! Clients, good and hostile. Each goes on for ever.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::counts::Counts;

/// A head for a body of so many bytes.
fn head(request: &str, length: usize) -> String {
    format!("{request} HTTP/1.1\r\nhost: bench\r\ncontent-length: {length}\r\n")
}

/// Asks once, on a new connection: status, head, body.
pub(crate) fn ask(address: &str, request: &str, body: &[u8]) -> anyhow::Result<(u16, String, Vec<u8>)> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.write_all(format!("{}connection: close\r\n\r\n", head(request, body.len())).as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
    Ok((status, head, answer.split_off(end + 4)))
}

/// Asks whether the server is alive, twenty times a second.
pub(crate) fn ask_for_health(address: &str, counts: &Counts) {
    loop {
        let begun = Instant::now();
        match ask(address, "GET /healthz", b"") {
            Ok((200, ..)) => counts.healthy(begun.elapsed()),
            Ok((status, ..)) => counts.wrong(format!("/healthz: {status}")),
            // The server ends before this thread does.
            Err(_) => return,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks for suggestions as fast as they come, and looks whether each answer is whole.
pub(crate) async fn good(address: String, bodies: Arc<Vec<String>>, first: usize, counts: Arc<Counts>) {
    let mut at = first * 997;
    let mut received = Vec::new();
    loop {
        let Ok(mut stream) = TcpStream::connect(&address).await else { return };
        loop {
            at = (at + 1) % bodies.len();
            let body = &bodies[at];
            let request = format!("{}\r\n{body}", head("POST /api/recommend", body.len()));
            if stream.write_all(request.as_bytes()).await.is_err() {
                counts.wrong("a good client's connection was closed");
                break;
            }
            match read_answer(&mut stream, &mut received).await {
                Some(end) => judge(&received[..end], &received[end..], &counts),
                None => {
                    counts.wrong("a good client got no answer");
                    break;
                }
            }
        }
    }
}

/// Reads one answer; gives the length of its head.
async fn read_answer(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<usize> {
    received.clear();
    let (mut end, mut whole) = (0, usize::MAX);
    while received.len() < whole {
        if stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
        if end == 0
            && let Some(found) = received.windows(4).position(|four| four == b"\r\n\r\n")
        {
            end = found + 4;
            let head = String::from_utf8_lossy(&received[..found]);
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
            whole = end + length;
        }
    }
    (received.len() == whole).then_some(end)
}

fn judge(head: &[u8], body: &[u8], counts: &Counts) {
    let (head, body) = (String::from_utf8_lossy(head), String::from_utf8_lossy(body));
    if head.starts_with("HTTP/1.1 200") {
        let model = head.lines().find_map(|line| line.strip_prefix("segue-model: ")).unwrap_or("none");
        match body.contains(&format!("\"model_hash\":\"{model}\"")) && body.ends_with('}') {
            true => counts.answer(),
            false => counts.wrong(format!("header and content are of two models: {head}{body}")),
        }
    } else if head.starts_with("HTTP/1.1 503")
        && head.contains("retry-after: ")
        && head.contains("application/problem+json")
        && serde_json::from_str::<serde_json::Value>(&body).is_ok_and(|problem| problem["status"] == 503)
    {
        counts.shed();
    } else {
        counts.wrong(format!("{head}{body}"));
    }
}

/// Starts one hostile client of each kind.
pub(crate) fn spawn_hostile(runtime: &Runtime, address: &str, number: usize, counts: &Arc<Counts>) {
    let start = |kind: Kind| {
        let (address, counts) = (address.to_owned(), Arc::clone(counts));
        runtime.spawn(async move {
            let mut random = 0x9E37_79B9_7F4A_7C15_u64 ^ (number as u64 + 1);
            loop {
                let Ok(stream) = TcpStream::connect(&address).await else { return };
                counts.hostile();
                // Whatever comes of it, the next connection follows.
                let _ = timeout(Duration::from_secs(30), kind.harm(stream, &mut random)).await;
            }
        });
    };
    for kind in Kind::ALL {
        start(kind);
    }
}

/// What a hostile client does with a connection.
#[derive(Clone, Copy, Debug)]
enum Kind {
    SaysNothing,
    HeadByteByByte,
    BodyByteByByte,
    SendsAheadAndNeverReads,
    TooLarge,
    Noise,
    DeepJson,
    AllTheWorkThereIs,
    GoesAway,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::SaysNothing,
        Self::HeadByteByByte,
        Self::BodyByteByByte,
        Self::SendsAheadAndNeverReads,
        Self::TooLarge,
        Self::Noise,
        Self::DeepJson,
        Self::AllTheWorkThereIs,
        Self::GoesAway,
    ];

    async fn harm(self, mut stream: TcpStream, random: &mut u64) -> std::io::Result<()> {
        match self {
            Self::SaysNothing => {}
            Self::HeadByteByByte => {
                for byte in head("POST /api/recommend", 10).bytes().cycle() {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(100)).await;
                }
            }
            Self::BodyByteByByte => {
                stream.write_all(format!("{}\r\n", head("POST /api/recommend", 100_000)).as_bytes()).await?;
                loop {
                    stream.write_all(b" ").await?;
                    sleep(Duration::from_millis(100)).await;
                }
            }
            Self::SendsAheadAndNeverReads => {
                let body = r#"{"songs": ["Yesterday"], "limit": 500}"#;
                let one = format!("{}\r\n{body}", head("POST /api/recommend", body.len()));
                for _ in 0..200 {
                    stream.write_all(one.as_bytes()).await?;
                }
                sleep(Duration::from_secs(2)).await;
                return Ok(());
            }
            Self::TooLarge => {
                let long = "a".repeat(1 << 16);
                let first = match next(random) % 3 {
                    0 => format!("GET /{long} HTTP/1.1\r\nhost: bench\r\n\r\n"),
                    1 => format!("GET / HTTP/1.1\r\nhost: bench\r\n{}\r\n", "x-y: z\r\n".repeat(500)),
                    _ => format!("{}\r\n", head("POST /api/recommend", 8 << 20)),
                };
                stream.write_all(first.as_bytes()).await?;
                for _ in 0..128 {
                    stream.write_all(long.as_bytes()).await?;
                }
                sleep(Duration::from_millis(200)).await;
            }
            Self::Noise => {
                let noise: Vec<u8> = (0..4096).map(|_| next(random) as u8).collect();
                stream.write_all(&noise).await?;
                sleep(Duration::from_millis(50)).await;
            }
            Self::DeepJson => {
                let body = format!("{{\"songs\": {}", "[".repeat(1 << 19));
                stream.write_all(format!("{}\r\n{body}", head("POST /api/recommend", body.len())).as_bytes()).await?;
                stream.read_u8().await?;
                sleep(Duration::from_millis(200)).await;
                return Ok(());
            }
            Self::AllTheWorkThereIs => {
                let songs: Vec<String> = (0..1_000).map(|_| format!("\"nobody knows {}\"", next(random))).collect();
                let one = format!("{{\"songs\": [{}], \"limit\": 500, \"explain\": true}}", songs.join(","));
                let body = format!("{{\"requests\": [{one}, {one}]}}");
                let request = format!("{}\r\n{body}", head("POST /api/recommend/batch", body.len()));
                stream.write_all(request.as_bytes()).await?;
                stream.read_u8().await?;
                sleep(Duration::from_secs(2)).await;
                return Ok(());
            }
            Self::GoesAway => {
                let body = r#"{"songs": ["Yesterday"]}"#;
                stream.write_all(format!("{}\r\n{body}", head("POST /api/recommend", body.len())).as_bytes()).await?;
                stream.set_zero_linger()?;
                sleep(Duration::from_millis(20)).await;
                return Ok(());
            }
        }
        // Until the server has had enough.
        while stream.read(&mut [0; 4096]).await? > 0 {}
        Ok(())
    }
}

/// Xorshift (Marsaglia 2003).
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}
