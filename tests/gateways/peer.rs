//! A server that plays a script on each connection and remembers what it heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weir::config::gateways::{GatewayConfig, GatewayKind, HttpGateway};
use weir::gateways::handover::send;
use weir::gateways::parcel::Parcel;
use weir::gateways::verdict::GatewayVerdict;
use weir::model::secret::Secret;

/// Longer than anything here takes, so that a hang fails instead of lasting.
const BACKOFF: Duration = Duration::from_secs(20);

pub(crate) const SECRET: &str = "k\"é/1 &+42";

/// A server with its port and what it heard, one text a connection.
pub(crate) struct Peer {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Plays the script on each connection, one after the other.
    pub(crate) fn play(script: impl Fn(&mut TcpStream, &mut String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.set_read_timeout(Some(BACKOFF)).unwrap();
                let mut text = String::new();
                script(&mut stream, &mut text);
                hears.lock().unwrap().push(text);
            }
        });
        Self { port, heard }
    }

    /// Hears a request and answers these bytes.
    pub(crate) fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::play(move |stream, text| {
            *text = request(stream);
            // The client may have stopped reading.
            drop(stream.write_all(&bytes));
        })
    }

    /// What was heard once so many connections have ended.
    pub(crate) fn heard(&self, connections: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.heard.lock().unwrap().len() >= connections {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.heard.lock().unwrap().clone()
    }
}

/// A request with its body.
pub(crate) fn request(stream: &mut impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return text;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text.push_str(&String::from_utf8(body).unwrap());
    text
}

/// An answer with a body of this length.
pub(crate) fn answer(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(crate) fn gateway(kind: GatewayKind) -> GatewayConfig {
    GatewayConfig {
        name: "local".to_owned(),
        kind,
        secret_file: Some(PathBuf::from("secrets/sms")),
        price_per_part: None,
        timeout_s: 1,
        ca_file: None,
        line: 1,
    }
}

/// As an owner would describe one that answers `queued`.
pub(crate) fn described(port: u16) -> HttpGateway {
    HttpGateway {
        url: format!("http://127.0.0.1:{port}/send?to={{{{to}}}}"),
        method: "POST".to_owned(),
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("X-Key".to_owned(), "Bearer {{secret}}".to_owned()),
        ],
        body: Some("{\"to\":\"{{to}}\",\"message\":\"{{text}}\"}".to_owned()),
        success_status: None,
        success_body_contains: Some("queued".to_owned()),
    }
}

pub(crate) const PARCEL: Parcel<'static> = Parcel {
    to: "+254700000001",
    text: "pay \"now\"\r\n{{secret}} \\ é",
    subject: "Weir",
    attachment: None,
};

pub(crate) fn sent(config: &GatewayConfig) -> GatewayVerdict {
    send(config, Some(&Secret::new(SECRET.as_bytes().to_vec())), &PARCEL)
}

/// The verdict's name and words.
pub(crate) fn parts(verdict: GatewayVerdict) -> (&'static str, String) {
    match verdict {
        GatewayVerdict::Taken { answer } => ("taken", answer),
        GatewayVerdict::Refused { why } => ("refused", why),
        GatewayVerdict::Unknown { why } => ("unknown", why),
    }
}
