//! Sends one request over HTTP, and says whether the other side may have received it.
//!
//! One connection per request, closed behind it: a connection that was kept could be closed by the server in the moment in
//! which it is used again, and nobody would know what became of the message. A note is made when the first byte of the
//! request goes out, behind the TLS handshake; what fails before it has sent nothing, what fails after it may have. Redirects
//! are never followed. An answer counts as whole when its body ended as its head said. Must never know what a gateway's
//! answer means.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ureq::http;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};
use ureq::{Agent, Timeout};

use crate::model::io_words::{in_words, without_numbers};

/// The wait for a connection with its handshake, in seconds.
const CONNECT_S: u64 = 10;
/// The longest body of an answer that is read, in bytes.
pub(crate) const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// What is read and written at a time, in bytes.
const BUFFER_BYTES: usize = 16 * 1024;
/// The largest file of certificates, in bytes.
const CA_BYTES_MAX: u64 = 1024 * 1024;

/// A request, ready to be sent.
pub(crate) struct HttpRequest {
    /// `GET`, `POST` or `PUT`.
    pub(crate) method: String,
    /// The whole URL.
    pub(crate) url: String,
    /// Names and values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Option<String>,
}

/// What the server answered.
pub(crate) struct HttpResponse {
    /// The status.
    pub(crate) status: u16,
    /// Where it sends one to instead.
    pub(crate) location: Option<String>,
    /// The body, or its beginning.
    pub(crate) body: Vec<u8>,
    /// Whether that is all of it; else it was longer than is read.
    pub(crate) whole: bool,
}

/// Why there is no answer; the words may hold what the server or the owner wrote.
pub(crate) enum RequestFailure {
    /// Nothing was sent.
    Before(String),
    /// The request went out, in part or in whole.
    After(String),
}

/// Makes a request and waits for its answer, for at most this long.
pub(crate) fn exchange(
    request: HttpRequest,
    limit: Duration,
    ca_file: Option<&Path>,
) -> Result<HttpResponse, RequestFailure> {
    let begun = Arc::new(AtomicBool::new(false));
    let lost = |words: String| {
        if begun.load(Ordering::SeqCst) {
            RequestFailure::After(words)
        } else {
            RequestFailure::Before(words)
        }
    };
    let agent = agent(limit, ca_file, &begun).map_err(RequestFailure::Before)?;
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(request.url.as_str())
        .header("Connection", "close");
    for (name, value) in &request.headers {
        builder = builder.header(name.as_str(), value.as_bytes());
    }
    let answered = match request.body {
        Some(body) => builder
            .body(body)
            .map_err(ureq::Error::from)
            .and_then(|it| agent.run(it)),
        None if request.method == "GET" => builder.body(()).map_err(ureq::Error::from).and_then(|it| agent.run(it)),
        None => builder
            .body(String::new())
            .map_err(ureq::Error::from)
            .and_then(|it| agent.run(it)),
    };
    let answer = answered.map_err(|error| lost(words(&error, limit)))?;
    let status = answer.status().as_u16();
    let location = answer.headers().get("location");
    let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut body = Vec::new();
    let mut reader = answer
        .into_body()
        .into_reader()
        .take(ANSWER_BYTES_MAX.saturating_add(1));
    if let Err(error) = reader.read_to_end(&mut body) {
        let error = ureq::Error::from(error);
        return Err(RequestFailure::After(format!(
            "the answer with status {status} broke off: {}",
            words(&error, limit)
        )));
    }
    let max = usize::try_from(ANSWER_BYTES_MAX).unwrap_or(usize::MAX);
    let whole = body.len() <= max;
    body.truncate(max);
    Ok(HttpResponse {
        status,
        location,
        body,
        whole,
    })
}

/// Returns what makes one request within this time, and notes in `begun` when the first byte of it goes out.
fn agent(limit: Duration, ca_file: Option<&Path>, begun: &Arc<AtomicBool>) -> Result<Agent, String> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = ca_file {
        tls = tls.root_certs(roots(path)?);
    }
    let connect = Duration::from_secs(CONNECT_S).min(limit);
    let config = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .max_idle_connections_per_host(0)
        .timeout_global(Some(limit))
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .max_response_header_size(HEAD_BYTES_MAX)
        .input_buffer_size(BUFFER_BYTES)
        .output_buffer_size(BUFFER_BYTES)
        .user_agent("weir")
        .tls_config(tls.build())
        .build();
    let connector =
        ().chain(TcpConnector::default())
            .chain(RustlsConnector::default())
            .chain(NoteFirstByte(Arc::clone(begun)));
    Ok(Agent::with_parts(config, connector, DefaultResolver::default()))
}

/// Returns the error in words; never with the URL, which may hold a secret.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the errors of ureq are not ours, and grow"
)]
fn words(error: &ureq::Error, limit: Duration) -> String {
    match error {
        ureq::Error::Timeout(Timeout::Resolve) => "the host name was not found in time".to_owned(),
        ureq::Error::Timeout(Timeout::Connect) => "no connection in time".to_owned(),
        ureq::Error::Timeout(_) => format!("no answer within {} s", limit.as_secs()),
        ureq::Error::HostNotFound => "the host name was not found; check `url` and the name server".to_owned(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "`url` or a header cannot be sent as it is written".to_owned(),
        ureq::Error::Rustls(error) => format!("no secure connection: {error}"),
        ureq::Error::LargeResponseHeader(..) => format!(
            "the headers of the answer are longer than {HEAD_BYTES_MAX} \
            bytes"
        ),
        ureq::Error::Io(error) => in_words(error),
        other => without_numbers(&other.to_string()),
    }
}

/// Reads a file of certificates, within bounds.
pub(crate) fn ca_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(CA_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|error| format!("`{}` cannot be read ({})", path.display(), in_words(&error)))?;
    Ok(bytes)
}

fn roots(path: &Path) -> Result<RootCerts, String> {
    let bytes = ca_bytes(path)?;
    let mut certificates = Vec::new();
    for item in parse_pem(&bytes) {
        if let Ok(PemItem::Certificate(certificate)) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(format!("`{}` contains no PEM certificate", path.display()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// The last link of the chain: what goes through it is the request.
#[derive(Debug)]
struct NoteFirstByte(Arc<AtomicBool>);

impl<In: Transport> Connector<In> for NoteFirstByte {
    type Out = Noting<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| Noting {
            inner,
            begun: Arc::clone(&self.0),
        }))
    }
}

#[derive(Debug)]
struct Noting<In> {
    inner: In,
    begun: Arc<AtomicBool>,
}

impl<In: Transport> Transport for Noting<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        // Before the bytes go, so that it holds whatever becomes of them.
        self.begun.store(true, Ordering::SeqCst);
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
