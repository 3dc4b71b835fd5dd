//! How is a value written so that it stays a value where it stands?
//!
//! A text in JSON cannot end its string, one in a URL cannot begin another parameter, one in a header cannot begin another
//! header. A template is walked once: what stands in a value is never taken for a placeholder. Must never know which value
//! is a secret.

/// Where a value stands.
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

/// Percent-encodes all but the unreserved characters. *Source:* RFC 3986, 2.3.
pub(crate) fn percent(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Encodes as Base64 with padding. *Source:* RFC 4648, 4.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for (at, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let digit = usize::try_from((bits >> shift) & 63).unwrap_or(0);
            let padded = at > group.len();
            text.push(if padded {
                '='
            } else {
                char::from(DIGITS.get(digit).copied().unwrap_or(b'='))
            });
        }
    }
    text
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
