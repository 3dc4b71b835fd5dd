//! The requests and answers of Africa's Talking and Twilio.
//!
//! Both answer success with more than a status: a status of success whose body says no is a refusal, and one whose body is
//! not of the known shape says nothing. Must never know how a request travels.
//!
//! *Source:* Africa's Talking, "Send SMS" (form; 100 processed, 101 sent, 102 queued, 401 held for its risk, others refused);
//! Twilio, "Message resource" (form, basic authentication; `status`, `error_code`).

use serde_json::Value;

use crate::gateways::encoding::{base64, percent};
use crate::gateways::http::HttpRequest;
use crate::gateways::parcel::Parcel;

/// Where Africa's Talking is.
const AFRICAS_TALKING: &str = "https://api.africastalking.com";
/// Where Twilio is.
const TWILIO: &str = "https://api.twilio.com";
/// Codes of Africa's Talking for a message that it has.
const HAS_IT: std::ops::RangeInclusive<i64> = 100..=102;
/// Its code for a message that it keeps back to look at it: it may still go.
const HELD: i64 = 401;

/// What the body of an answer with a status of success says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It has the message: its number for it.
    Yes(String),
    /// It has not.
    No(String),
    /// Nothing that is understood.
    Nothing(String),
}

/// Returns the request to Africa's Talking.
pub(crate) fn africas_talking(
    username: &str,
    sender: Option<&str>,
    url: Option<&str>,
    key: &str,
    parcel: &Parcel<'_>,
) -> HttpRequest {
    let mut fields = vec![("username", username), ("to", parcel.to), ("message", parcel.text)];
    fields.extend(sender.map(|sender| ("from", sender)));
    let mut request = form(format!("{}/version1/messaging", base(url, AFRICAS_TALKING)), &fields);
    request.headers.push(("apiKey".to_owned(), header(key)));
    request
}

/// Returns the request to Twilio.
pub(crate) fn twilio(account: &str, from: &str, url: Option<&str>, token: &str, parcel: &Parcel<'_>) -> HttpRequest {
    let fields = [("To", parcel.to), ("From", from), ("Body", parcel.text)];
    let place = percent(account.as_bytes());
    let url = format!("{}/2010-04-01/Accounts/{place}/Messages.json", base(url, TWILIO));
    let mut request = form(url, &fields);
    let login = base64(format!("{account}:{token}").as_bytes());
    request
        .headers
        .push(("Authorization".to_owned(), format!("Basic {login}")));
    request
}

fn base<'a>(url: Option<&'a str>, own: &'a str) -> &'a str {
    url.unwrap_or(own).trim_end_matches('/')
}

fn header(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}

fn form(url: String, fields: &[(&str, &str)]) -> HttpRequest {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", percent(value.as_bytes())))
        .collect();
    HttpRequest {
        method: "POST".to_owned(),
        url,
        headers: vec![
            (
                "Content-Type".to_owned(),
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            ),
            ("Accept".to_owned(), "application/json".to_owned()),
        ],
        body: Some(pairs.join("&")),
    }
}

/// Reads the answer of Africa's Talking.
pub(crate) fn africas_talking_says(body: &[u8]) -> Says {
    let Some(answer) = json(body) else {
        return Says::Nothing("its answer is not JSON".to_owned());
    };
    let Some(data) = answer.get("SMSMessageData") else {
        return Says::Nothing("its answer lacks `SMSMessageData`".to_owned());
    };
    let message = text(data.get("Message"));
    let recipients = data.get("Recipients").and_then(Value::as_array);
    let Some(first) = recipients.and_then(|list| list.first()) else {
        return Says::No(message.unwrap_or_else(|| "it names no recipient".to_owned()));
    };
    let status = text(first.get("status")).unwrap_or_default();
    let code = first.get("statusCode");
    let code = code.and_then(|code| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok()));
    match code {
        Some(code) if HAS_IT.contains(&code) => Says::Yes(text(first.get("messageId")).unwrap_or(status)),
        Some(HELD) => Says::Nothing(format!("it holds the message back ({HELD} {status})")),
        Some(code) => Says::No(format!("{code} {status}")),
        None => Says::Nothing("its answer lacks `statusCode`".to_owned()),
    }
}

/// Reads the answer of Twilio.
pub(crate) fn twilio_says(body: &[u8]) -> Says {
    let Some(answer) = json(body) else {
        return Says::Nothing("its answer is not JSON".to_owned());
    };
    let set = |name: &str| answer.get(name).filter(|value| !value.is_null());
    let status = text(set("status")).unwrap_or_default();
    let why = |code: &Value| {
        let words = text(set("error_message").or_else(|| set("message"))).unwrap_or_default();
        format!("{} {words}", plain(code))
    };
    if let Some(code) = set("error_code").or_else(|| set("code")) {
        return Says::No(why(code));
    }
    if matches!(status.as_str(), "failed" | "undelivered" | "canceled") {
        return Says::No(status);
    }
    match text(set("sid")) {
        Some(sid) => Says::Yes(format!("{sid} {status}")),
        None => Says::Nothing("its answer lacks `sid`".to_owned()),
    }
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_str(&String::from_utf8_lossy(body)).ok()
}

fn text(value: Option<&Value>) -> Option<String> {
    value.map(plain).filter(|text| !text.is_empty())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of JSON values are not ours")]
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn africas_talking_says_yes_only_for_a_recipient_with_a_code_of_success() {
        let one = |inner: &str| format!("{{\"SMSMessageData\":{{\"Message\":\"m\",\"Recipients\":[{inner}]}}}}");
        let says = |body: &str| africas_talking_says(body.as_bytes());
        for code in ["100", "101", "\"102\""] {
            let body = one(&format!("{{\"statusCode\":{code},\"messageId\":\"ATXid_1\"}}"));
            assert_eq!(says(&body), Says::Yes("ATXid_1".to_owned()));
        }
        for code in [99, 103, 402, 403, 405, 406, 500, 501] {
            let body = one(&format!("{{\"statusCode\":{code},\"status\":\"X\"}}"));
            assert_eq!(says(&body), Says::No(format!("{code} X")));
        }
        assert_eq!(says(&one("")), Says::No("m".to_owned()));
        for body in [
            one("{\"status\":\"Success\"}"),
            one("{\"statusCode\":401}"),
            "{}".to_owned(),
            "\"SMSMessageData\"".to_owned(),
            "<html>".to_owned(),
            one("").chars().take(30).collect(),
        ] {
            assert!(matches!(says(&body), Says::Nothing(_)), "{body}");
        }
    }

    #[test]
    fn twilio_says_yes_only_with_a_number_and_without_an_error() {
        let says = |body: &str| twilio_says(body.as_bytes());
        assert_eq!(
            says("{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}"),
            Says::Yes("SM1 queued".to_owned())
        );
        for body in [
            "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":null}",
            "{\"sid\":\"SM1\",\"status\":\"undelivered\"}",
            "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":30001}",
            "{\"code\":30001,\"message\":\"Queue overflow\",\"status\":200}",
        ] {
            assert!(matches!(says(body), Says::No(_)), "{body}");
        }
        for body in ["{}", "[]", "{\"sid\":null}", "{\"sid\":\"SM1\"", "\u{fffd}"] {
            assert!(matches!(says(body), Says::Nothing(_)), "{body}");
        }
    }
}
