//! A local gateway that accepts the messages of the made-up month.
//!
//! A gateway on loopback that says yes to every text and remembers the newest ones. It speaks as much HTTP as one request
//! needs; who sends it more is not heard.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;

use crate::model::failure::Failure;

/// Bytes of a request that are read.
const REQUEST_BYTES_MAX: u64 = 65_536;
/// How long a peer may take.
const BACKOFF: Duration = Duration::from_secs(5);
/// How many texts are remembered.
const TEXTS_MAX: usize = 10_000;
/// What it says to every text.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\nConnection: close\r\n\r\n{\"status\":\"queued\"}";

/// A text as it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedText {
    /// The phone number.
    pub to: String,
    /// What it says.
    pub text: String,
}

/// The gateway; it listens until the program ends.
pub struct Gateway {
    port: u16,
    texts: Arc<Mutex<Vec<HandedText>>>,
}

impl Gateway {
    /// Begins to listen on a port of its own.
    ///
    /// # Errors
    /// When the system gives no port or thread.
    pub fn start() -> Result<Self, Failure> {
        let refused = |error: io::Error| {
            Failure::refused(
                format!("the demo's gateway cannot listen on 127.0.0.1: {error}"),
                "check that this machine lets a program listen on its loopback address",
            )
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        let texts = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&texts);
        thread::Builder::new()
            .name("gateway".to_owned())
            .spawn(move || {
                for peer in listener.incoming().flatten() {
                    match take(&peer) {
                        Ok(text) => {
                            let mut kept = kept.lock();
                            if kept.len() < TEXTS_MAX {
                                kept.push(text);
                            }
                        }
                        Err(error) => tracing::debug!(%error, "the demo's gateway received nothing"),
                    }
                }
            })
            .map_err(refused)?;
        Ok(Self { port, texts })
    }

    /// Returns its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns how many texts it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.texts.lock().len()
    }

    /// Returns the newest text whose words hold this.
    #[must_use]
    pub fn newest_with(&self, words: &str) -> Option<HandedText> {
        self.texts
            .lock()
            .iter()
            .rev()
            .find(|text| text.text.contains(words))
            .cloned()
    }
}

/// Handles one request: the body holds number and text; the answer is success.
fn take(peer: &TcpStream) -> io::Result<HandedText> {
    peer.set_read_timeout(Some(BACKOFF))?;
    peer.set_write_timeout(Some(BACKOFF))?;
    let mut reader = BufReader::new(peer.take(REQUEST_BYTES_MAX));
    let mut length = 0_u64;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let body: Value = serde_json::from_slice(&body).map_err(io::Error::other)?;
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let text = HandedText {
        to: field("to"),
        text: field("message"),
    };
    let mut answering = peer;
    answering.write_all(ANSWER)?;
    Ok(text)
}
