//! The floor under router work: a client that writes the same commands and reads the replies, and does nothing else.
//!
//! The commands are those that Weir sent in an earlier round, kept by a wire between Weir and the router. A router that
//! begins with the same rows gives them the same ids, so that the same bytes mean the same again.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Stopwatch};

use weir::routers::session::WINDOW;
use weir::routers::word::{Decoder, WordLimits, Sentence, encode_sentence};

use crate::Failed;

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 64 * 1024;

/// A wire that keeps what the client says on each connection.
pub struct Wire {
    port: u16,
    said: Arc<Mutex<Vec<Vec<u8>>>>,
    thread: JoinHandle<()>,
    end: Arc<Mutex<bool>>,
}

impl Wire {
    /// Lays a wire to a router.
    pub fn to(router: SocketAddr) -> Result<Self, Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let said: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let end = Arc::new(Mutex::new(false));
        let (kept, ended) = (Arc::clone(&said), Arc::clone(&end));
        let thread = std::thread::spawn(move || {
            for client in listener.incoming() {
                if ended.lock().map_or(true, |ended| *ended) {
                    break;
                }
                let (Ok(client), Ok(far)) = (client, TcpStream::connect(router)) else {
                    break;
                };
                let place = kept.lock().map_or(0, |mut kept| {
                    kept.push(Vec::new());
                    kept.len() - 1
                });
                let (Ok(client_out), Ok(far_in)) = (client.try_clone(), far.try_clone()) else {
                    break;
                };
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || {
                    carry(client, far, |bytes| {
                        if let Ok(mut kept) = kept.lock() {
                            kept[place].extend_from_slice(bytes);
                        }
                    });
                });
                std::thread::spawn(move || carry(far_in, client_out, |_| {}));
            }
        });
        Ok(Self {
            port,
            said,
            thread,
            end,
        })
    }

    /// The port of the near end.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What was said on each connection, as sentences.
    pub fn cut(self) -> Result<Vec<Vec<Sentence>>, Failed> {
        *self.end.lock().map_err(|_| "the wire broke")? = true;
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.thread.join().map_err(|_| "the wire broke")?;
        let said = std::mem::take(&mut *self.said.lock().map_err(|_| "the wire broke")?);
        said.iter().map(|bytes| sentences(bytes)).collect()
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut keep: impl FnMut(&[u8])) {
    let mut buffer = vec![0; READ_BYTES];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        keep(&buffer[..count]);
    }
    // The other side ends when this one does; that it has ended already is no fault.
    drop(to.shutdown(Shutdown::Write));
}

fn sentences(bytes: &[u8]) -> Result<Vec<Sentence>, Failed> {
    let mut decoder = Decoder::new(WordLimits::default());
    decoder.feed(bytes);
    let mut found = Vec::new();
    while let Some(sentence) = decoder.next_sentence()? {
        found.push(sentence);
    }
    Ok(found)
}

/// What the floor did.
pub struct Said {
    /// How long it took.
    pub took: Duration,
    /// How many commands were refused.
    pub refused: usize,
}

/// Says it all again over one connection, with as many commands unanswered as Weir allows; the login is answered first.
pub fn say(router: SocketAddr, commands: &[Sentence]) -> Result<Said, Failed> {
    let began = Stopwatch::now();
    let mut stream = TcpStream::connect(router)?;
    stream.set_nodelay(true)?;
    let mut decoder = Decoder::new(WordLimits::default());
    let mut buffer = vec![0; READ_BYTES];
    let mut out = Vec::new();
    let (mut sent, mut answered, mut refused) = (0, 0, 0);
    while answered < commands.len() {
        out.clear();
        while sent < commands.len() && (sent == 0 || (answered > 0 && sent - answered < WINDOW)) {
            encode_sentence(&commands[sent], &mut out)?;
            sent += 1;
        }
        stream.write_all(&out)?;
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(Failed::from("the router closed the connection"));
        }
        decoder.feed(&buffer[..count]);
        while let Some(reply) = decoder.next_sentence()? {
            match reply.first().map(Vec::as_slice) {
                Some(b"!done") => answered += 1,
                Some(b"!trap") => refused += 1,
                Some(b"!fatal") => return Err(Failed::from("the router ended the conversation")),
                _ => {}
            }
        }
    }
    Ok(Said {
        took: began.elapsed(),
        refused,
    })
}
