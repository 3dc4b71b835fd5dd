//! What does an answer over HTTP mean for the message?
//!
//! Only a whole answer says no: one that broke off, came from nobody who speaks HTTP, or was longer than is read leaves the
//! message unknown, whatever its status. Longer than is read, it says yes only where the owner named words of success, and
//! they were found. A redirect is a whole answer: the server has not taken the message, and it is not carried to where it
//! points. Where no words of success were named and a status of success comes with a body that names an error, nobody
//! knows which of the two is true. Must never know how a request was made.

use serde_json::Value;

use crate::config::gateways::HttpGateway;
use crate::gateways::http::{ANSWER_BYTES_MAX, HttpResponse, RequestFailure};
use crate::gateways::presets::Says;
use crate::gateways::redaction::redact;
use crate::gateways::verdict::GatewayVerdict;
use crate::model::secret::Secret;

type Exchanged = Result<HttpResponse, RequestFailure>;

/// Judges the answer of a gateway that the owner configured.
pub(crate) fn generic(gateway: &HttpGateway, exchanged: Exchanged, secret: Option<&Secret>) -> GatewayVerdict {
    let answer = match heard(exchanged, secret) {
        Ok(answer) => answer,
        Err(verdict) => return verdict,
    };
    let fits = gateway
        .success_status
        .map_or((200..=299).contains(&answer.status), |status| status == answer.status);
    let words = gateway.success_body_contains.as_deref();
    let found = words.map(|words| String::from_utf8_lossy(&answer.body).contains(words));
    match (fits, found, answer.whole) {
        (true, None, true) if names_an_error(&answer.body) => GatewayVerdict::Unknown {
            why: redact(
                &[
                    format!(
                        "status {}, but the body reports an error; if it is a success, name its words in \
                        `body_contains`: ",
                        answer.status
                    )
                    .as_bytes(),
                    &answer.body,
                ]
                .concat(),
                secret,
            ),
        },
        (true, None, true) | (true, Some(true), _) => GatewayVerdict::Taken {
            answer: redact(&answer.body, secret),
        },
        (_, _, false) => too_long(answer.status),
        (true, Some(false), true) => GatewayVerdict::Refused {
            why: redact(
                &[
                    format!(
                        "status {}, but the answer does not contain `body_contains`: ",
                        answer.status
                    )
                    .as_bytes(),
                    &answer.body,
                ]
                .concat(),
                secret,
            ),
        },
        (false, _, true) => no(&answer, secret),
    }
}

/// Returns whether a body reports an error, as it does from gateways that answer everything with 200.
fn names_an_error(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).trim().to_ascii_lowercase();
    if text.starts_with("err") || text.starts_with("fail") {
        return true;
    }
    let Ok(Value::Object(answer)) = serde_json::from_str(&text) else {
        return false;
    };
    let nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => matches!(text.as_str(), "" | "0" | "false" | "none" | "null"),
        Value::Array(list) => list.is_empty(),
        Value::Object(inner) => inner.is_empty(),
        Value::Bool(true) => false,
    };
    let names = [
        "error",
        "errors",
        "error_code",
        "errorcode",
        "error_message",
        "errormessage",
    ];
    names
        .iter()
        .filter_map(|name| answer.get(*name))
        .any(|value| !nothing(value))
        || matches!(answer.get("success"), Some(Value::Bool(false)))
        || matches!(answer.get("status"), Some(Value::String(word)) if word.starts_with("err") || word.starts_with("fail"))
}

/// Judges the answer of a preset.
pub(crate) fn preset(says: impl Fn(&[u8]) -> Says, exchanged: Exchanged, secret: Option<&Secret>) -> GatewayVerdict {
    let answer = match heard(exchanged, secret) {
        Ok(answer) => answer,
        Err(verdict) => return verdict,
    };
    if !answer.whole {
        return too_long(answer.status);
    }
    if !(200..=299).contains(&answer.status) {
        return no(&answer, secret);
    }
    let show = |words: String| redact(words.as_bytes(), secret);
    match says(&answer.body) {
        Says::Yes(words) => GatewayVerdict::Taken { answer: show(words) },
        Says::No(words) => GatewayVerdict::Refused {
            why: show(format!(
                "status {}, but the answer is a refusal: {words}",
                answer.status
            )),
        },
        Says::Nothing(words) => GatewayVerdict::Unknown {
            why: show(format!("status {}, but {words}", answer.status)),
        },
    }
}

fn heard(exchanged: Exchanged, secret: Option<&Secret>) -> Result<HttpResponse, GatewayVerdict> {
    let show = |words: String| redact(words.as_bytes(), secret);
    exchanged.map_err(|lost| match lost {
        RequestFailure::Before(words) => GatewayVerdict::Refused {
            why: show(format!("not sent: {words}")),
        },
        RequestFailure::After(words) => GatewayVerdict::Unknown {
            why: show(format!("sent, but then: {words}")),
        },
    })
}

fn too_long(status: u16) -> GatewayVerdict {
    GatewayVerdict::Unknown {
        why: format!("status {status}, with an answer of more than {ANSWER_BYTES_MAX} bytes"),
    }
}

fn no(answer: &HttpResponse, secret: Option<&Secret>) -> GatewayVerdict {
    let status = answer.status;
    let why = match (status, &answer.location) {
        (300..=399, Some(location)) => {
            // The text after `?` may be what was sent.
            let place = location.split(['?', '#']).next().unwrap_or_default();
            format!("status {status}: it redirects to `{place}`, which Weir does not follow; correct `url`")
        }
        (401 | 403, _) => format!(
            "status {status}: the login is refused; check the secret: {}",
            String::from_utf8_lossy(&answer.body)
        ),
        _ => format!("status {status}: {}", String::from_utf8_lossy(&answer.body)),
    };
    GatewayVerdict::Refused {
        why: redact(why.as_bytes(), secret),
    }
}
