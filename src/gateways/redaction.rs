//! Removes secrets from a gateway's answer before it is shown.
//!
//! Its words without control characters, shortened, and without the secret: neither as it is nor as servers write back what
//! they were sent. Must never show a part of a secret because it was cut in two: secrets go first, then comes the shortening.

use crate::gateways::encoding::{ValueContext, base64, escape, percent, percent_lower};
use crate::model::characters::visible_line;
use crate::model::secret::Secret;

/// The longest text that is shown, in bytes.
pub(crate) const TOLD_BYTES_MAX: usize = 300;
/// The text in place of a secret.
const HIDDEN: &str = "(secret)";
/// The fewest characters of base64 that are looked for.
const BASE64_MIN: usize = 4;

/// Returns the words in a form that may be shown and kept, without the secret.
pub(crate) fn redact(words: &[u8], secret: Option<&Secret>) -> String {
    let text = String::from_utf8_lossy(words);
    let hidden = secret.map(ways_to_write).unwrap_or_default();
    let text = hide(&text, &hidden);
    let mut clean = String::with_capacity(text.len().min(TOLD_BYTES_MAX));
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()) {
        if !clean.is_empty() && !word.is_empty() {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    // Removing what was between may have joined the parts of a secret.
    let clean = visible_line(&hide(&clean, &hidden));
    shorten(&clean, TOLD_BYTES_MAX)
}

/// Returns at most so many bytes of the text, with a mark if it was longer.
pub(crate) fn shorten(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let room = bytes_max.saturating_sub('…'.len_utf8());
    let mut short = String::with_capacity(bytes_max);
    for c in text.chars() {
        if short.len().saturating_add(c.len_utf8()) > room {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

fn hide(text: &str, hidden: &[String]) -> String {
    let mut text = text.to_owned();
    for way in hidden {
        if text.contains(way.as_str()) {
            text = text.replace(way.as_str(), HIDDEN);
        }
    }
    text
}

/// Returns all spellings in which the secret is looked for, the longest first.
fn ways_to_write(secret: &Secret) -> Vec<String> {
    let bytes = secret.expose();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let json = escape(&text, ValueContext::Json);
    let encoded = percent(bytes);
    let every: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let ascii_json: String = json
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                unicode_escapes(c)
            }
        })
        .collect();
    let mut ways = vec![
        json.replace('/', "\\/"),
        json,
        ascii_json.clone(),
        ascii_json.to_uppercase().replace("\\U", "\\u"),
        encoded.replace("%20", "+"),
        encoded.to_lowercase(),
        encoded,
        every.to_lowercase(),
        every,
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        html,
        bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        percent_lower(bytes),
        text.split_whitespace().collect::<Vec<_>>().join(" "),
        text,
    ];
    ways.extend(in_base64(bytes));
    ways.retain(|way| !way.trim().is_empty());
    ways.sort_by_key(|way| std::cmp::Reverse(way.len()));
    ways.dedup();
    ways
}

fn unicode_escapes(c: char) -> String {
    let mut units = [0; 2];
    c.encode_utf16(&mut units)
        .iter()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}

/// What any base64 of a text that holds the secret must hold, whatever comes before and after it.
fn in_base64(bytes: &[u8]) -> Vec<String> {
    let mut ways = Vec::new();
    for before in 0..3_usize {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let whole = base64(&padded);
        // The digits that hold bits of what is beside the secret are left out.
        let skip = [0, 2, 3].get(before).copied().unwrap_or(0);
        let sure = padded.len().saturating_mul(8).saturating_div(6);
        let core: String = whole.chars().take(sure).skip(skip).collect();
        if core.len() >= BASE64_MIN {
            ways.push(core.replace('+', "-").replace('/', "_"));
            ways.push(core);
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_however_it_is_written_back() {
        let secret = "k\"é/1 &+pass word";
        let key = Secret::new(secret.as_bytes().to_vec());
        for way in [
            secret.to_owned(),
            escape(secret, ValueContext::Json),
            escape(secret, ValueContext::Json).replace('/', "\\/"),
            "k\\\"\\u00e9/1 &+pass word".to_owned(),
            percent(secret.as_bytes()),
            percent(secret.as_bytes()).replace("%20", "+"),
            "k%22%c3%a9%2f1%20%26%2bpass%20word".to_owned(),
            "k&quot;é/1 &amp;+pass word".to_owned(),
            secret.replace(' ', "\r\n "),
        ] {
            let shown = redact(format!("you sent: {way}!").as_bytes(), Some(&key));
            assert_eq!(shown, "you sent: (secret)!", "{way}");
        }
        for user in ["", "a", "ab", "abc", "weir:"] {
            for behind in ["", "x", "xy"] {
                let encoded = base64(format!("{user}{secret}{behind}").as_bytes());
                let shown = redact(encoded.as_bytes(), Some(&key));
                assert!(shown.contains("(secret)") && shown.len() < 22, "{user} {shown}");
            }
        }
    }

    #[test]
    fn what_is_shown_is_short_and_fit_for_a_terminal() {
        assert_eq!(redact(b"a\x1b[2J\r\n\r\nb \xff\0", None), "a [2J b \u{fffd}");
        let long = redact("é".repeat(400).as_bytes(), None);
        assert!(long.len() <= TOLD_BYTES_MAX && long.ends_with('…'), "{}", long.len());
        let secret = Secret::new(b"0123456789".to_vec());
        let cut = redact(format!("{}0123456789", "x".repeat(295)).as_bytes(), Some(&secret));
        assert!(!cut.contains("01"), "{cut}");
    }
}
