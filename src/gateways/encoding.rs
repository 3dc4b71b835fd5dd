//! Encodes a value so that it cannot break out of the URL, form or JSON text around it.
//!
//! A text in JSON cannot end its string, one in a URL cannot begin another parameter, one in a header cannot begin another
//! header. A template is walked once: the text of a value is never taken for a placeholder. Must never know which value is a
//! secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What is percent-encoded: all but letters, digits and the four marks that need it nowhere.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueContext {
    /// Inside a string of JSON.
    Json,
    /// In a URL, or in a form: percent-encoded.
    Percent,
    /// In a header: without control characters.
    Header,
    /// As it is.
    Plain,
}

/// Fills in a template; a name without a value stays as it is.
pub(crate) fn fill(template: &str, place: ValueContext, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let known = after.split_once("}}").and_then(|(name, behind)| {
            let value = values.iter().find(|(known, _)| *known == name.trim())?.1;
            Some((value, behind))
        });
        match known {
            Some((value, behind)) => {
                filled.push_str(&escape(value, place));
                rest = behind;
            }
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Escapes a value for its place.
pub(crate) fn escape(value: &str, place: ValueContext) -> String {
    match place {
        ValueContext::Json => {
            let quoted = serde_json::Value::String(value.to_owned()).to_string();
            let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        }
        ValueContext::Percent => percent(value.as_bytes()),
        ValueContext::Header => value.chars().filter(|c| !c.is_control()).collect(),
        ValueContext::Plain => value.to_owned(),
    }
}

/// Returns bytes percent-encoded, all but the unreserved characters. *Source:* RFC 3986, 2.3.
pub(crate) fn percent(bytes: &[u8]) -> String {
    percent_encode(bytes, RESERVED).to_string()
}

/// Returns bytes percent-encoded with small hexadecimal digits, letters as they are.
pub(crate) fn percent_lower(bytes: &[u8]) -> String {
    // A `%` of the value is encoded itself: a piece that begins with one is an encoded byte.
    percent_encode(bytes, RESERVED)
        .map(|piece| {
            if piece.starts_with('%') {
                piece.to_lowercase()
            } else {
                piece.to_owned()
            }
        })
        .collect()
}

/// Returns bytes in base64 with padding. *Source:* RFC 4648, 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_place() {
        let evil = "\"}\r\nX: y&to=1 {{secret}} é\\";
        let values = [("text", evil), ("secret", "s3cret")];
        assert_eq!(
            fill(
                "{\"t\":\"{{text}}\",\"k\":\"{{ secret }}\"}",
                ValueContext::Json,
                &values
            ),
            "{\"t\":\"\\\"}\\r\\nX: y&to=1 {{secret}} é\\\\\",\"k\":\"s3cret\"}"
        );
        assert_eq!(
            fill("/s?t={{text}}&k={{secret}}", ValueContext::Percent, &values),
            "/s?t=%22%7D%0D%0AX%3A%20y%26to%3D1%20%7B%7Bsecret%7D%7D%20%C3%A9%5C&k=s3cret"
        );
        assert_eq!(
            fill("Bearer {{text}}", ValueContext::Header, &values),
            "Bearer \"}X: y&to=1 {{secret}} é\\"
        );
        assert_eq!(
            fill("{{other}} {{ {{secret}}", ValueContext::Plain, &values),
            "{{other}} {{ s3cret"
        );
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
