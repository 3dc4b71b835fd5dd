//! The code of a source file without what is not code: comments, texts and its own tests are gone, lines stay where they are.

use super::SourceFile;

/// Where the tests of a file itself begin; they end with the file.
const OWN_TESTS: &str = "#[cfg(test)]\nmod ";

/// Returns the code of a file, with as many lines as the file has before its own tests.
pub(super) fn code(file: &SourceFile) -> String {
    let text = file.text.split(OWN_TESTS).next().unwrap_or_default();
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let gone = not_code(rest).unwrap_or(0);
        if gone > 0 {
            // A text leaves its quotes, and whatever is gone leaves its line ends.
            let (text, after) = rest.split_at(gone);
            let is_comment = text.starts_with("//");
            code.push_str(if is_comment { "" } else { "\"" });
            code.extend(text.chars().filter(|c| *c == '\n'));
            code.push_str(if is_comment { "" } else { "\"" });
            rest = after;
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// Returns how many bytes at the beginning are a comment or a text; `None` where there is code.
fn not_code(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        // A character, unless it is a lifetime.
        let mut chars = quoted.char_indices();
        let (_, first) = chars.next()?;
        let end = if first == '\\' {
            chars
                .nth(1)
                .and_then(|(at, _)| quoted[at - 1..].find('\'').map(|end| at + end))
        } else {
            chars.next().filter(|(_, second)| *second == '\'').map(|(at, _)| at + 1)
        };
        return end.map(|end| end + 1);
    }
    if text.starts_with("r\"") || text.starts_with("r#\"") {
        let signs = if text.starts_with("r#") { "\"#" } else { "\"" };
        let begin = 1 + signs.len();
        return text[begin..].find(signs).map(|at| begin + at + signs.len());
    }
    let quoted = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    None
}

#[test]
fn only_code_is_left() {
    let file = SourceFile {
        name: String::new(),
        text: "use a; // b\nlet c = \"d \\\" e\"; '\"'; 'x: &'y z; r#\"f \" g\"#; '\\''; // h\n\n#[cfg(test)]\nmod tests {}".to_owned(),
    };
    assert_eq!(code(&file), "use a; \nlet c = \"\"; \"\"; 'x: &'y z; \"\"; \"\"; \n\n");
}
