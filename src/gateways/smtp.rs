//! How is a message handed to a mail server, and does the server have it?
//!
//! The server has it when it says so after the whole message, and surely has not when it refuses in words, or when the
//! conversation ends before the message's first byte. In between nobody knows. A thread of its own holds the conversation, so
//! that a server that drips cannot hold anybody up: who waits gives up when the time is over, and a message that was not
//! begun by then is never begun. A password is said only on a protected connection, or to the box itself. Must never know
//! when to try again.
//!
//! *Source:* RFC 5321, 4.2.5 and 4.5.3.2: what an answer after DATA means, and that an end without one means nothing.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use crate::config::gateways::{SmtpSecurity, is_this_box};
use crate::gateways::http::ca_bytes;
use crate::gateways::parcel::Parcel;
use crate::model::io_words;

/// The wait for a connection, and for the first words of the server, in seconds.
const CONNECT_S: u64 = 10;
/// How many conversations that nobody waits for any more may still be held.
const LEFT_MAX: usize = 8;
/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 200;

/// The message was not begun.
const NOT_BEGUN: u8 = 0;
/// Its first byte goes out now, or went.
const BEGUN: u8 = 1;
/// Nobody waits any more, and it must not be begun.
const GIVEN_UP: u8 = 2;

/// Conversations that nobody waits for.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// A mail server, and who we are to it.
pub(crate) struct Server<'a> {
    /// A name or an address.
    pub(crate) host: &'a str,
    /// Its port.
    pub(crate) port: u16,
    /// How the connection is protected.
    pub(crate) security: SmtpSecurity,
    /// Name and password.
    pub(crate) login: Option<(&'a str, &'a str)>,
    /// The sender's address.
    pub(crate) from: &'a str,
    /// Who may vouch for it.
    pub(crate) ca_file: Option<&'a Path>,
}

/// What became of it, in words that are not fit to be shown yet.
pub(crate) enum SmtpOutcome {
    /// The server has it.
    Taken(String),
    /// Surely not.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// Hands a message over, and waits for at most this long.
pub(crate) fn mail(server: &Server<'_>, parcel: &Parcel<'_>, limit: Duration) -> SmtpOutcome {
    let prepared = write(server.from, parcel).and_then(|message| Ok((message, SmtpDialogue::new(server, limit)?)));
    let (message, talk) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return SmtpOutcome::Refused(why),
    };
    if LEFT.load(Ordering::SeqCst) >= LEFT_MAX {
        return SmtpOutcome::Refused("the mail server is still busy with earlier messages".to_owned());
    }
    let stage = Arc::new(AtomicU8::new(NOT_BEGUN));
    let (say, hear) = sync_channel(1);
    let spoken = Arc::clone(&stage);
    let started = std::thread::Builder::new().name("mail".to_owned()).spawn(move || {
        LEFT.fetch_add(1, Ordering::SeqCst);
        let (mailed, connection) = talk.hold(&message, &spoken);
        // Nobody listens when the time was over.
        drop(say.send(mailed));
        // A farewell, after the verdict, since it decides nothing.
        if let Some(mut connection) = connection {
            drop(connection.quit());
        }
        LEFT.fetch_sub(1, Ordering::SeqCst);
    });
    match started {
        Ok(_) => wait(&hear, &stage, limit),
        Err(error) => SmtpOutcome::Refused(format!(
            "the system provides no thread for it ({})",
            io_words::in_words(&error)
        )),
    }
}

fn wait(hear: &Receiver<SmtpOutcome>, stage: &AtomicU8, limit: Duration) -> SmtpOutcome {
    match hear.recv_timeout(limit) {
        Ok(mailed) => mailed,
        Err(RecvTimeoutError::Disconnected) => {
            SmtpOutcome::Unknown("the conversation ended without an answer".to_owned())
        }
        Err(RecvTimeoutError::Timeout) => {
            let words = format!("no answer within {} s", limit.as_secs());
            let unbegun = stage.compare_exchange(NOT_BEGUN, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst);
            if unbegun.is_ok() {
                SmtpOutcome::Refused(words)
            } else {
                SmtpOutcome::Unknown(format!("{words}, after sending had begun"))
            }
        }
    }
}

/// All that a conversation needs, owned by its thread.
struct SmtpDialogue {
    host: String,
    port: u16,
    security: SmtpSecurity,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    limit: Duration,
}

impl SmtpDialogue {
    fn new(server: &Server<'_>, limit: Duration) -> Result<Self, String> {
        let tls = match server.security {
            SmtpSecurity::None => None,
            SmtpSecurity::StartTls | SmtpSecurity::Tls => Some(tls(server)?),
        };
        if server.login.is_some() && tls.is_none() && !is_this_box(server.host) {
            return Err("a password is only sent over a secure connection; write `security = \"starttls\"`".to_owned());
        }
        let credentials = server
            .login
            .map(|(user, password)| Credentials::new(user.to_owned(), password.to_owned()));
        Ok(Self {
            host: server.host.to_owned(),
            port: server.port,
            security: server.security,
            credentials,
            tls,
            limit,
        })
    }

    fn hold(&self, message: &Message, stage: &AtomicU8) -> (SmtpOutcome, Option<SmtpConnection>) {
        let mut connection = match self.begin(message) {
            Ok(connection) => connection,
            Err(why) => return (SmtpOutcome::Refused(why), None),
        };
        if stage
            .compare_exchange(NOT_BEGUN, BEGUN, Ordering::SeqCst, Ordering::SeqCst)
            .is_err()
        {
            // The connection is dropped: what was announced and never came is no message.
            return (SmtpOutcome::Refused("the time ran out".to_owned()), None);
        }
        match connection.message(&message.formatted()) {
            Ok(response) => {
                let said: Vec<&str> = response.message().collect();
                (
                    SmtpOutcome::Taken(format!("{} {}", response.code(), said.join(" "))),
                    Some(connection),
                )
            }
            Err(error) if error.is_transient() || error.is_permanent() => {
                (SmtpOutcome::Refused(in_words(&error)), Some(connection))
            }
            Err(error) => (
                SmtpOutcome::Unknown(format!("{}, after sending had begun", in_words(&error))),
                None,
            ),
        }
    }

    /// Sends everything up to the message's first byte.
    fn begin(&self, message: &Message) -> Result<SmtpConnection, String> {
        let short = Duration::from_secs(CONNECT_S).min(self.limit);
        let hello = ClientId::default();
        let from_the_first_byte = self.tls.as_ref().filter(|_| self.security == SmtpSecurity::Tls);
        let place = (self.host.as_str(), self.port);
        let said = |error: Error| in_words(&error);
        let mut connection =
            SmtpConnection::connect(place, Some(short), &hello, from_the_first_byte, None).map_err(said)?;
        connection
            .set_timeout(Some(self.limit))
            .map_err(|error| io_words::in_words(&error))?;
        if let Some(tls) = self.tls.as_ref().filter(|_| self.security == SmtpSecurity::StartTls) {
            if !connection.can_starttls() {
                connection.abort();
                return Err("the server does not offer STARTTLS, and Weir sends nothing unencrypted".to_owned());
            }
            connection.starttls(tls, &hello).map_err(said)?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .map_err(|error| {
                    format!(
                        "the server refuses the login ({}); check `username` and the secret",
                        in_words(&error)
                    )
                })?;
        }
        let envelope = message.envelope();
        let mut options = Vec::new();
        if !message.formatted().is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection
            .command(Mail::new(envelope.from().cloned(), options))
            .map_err(said)?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).map_err(said)?;
        }
        connection.command(Data).map_err(said)?;
        Ok(connection)
    }
}

fn in_words(error: &Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let words = error.to_string();
    let Some(source) = std::error::Error::source(error) else {
        return io_words::without_numbers(&words);
    };
    let told = source.to_string();
    let plain = match source.downcast_ref::<std::io::Error>() {
        Some(system) => io_words::in_words(system),
        None => io_words::without_numbers(&told),
    };
    if words.contains(&told) {
        words.replace(&told, &plain)
    } else {
        format!("{words}: {plain}")
    }
}

fn tls(server: &Server<'_>) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(server.host.to_owned());
    builder = match server.ca_file {
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
        Some(path) => {
            let bytes = ca_bytes(path)?;
            let no_certificate = || format!("`{}` contains no PEM certificate", path.display());
            if !String::from_utf8_lossy(&bytes).contains("BEGIN CERTIFICATE") {
                return Err(no_certificate());
            }
            let certificate = Certificate::from_pem(&bytes).map_err(|_| no_certificate())?;
            builder
                .certificate_store(CertificateStore::None)
                .add_root_certificate(certificate)
        }
    };
    builder
        .build_rustls()
        .map_err(|error| format!("no secure connection ({})", in_words(&error)))
}

fn write(from: &str, parcel: &Parcel<'_>) -> Result<Message, String> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>()
            .map_err(|_| format!("`{text}` is not an e-mail address"))
    };
    let subject: String = parcel
        .subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SUBJECT_MAX_CHARS)
        .collect();
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let builder = Message::builder()
        .from(mailbox(from)?)
        .to(mailbox(parcel.to)?)
        .subject(subject)
        .date_now()
        .message_id(Some(format!("<{:016x}.{:016x}@{domain}>", any_number(), any_number())));
    let text = SinglePart::plain(parcel.text.to_owned());
    let written = match &parcel.attachment {
        None => builder.singlepart(text),
        Some(file) => {
            let kind = ContentType::parse(file.media_type)
                .map_err(|_| format!("`{}` is not a media type", file.media_type))?;
            let attached = Attachment::new(file.name.to_owned()).body(file.bytes.to_vec(), kind);
            builder.multipart(MultiPart::mixed().singlepart(text).singlepart(attached))
        }
    };
    written.map_err(|error| format!("the message cannot be composed ({error})"))
}

/// Returns a number that no other message has: the keys of a fresh hasher are the system's random numbers.
fn any_number() -> u64 {
    RandomState::new().build_hasher().finish()
}
