//! A client made of a socket and thirty lines of its own: what it reads and writes is checked by nobody's codec but this.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use weir::sim::options::{Options, Version};
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;

/// Longer than anything here takes, so that a hang fails instead of lasting.
const BACKOFF: Duration = Duration::from_secs(10);

pub struct Peer {
    stream: TcpStream,
}

impl Peer {
    /// A connection, not logged in.
    pub fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, BACKOFF)?;
        stream.set_read_timeout(Some(BACKOFF))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// A connection that is logged in by name and password.
    pub fn logged_in(router: &SimRouter) -> Self {
        let mut peer = Self::connect(router.addr()).unwrap();
        let answer = peer.ask(&["/login", "=name=weir", "=password=sim-password"]);
        assert_eq!(answer, ["!done"]);
        peer
    }

    pub fn backoff(&self, backoff: Duration) {
        self.stream.set_read_timeout(Some(backoff)).unwrap();
    }

    /// Bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn send(&mut self, words: &[&str]) {
        self.write(&sentence(words));
    }

    /// The next sentence, words joined by spaces; `None` when the connection is over, or silent for too long.
    pub fn hear(&mut self) -> Option<String> {
        let mut words = Vec::new();
        loop {
            let length = self.length()?;
            if length == 0 {
                return Some(words.join(" "));
            }
            let mut word = vec![0; length];
            self.stream.read_exact(&mut word).ok()?;
            words.push(String::from_utf8_lossy(&word).into_owned());
        }
    }

    /// All sentences up to the `!done` without tag, or the end.
    pub fn hear_all(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        while let Some(sentence) = self.hear() {
            let done = sentence.split(' ').next() == Some("!done");
            heard.push(sentence);
            if done {
                break;
            }
        }
        heard
    }

    pub fn ask(&mut self, words: &[&str]) -> Vec<String> {
        self.send(words);
        self.hear_all()
    }

    /// What comes before the connection ends or stays silent.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.stream.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..read]);
        }
        bytes
    }

    /// Whether the other side has closed.
    pub fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0; 1]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    fn byte(&mut self) -> Option<usize> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).ok()?;
        Some(usize::from(byte[0]))
    }

    fn length(&mut self) -> Option<usize> {
        let first = self.byte()?;
        let (mut length, more) = match first {
            0..=0x7F => (first, 0),
            0x80..=0xBF => (first - 0x80, 1),
            0xC0..=0xDF => (first - 0xC0, 2),
            0xE0..=0xEF => (first - 0xE0, 3),
            _ => return None,
        };
        for _ in 0..more {
            length = length * 256 + self.byte()?;
        }
        Some(length)
    }
}

/// Words below 16,384 bytes as a sentence.
pub fn sentence(words: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in words {
        let length = word.len();
        assert!(length < 0x4000);
        if length >= 0x80 {
            bytes.push((0x80 + length / 256) as u8);
        }
        bytes.push((length % 256) as u8);
        bytes.extend_from_slice(word.as_bytes());
    }
    bytes.push(0);
    bytes
}

pub fn router_of(version: Version) -> SimRouter {
    SimRouter::start(Options {
        version,
        redial: Duration::from_millis(60),
        reboot: Duration::from_millis(150),
        ..Options::default()
    })
    .unwrap()
}

/// RouterOS 7.16 with three secrets: amina and baraka online, chausiku disabled.
pub fn small_site() -> SimRouter {
    let router = router_of(Version::new(7, 16, 1));
    router.add_profile("home-10", None).unwrap();
    router.add_profile("suspended", None).unwrap();
    for name in ["amina", "baraka", "chausiku"] {
        let disabled = name == "chausiku";
        router
            .add_secret(&NewSecret {
                profile: "home-10",
                disabled,
                ..NewSecret::named(name)
            })
            .unwrap();
        assert_eq!(router.connect(name).is_some(), !disabled);
    }
    router
}

/// Waits for a state, with a limit.
pub fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < BACKOFF, "not so in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
