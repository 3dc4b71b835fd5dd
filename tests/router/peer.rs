//! A peer that plays a script: it hears sentences and says bytes, and knows nothing of routers.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use weir::model::secret::Secret;
use weir::routers::router_error::RouterError;
use weir::routers::session::{Endpoint, Session, SessionLimits};
use weir::routers::word::{self, Decoder};

/// After this a test has hung.
const HUNG: Duration = Duration::from_secs(30);
/// How long an impatient session waits for progress, and how many times that for a whole run.
pub(crate) const WAIT: Duration = Duration::from_millis(200);
pub(crate) const RUN: Duration = Duration::from_millis(1_200);

/// For tests in which the peer stops talking.
pub(crate) fn impatient() -> SessionLimits {
    SessionLimits {
        wait: WAIT,
        run: RUN,
        ..SessionLimits::default()
    }
}

pub(crate) struct Peer {
    stream: TcpStream,
    decoder: Decoder,
}

impl Peer {
    /// Listens and plays the script on the first connection.
    pub(crate) async fn play<F>(script: impl FnOnce(Peer) -> F + Send + 'static) -> (Endpoint, JoinHandle<()>)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let playing = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            script(Peer {
                stream,
                decoder: Decoder::new(word::WordLimits::default()),
            })
            .await;
        });
        let endpoint = Endpoint {
            host: "127.0.0.1".into(),
            port,
            username: "weir".into(),
        };
        (endpoint, playing)
    }

    /// Plays the script after a login, and opens the session.
    pub(crate) async fn after_login<F>(script: impl FnOnce(Peer) -> F + Send + 'static) -> (Session, JoinHandle<()>)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::after_login_within(SessionLimits::default(), script).await
    }

    /// The same with other limits.
    pub(crate) async fn after_login_within<F>(
        limits: SessionLimits,
        script: impl FnOnce(Peer) -> F + Send + 'static,
    ) -> (Session, JoinHandle<()>)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (endpoint, playing) = Self::play(|mut peer| async move {
            peer.log_in().await;
            script(peer).await;
        })
        .await;
        (open(&endpoint, limits).await.unwrap(), playing)
    }

    pub(crate) async fn log_in(&mut self) {
        assert_eq!(self.hear().await.0, ["/login", "=name=weir", "=password=s3cret"]);
        self.say(&["!done"]).await;
    }

    /// The next sentence without its tag, and the tag; the words of one that never comes are empty.
    pub(crate) async fn hear(&mut self) -> (Vec<String>, String) {
        let mut buffer = [0; 4096];
        loop {
            if let Some(sentence) = self.decoder.next_sentence().unwrap() {
                let words = sentence.into_iter().map(|word| String::from_utf8(word).unwrap());
                let (tag, words): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with(".tag="));
                return (words, tag.into_iter().next().unwrap_or_default());
            }
            let count = self.stream.read(&mut buffer).await.unwrap_or(0);
            if count == 0 {
                return Default::default();
            }
            self.decoder.feed(&buffer[..count]);
        }
    }

    /// Hears a command, which must be this one, and answers it with sentences to which its tag is added.
    pub(crate) async fn exchange(&mut self, expected: &str, answers: &[&str]) {
        let (words, tag) = self.hear().await;
        assert_eq!(words.join(" "), expected);
        for answer in answers {
            let words = words_of(answer);
            let words: Vec<&str> = words.iter().map(String::as_str).chain([tag.as_str()]).collect();
            self.say(&words).await;
        }
        self.say(&["!done", &tag]).await;
    }

    pub(crate) async fn say(&mut self, words: &[&str]) {
        let mut bytes = Vec::new();
        word::encode_sentence(words, &mut bytes).unwrap();
        self.send(&bytes).await;
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // Who closed first does not matter to a script.
        if self.stream.write_all(bytes).await.is_err() {
            self.hang().await;
        }
    }

    /// Nothing more, until the other side gives up.
    pub(crate) async fn hang(&mut self) {
        while !self.hear().await.0.is_empty() {}
    }
}

/// Parts a line into words at the blanks before `=`, so that a value may hold blanks.
fn words_of(line: &str) -> Vec<String> {
    let mut parts = line.split(" =");
    let first = parts.next().unwrap().to_owned();
    std::iter::once(first)
        .chain(parts.map(|part| format!("={part}")))
        .collect()
}

pub(crate) async fn open(endpoint: &Endpoint, limits: SessionLimits) -> Result<Session, RouterError> {
    Session::open_within(endpoint, &Secret::new(b"s3cret".to_vec()), limits).await
}

/// Fails instead of hanging.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(HUNG, work).await.expect("it hung")
}
