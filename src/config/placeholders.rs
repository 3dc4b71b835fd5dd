//! Which values of the example are still in use?
//!
//! `weir init` writes values that stand for the owner's own: a password, phones, a way to pay. They are valid, so nothing else finds
//! them. Must never know: what they are for.

use crate::config::read::Config;
use crate::config::secrets;
use crate::model::finding::Finding;

/// The content of the password file until the owner writes the router's password.
pub(crate) const PASSWORD: &str = "write-the-routers-password-here";

/// Values of the example file that are nobody's, and what is to take their place.
const VALUES: [(&str, &str); 8] = [
    ("+254700000001", "your own phone"),
    ("+15550000000", "the number that Twilio gave you"),
    ("owner@example.org", "your own address"),
    (
        "weir@example.org",
        "the address that the mail server lets you send from",
    ),
    ("mail.example.org", "the name of your mail server"),
    ("AC00000000000000000000000000000000", "the account that Twilio gave you"),
    ("Paybill 000000", "the way in which your customers pay"),
    ("\"MYNAME\"", "the sender that Africa's Talking gave you"),
];

/// Returns where values of the example are still in use; `text` is the file's, `file` its name as the person gave it.
#[must_use]
pub fn findings(config: &Config, text: &str, file: &str) -> Vec<Finding> {
    let found = |line: u32, message: String| Finding {
        file: file.to_owned(),
        line,
        column: 1,
        column_name: None,
        message,
    };
    let mut findings: Vec<Finding> = config
        .routers
        .iter()
        .filter(|router| {
            secrets::read(&router.password_file).is_ok_and(|secret| secret.expose() == PASSWORD.as_bytes())
        })
        .map(|router| {
            let message = format!(
                "`{}` still holds the example's password; write that of router `{}` into it",
                router.password_file.display(),
                router.name
            );
            found(router.line, message)
        })
        .collect();
    for (line, words) in (1_u32..).zip(text.lines()) {
        let words = without_comment(words);
        for (value, instead) in VALUES {
            if words.contains(value) {
                let value = value.trim_matches('"');
                findings.push(found(
                    line,
                    format!("`{value}` is the example's value; write {instead}"),
                ));
            }
        }
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// Returns a line of TOML without the comment at its end.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, letter) in line.char_indices() {
        match (quote, letter) {
            (None, '#') => return line.get(..at).unwrap_or(line),
            (None, '"' | '\'') => quote = Some(letter),
            (Some('"'), '\\') if !is_escaped => {
                is_escaped = true;
                continue;
            }
            (Some(open), _) if open == letter && !is_escaped => quote = None,
            (Some(_) | None, _) => {}
        }
        is_escaped = false;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_begins_outside_of_quotes() {
        for (line, kept) in [
            ("# sms = [\"+254700000001\"]", ""),
            ("text = \"no # here\" # but here", "text = \"no # here\" "),
            ("text = \"a \\\" # b\" # c", "text = \"a \\\" # b\" "),
            ("text = 'a # \"' # c", "text = 'a # \"' "),
            ("port = 1", "port = 1"),
        ] {
            assert_eq!(without_comment(line), kept);
        }
    }
}
