//! Which gateways send messages?
//!
//! Must never know: how a message is sent.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::config::alerts::email_of;
use crate::config::notes::Notes;
use crate::config::packages::amount;
use crate::config::routers::{RouterConfig, host_of, port, unique, user_of};
use crate::config::site::file;
use crate::config::template;
use crate::config::walk::{Section, TomlText, made};
use crate::model::message::Channel;
use crate::model::money::{Currency, Money};
use crate::model::name::RouterName;

/// The longest URL, in bytes.
const URL_MAX: usize = 2000;
/// The longest body or header, in bytes.
const BODY_MAX: usize = 8000;
/// The longest name, in bytes.
const NAME_MAX: usize = 64;
/// Seconds that a whole exchange may take, unless the file says otherwise.
const TIMEOUT_S: u16 = 30;
/// The most seconds that it may be given.
const TIMEOUT_MAX_S: i64 = 120;
/// The port for handing in mail. *Source:* RFC 6409.
const SMTP_PORT: u16 = 587;
/// The same, protected from the first byte. *Source:* RFC 8314.
const SMTPS_PORT: u16 = 465;
/// What a request may hold.
const PLACEHOLDERS: &[&str] = &["to", "text", "secret"];

/// One of `[[gateways]]`; they are tried in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: GatewayKind,
    /// The file with its password or key.
    pub secret_file: Option<PathBuf>,
    /// What one part of a message costs, where that is known.
    pub price_per_part: Option<Money>,
    /// How long a whole exchange may take, in seconds.
    pub timeout_s: u16,
    /// A file with the certificates (PEM) of the authorities to trust, instead of the well-known ones.
    pub ca_file: Option<PathBuf>,
    /// Where `secret_file` is in the file, for findings about it.
    pub line: u32,
}

/// What a gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayKind {
    /// Any gateway over HTTP.
    Http(HttpGateway),
    /// Africa's Talking.
    AfricasTalking {
        /// The account's user name.
        username: String,
        /// The sender that is shown.
        sender: Option<String>,
        /// Another address than the service's own, such as that of its sandbox; without the path.
        url: Option<String>,
    },
    /// Twilio.
    Twilio {
        /// The account's id.
        account: String,
        /// The number that messages come from.
        from: String,
        /// Another address than the service's own; without the path.
        url: Option<String>,
    },
    /// The LTE modem of a router.
    Modem {
        /// Which router.
        router: RouterName,
        /// The modem's port on the router.
        port: String,
    },
    /// E-mail, for administrators.
    Smtp {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        security: SmtpSecurity,
        /// Whom to log in as.
        username: Option<String>,
        /// The sender's address.
        from: String,
    },
}

impl GatewayKind {
    /// Returns what a gateway of this kind can carry.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Http(_) | Self::AfricasTalking { .. } | Self::Twilio { .. } | Self::Modem { .. } => Channel::Sms,
            Self::Smtp { .. } => Channel::Email,
        }
    }
}

/// Returns what each of the gateways can carry, in their order.
#[must_use]
pub fn channels(gateways: &[GatewayConfig]) -> Vec<Channel> {
    gateways.iter().map(|gateway| gateway.kind.channel()).collect()
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Begun in the clear and protected before anything is said; refused where the server does not offer it.
    StartTls,
    /// Protected from the first byte.
    Tls,
    /// Not at all: for a server on the box itself.
    None,
}

/// A gateway over HTTP: the request, and what an answer must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGateway {
    /// The URL, with placeholders.
    pub url: String,
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// Names and values of headers, with placeholders.
    pub headers: Vec<(String, String)>,
    /// The body, with placeholders.
    pub body: Option<String>,
    /// The status of success; any of 200 to 299 where it is not given.
    pub success_status: Option<u16>,
    /// What the body of a success holds.
    pub success_body_contains: Option<String>,
}

/// Reads every `[[gateways]]`, and notes what is wrong in them.
pub(crate) fn read(
    notes: &mut Notes<'_>,
    root: Section<'_>,
    base: &Path,
    routers: &[RouterConfig],
    currency: Option<Currency>,
) -> Vec<GatewayConfig> {
    let mut names: Vec<(String, u32)> = Vec::new();
    let mut gateways = Vec::new();
    for section in root.sections(notes, "gateways", "[[gateways]]") {
        let name = section
            .required(notes, "name", "local")
            .map(|text| text.text.to_owned());
        if let Some(name) = name.clone() {
            if name.len() > NAME_MAX || name.chars().any(char::is_control) {
                notes.note(
                    section.place("name"),
                    format!("`name` must have at most {NAME_MAX} bytes and no control characters; choose another"),
                );
            }
            unique(notes, section, &mut names, "gateway", name);
        }
        gateways.extend(gateway(notes, section, base, routers, currency, name));
    }
    gateways
}

/// Which word `kind` has; each makes one [`GatewayKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GatewayWord {
    Http,
    AfricasTalking,
    Twilio,
    Modem,
    Smtp,
}

/// The words of `kind`, and which keys each has beside `name` and `kind`.
const KINDS: &[(&str, GatewayWord, &[&str])] = &[
    (
        "http",
        GatewayWord::Http,
        &[
            "url",
            "method",
            "headers",
            "body",
            "success",
            "secret_file",
            "price_per_part",
            "ca_file",
        ],
    ),
    (
        "africastalking",
        GatewayWord::AfricasTalking,
        &["username", "sender", "url", "secret_file", "price_per_part", "ca_file"],
    ),
    (
        "twilio",
        GatewayWord::Twilio,
        &["account", "from", "url", "secret_file", "price_per_part", "ca_file"],
    ),
    ("modem", GatewayWord::Modem, &["router", "port", "price_per_part"]),
    (
        "smtp",
        GatewayWord::Smtp,
        &["host", "port", "security", "username", "from", "secret_file", "ca_file"],
    ),
];

fn gateway(
    notes: &mut Notes<'_>,
    section: Section<'_>,
    base: &Path,
    routers: &[RouterConfig],
    currency: Option<Currency>,
    name: Option<String>,
) -> Option<GatewayConfig> {
    section.required(notes, "kind", "http")?;
    let words: Vec<(&str, (GatewayWord, &[&str]))> =
        KINDS.iter().map(|(word, kind, keys)| (*word, (*kind, *keys))).collect();
    let (kind, keys) = section.word(notes, "kind", &words)?;
    let known: Vec<&str> = ["name", "kind", "timeout_seconds"]
        .iter()
        .chain(keys)
        .copied()
        .collect();
    section.only(notes, &known);
    let has_secret = keys.contains(&"secret_file");
    let needs_secret = match kind {
        GatewayWord::AfricasTalking | GatewayWord::Twilio => true,
        GatewayWord::Http | GatewayWord::Modem | GatewayWord::Smtp => false,
    };
    let secret = if needs_secret {
        section.required(notes, "secret_file", "secrets/sms")
    } else if has_secret {
        section.text(notes, "secret_file")
    } else {
        None
    };
    let secret_file = secret.and_then(|text| file(notes, text, "secret_file", base));
    let price_per_part = section.made(notes, "price_per_part", |text| amount(currency, "price_per_part", text));
    let ca_file = section
        .text(notes, "ca_file")
        .and_then(|text| file(notes, text, "ca_file", base));
    let kind = match kind {
        GatewayWord::Http => http(notes, section, secret_file.is_some()).map(GatewayKind::Http),
        GatewayWord::AfricasTalking => {
            let username = user(notes, section, "username");
            let sender = section.made(notes, "sender", user_of);
            let url = section.made(notes, "url", url_of);
            username.map(|username| GatewayKind::AfricasTalking { username, sender, url })
        }
        GatewayWord::Twilio => {
            let account = user(notes, section, "account");
            let from = user(notes, section, "from");
            let url = section.made(notes, "url", url_of);
            account
                .zip(from)
                .map(|(account, from)| GatewayKind::Twilio { account, from, url })
        }
        GatewayWord::Modem => modem(notes, section, routers),
        GatewayWord::Smtp => smtp(notes, section, secret),
    };
    Some(GatewayConfig {
        name: name?,
        kind: kind?,
        secret_file,
        price_per_part,
        timeout_s: section
            .whole(notes, "timeout_seconds", 1, TIMEOUT_MAX_S)
            .unwrap_or(TIMEOUT_S),
        ca_file,
        line: notes.line(section.place("secret_file")),
    })
}

fn user(notes: &mut Notes<'_>, section: Section<'_>, key: &str) -> Option<String> {
    let text = section.required(notes, key, "weir")?;
    made(notes, text, user_of)
}

fn http(notes: &mut Notes<'_>, section: Section<'_>, has_secret: bool) -> Option<HttpGateway> {
    let url = section.required(notes, "url", "http://127.0.0.1:8085/send");
    let url = url.and_then(|text| {
        request_text(notes, text, has_secret);
        made(notes, text, url_of)
    });
    let methods = [("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")];
    let method = section.word(notes, "method", &methods).unwrap_or("POST");
    let mut headers = Vec::new();
    if let Some(inner) = section.section(notes, "headers", "`headers`") {
        for (header, at) in inner.keys() {
            let token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if header.is_empty() || !header.chars().all(token) {
                notes.note(
                    at,
                    format!("`{header}` is not a header name; use letters, digits, dashes and underscores only"),
                );
            }
            if let Some(value) = inner.text(notes, header) {
                request_text(notes, value, has_secret);
                if value.text.chars().any(char::is_control) {
                    notes.note(
                        value.at,
                        format!("header `{header}` contains a control character; remove it"),
                    );
                }
                headers.push((header.to_owned(), value.text.to_owned()));
            }
        }
    }
    let body = section.text(notes, "body");
    if let Some(body) = body {
        request_text(notes, body, has_secret);
    }
    if let Some(body) = body.filter(|_| method == "GET") {
        notes.note(
            body.at,
            "a GET request has no body; put the placeholders into `url`, or set `method = \"POST\"`",
        );
    }
    if let Some(url) = url.as_deref() {
        says_what_to_whom(notes, section, url, &headers, body.map_or("", |body| body.text));
    }
    let success = section.section(notes, "success", "`success`");
    if let Some(inner) = success {
        inner.only(notes, &["status", "body_contains"]);
    }
    Some(HttpGateway {
        url: url?,
        method: method.to_owned(),
        headers,
        body: body.map(|body| body.text.to_owned()),
        success_status: success.and_then(|inner| inner.whole(notes, "status", 100, 599)),
        success_body_contains: success
            .and_then(|inner| inner.text(notes, "body_contains"))
            .map(|text| text.text.to_owned()),
    })
}

/// Notes a request that does not carry the number or the text, and a number or text in the name of the host.
fn says_what_to_whom(notes: &mut Notes<'_>, section: Section<'_>, url: &str, headers: &[(String, String)], body: &str) {
    for name in ["to", "text"] {
        let placeholder = format!("{{{{{name}}}}}");
        let anywhere = url.contains(&placeholder)
            || body.contains(&placeholder)
            || headers.iter().any(|(_, value)| value.contains(&placeholder));
        if !anywhere {
            notes.note(
                section.place("url"),
                format!("the request does not contain `{placeholder}`; add it to `url`, `body` or a header"),
            );
        }
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.split(['/', '?']).next().is_some_and(|host| host.contains("{{")) {
        notes.note(
            section.place("url"),
            "the host in `url` must not contain a placeholder; write the host in full",
        );
    }
}

fn request_text(notes: &mut Notes<'_>, text: TomlText<'_>, has_secret: bool) {
    template::check(notes, text, PLACEHOLDERS);
    if text.text.len() > BODY_MAX {
        notes.note(
            text.at,
            format!(
                "this text has {} bytes; at most {BODY_MAX} are allowed",
                text.text.len()
            ),
        );
    }
    if !has_secret && text.text.contains("{{secret}}") {
        notes.note(
            text.at,
            "`{{secret}}` needs a `secret_file`; add `secret_file = \"secrets/sms\"`",
        );
    }
}

fn url_of(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or("");
    if host.is_empty() || text.len() > URL_MAX || text.chars().any(|c| c.is_control() || c == ' ') {
        return Err(format!(
            "`{text}` is not a URL; write it like `http://127.0.0.1:8085/send`, without spaces"
        ));
    }
    if host.contains('@') {
        return Err(
            "a URL must not contain a password; put the password into `secret_file`, and `{{secret}}` into a header"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

fn modem(notes: &mut Notes<'_>, section: Section<'_>, routers: &[RouterConfig]) -> Option<GatewayKind> {
    let text = section.required(notes, "router", "core")?;
    let port = section
        .made(notes, "port", user_of)
        .unwrap_or_else(|| "lte1".to_owned());
    let router = made(notes, text, RouterName::new)?;
    if !routers.iter().any(|known| known.name == router) {
        notes.note(
            text.at,
            format!("there is no router `{router}`; use the name of one of [[routers]]"),
        );
    }
    Some(GatewayKind::Modem { router, port })
}

/// Returns whether a host is this machine, so that what is sent to it does not cross a network.
pub(crate) fn is_this_box(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn smtp(notes: &mut Notes<'_>, section: Section<'_>, secret: Option<TomlText<'_>>) -> Option<GatewayKind> {
    let host = section.required(notes, "host", "mail.example.org");
    let host = host.and_then(|text| made(notes, text, host_of));
    let from = section.required(notes, "from", "weir@example.org");
    let from = from.and_then(|text| made(notes, text, email_of));
    let username = section.made(notes, "username", user_of);
    let security = section.word(
        notes,
        "security",
        &[
            ("starttls", SmtpSecurity::StartTls),
            ("tls", SmtpSecurity::Tls),
            ("none", SmtpSecurity::None),
        ],
    );
    let security = security.unwrap_or(SmtpSecurity::StartTls);
    let usual = if security == SmtpSecurity::Tls {
        SMTPS_PORT
    } else {
        SMTP_PORT
    };
    let port = port(notes, section, "port", usual);
    if let (Some(secret), None) = (secret, &username) {
        notes.note(
            secret.at,
            "`secret_file` needs a `username`; add `username`, or remove `secret_file`",
        );
    }
    if username.is_some() && secret.is_none() {
        notes.note(
            section.place("username"),
            "`username` needs a password; add `secret_file = \"secrets/mail\"`",
        );
    }
    let is_elsewhere = host.as_deref().is_some_and(|host| !is_this_box(host));
    if username.is_some() && security == SmtpSecurity::None && is_elsewhere {
        notes.note(
            section.place("security"),
            "Weir sends no password unencrypted to another machine; set `security = \"starttls\"`",
        );
    }
    Some(GatewayKind::Smtp {
        host: host?,
        port,
        security,
        username,
        from: from?,
    })
}
