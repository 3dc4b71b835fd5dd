//! The texts of the source that are shown to people when something is refused, warned of or alerted to.
//!
//! Knows as much of Rust as is needed to find literals and where they stand: tokens, brackets, no meaning.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that a literal must have to be a text; less than that is a part of one, or a name.
const WORDS_MIN: usize = 3;

/// Folders and files every text of which is taken: readers whose findings are made in many ways, and what alerts are made of.
const WHOLE: &[&str] = &[
    "config/",
    "import/",
    "rules/cron.rs",
    "rules/guard.rs",
    "rules/routers/incidents.rs",
    "rules/trust.rs",
];

/// A file that holds one of these raises or ends alerts, and is taken whole.
const ALERTS: &[&str] = &["Raised {", "Raised::new(", ".end_alert("];

/// Calls whose arguments are shown.
const CALLS: &[&str] = &["refused", "usage", "note", "error"];

/// Bindings that hold what is shown.
const BINDINGS: &[&str] = &["message", "what", "why", "way_out", "hint", "note", "reason"];

/// Macros for the maintainer's log and for what cannot happen.
const UNSHOWN: &[&str] = &[
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "debug_span",
    "info_span",
    "matches",
    "assert",
];

/// One text.
#[derive(Debug)]
pub struct Text {
    /// Where it stands: `src/config/site.rs:75`.
    pub place: String,
    /// The literal.
    pub literal: String,
}

impl Text {
    /// What of it is always the same: the pieces between what is filled in.
    pub fn pieces(&self) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut letters = self.literal.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    pieces.last_mut().unwrap().push(letter);
                }
                '{' => {
                    while letters.next().is_some_and(|letter| letter != '}') {}
                    pieces.push(String::new());
                }
                letter => pieces.last_mut().unwrap().push(letter),
            }
        }
        pieces
    }

    /// Whether a text that was shown is this one.
    pub fn is_in(&self, shown: &str) -> bool {
        let in_order = |pieces: &[String]| {
            let mut rest = shown;
            pieces.iter().all(|piece| match rest.find(piece.as_str()) {
                Some(at) => {
                    rest = &rest[at + piece.len()..];
                    true
                }
                None => false,
            })
        };
        // A literal that nothing is filled into has its brackets as they are.
        in_order(&self.pieces()) || shown.contains(&self.literal)
    }

    fn is_sentence(&self) -> bool {
        let fixed = self.pieces().join(" ");
        let words = fixed
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.chars().count() > 1);
        words.count() >= WORDS_MIN && fixed.trim().contains(' ')
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Literal(String, usize),
    Sign(char),
}

/// All texts of the source.
pub fn texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in files(&root) {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        // The demo and the simulated router refuse nothing to an owner; what `explain` says is an answer.
        if name.starts_with("demo/") || name.starts_with("sim/") || name.contains("explain") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        let whole =
            WHOLE.iter().any(|start| name.starts_with(start)) || ALERTS.iter().any(|word| source.contains(word));
        let literals = literals(&tokens(source), whole);
        found.extend(
            literals
                .into_iter()
                .map(|(literal, line)| Text {
                    place: format!("src/{name}:{line}"),
                    literal,
                })
                .filter(Text::is_sentence),
        );
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The literals that are shown, with their lines.
fn literals(tokens: &[Token], whole: bool) -> Vec<(String, usize)> {
    let mut shown = vec![whole; tokens.len()];
    let mut hidden = vec![false; tokens.len()];
    let word = |at: usize, word: &str| matches!(tokens.get(at), Some(Token::Word(found)) if found == word);
    let sign = |at: usize, sign: char| tokens.get(at) == Some(&Token::Sign(sign));
    let one_of = |at: usize, words: &[&str]| words.iter().any(|one| word(at, one));
    for at in 0..tokens.len() {
        if one_of(at, CALLS) && sign(at + 1, '(') {
            mark(&mut shown, at + 1..closing(tokens, at + 1));
        }
        if word(at, "notes") && (word(at + 2, "push") || word(at + 2, "extend")) {
            mark(&mut shown, at + 3..closing(tokens, at + 3));
        }
        if word(at, "let") && (one_of(at + 1, BINDINGS) || one_of(at + 2, BINDINGS)) {
            mark(&mut shown, at..end_of_statement(tokens, at));
        }
        // What of an error is shown is what `#[error("…")]` says.
        if sign(at, '#') && sign(at + 1, '[') && word(at + 2, "error") {
            mark(&mut shown, at + 1..closing(tokens, at + 1));
        }
        // A function or a block that makes refusals.
        let makes = word(at, "fn") && (word(at + 1, "way_out") || returns_failure(tokens, at))
            || word(at, "impl") && word(at + 1, "From") && names_failure(tokens, at);
        if makes && let Some(body) = (at..tokens.len()).find(|at| sign(*at, '{')) {
            mark(&mut shown, body..closing(tokens, body));
        }
        if one_of(at, UNSHOWN) && sign(at + 1, '!') {
            mark(&mut hidden, at + 2..closing(tokens, at + 2));
        }
        if sign(at, '#') && sign(at + 1, '[') && !word(at + 2, "error") {
            mark(&mut hidden, at + 1..closing(tokens, at + 1));
        }
    }
    tokens
        .iter()
        .zip(shown)
        .zip(hidden)
        .filter_map(|((token, shown), hidden)| match token {
            Token::Literal(text, line) if shown && !hidden => Some((text.clone(), *line)),
            _ => None,
        })
        .collect()
}

fn mark(marks: &mut [bool], range: std::ops::Range<usize>) {
    for mark in &mut marks[range] {
        *mark = true;
    }
}

/// Behind the bracket that closes the one at this place.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn end_of_statement(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(';') if depth == 0 => return at,
            _ => {}
        }
        if depth < 0 {
            return at;
        }
    }
    tokens.len()
}

/// Whether the signature of a function ends in `-> Failure` (or a tuple or option of it), and not in a `Result`.
fn returns_failure(tokens: &[Token], at: usize) -> bool {
    let signature = signature(tokens, at);
    let arrow = signature
        .windows(2)
        .rposition(|pair| pair == [Token::Sign('-'), Token::Sign('>')]);
    arrow.is_some_and(|arrow| {
        let answer = &signature[arrow..];
        answer.contains(&Token::Word("Failure".to_owned())) && !answer.contains(&Token::Word("Result".to_owned()))
    })
}

fn names_failure(tokens: &[Token], at: usize) -> bool {
    signature(tokens, at).contains(&Token::Word("Failure".to_owned()))
}

fn signature(tokens: &[Token], at: usize) -> &[Token] {
    let end = tokens[at..]
        .iter()
        .position(|token| matches!(token, Token::Sign('{' | ';')))
        .unwrap_or(0);
    &tokens[at..at + end]
}

fn tokens(source: &str) -> Vec<Token> {
    let letters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    while at < letters.len() {
        let letter = letters[at];
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        match letter {
            '\n' => {
                line += 1;
                at += 1;
            }
            '/' if next == '/' => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1;
                }
            }
            'r' if next == '"' || (next == '#' && matches!(letters.get(at + 2), Some('"' | '#'))) => {
                let hashes = letters[at + 1..].iter().take_while(|letter| **letter == '#').count();
                let begin = line;
                let mut text = String::new();
                at += hashes + 2;
                let end: Vec<char> = std::iter::once('"').chain("#".repeat(hashes).chars()).collect();
                while !letters[at..].starts_with(&end) {
                    line += usize::from(letters[at] == '\n');
                    text.push(letters[at]);
                    at += 1;
                }
                at += end.len();
                tokens.push(Token::Literal(text, begin));
            }
            '"' => {
                let begin = line;
                let mut text = String::new();
                at += 1;
                while letters[at] != '"' {
                    line += usize::from(letters[at] == '\n');
                    if letters[at] == '\\' {
                        at += 1;
                        match letters[at] {
                            '\n' => {
                                line += 1;
                                while letters[at + 1].is_whitespace() {
                                    at += 1;
                                    line += usize::from(letters[at] == '\n');
                                }
                            }
                            'n' => text.push('\n'),
                            't' => text.push('\t'),
                            other => text.push(other),
                        }
                    } else {
                        text.push(letters[at]);
                    }
                    at += 1;
                }
                at += 1;
                tokens.push(Token::Literal(text, begin));
            }
            // A character, and not the name of a lifetime.
            '\'' if next == '\\' || letters.get(at + 2) == Some(&'\'') => {
                at += if next == '\\' { 3 } else { 2 };
                while letters[at] != '\'' {
                    at += 1;
                }
                at += 1;
            }
            letter if is_word(letter) => {
                let begin = at;
                while at < letters.len() && is_word(letters[at]) {
                    at += 1;
                }
                tokens.push(Token::Word(letters[begin..at].iter().collect()));
            }
            letter => {
                if !letter.is_whitespace() {
                    tokens.push(Token::Sign(letter));
                }
                at += 1;
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{Text, literals, tokens};

    #[test]
    fn literals_are_found_where_they_are_shown() {
        let source = r##"
            #[error("the {what} is empty")]
            fn f() -> Result<(), Failure> {
                tracing::warn!("for the maintainer");
                let c = '"';
                let kept = "an answer that is not refused";
                Err(Failure::refused(format!("no `{name}`"), "see \
                    that it is there"))
            }
            fn nobody() -> Failure { other("nobody is here") }
        "##;
        let found: Vec<String> = literals(&tokens(source), false)
            .into_iter()
            .map(|(text, _)| text)
            .collect();
        assert_eq!(
            found,
            [
                "the {what} is empty",
                "no `{name}`",
                "see that it is there",
                "nobody is here"
            ]
        );
    }

    #[test]
    fn a_text_is_known_by_what_stays_the_same() {
        let text = Text {
            place: String::new(),
            literal: "`{key}` is {}; write `{{x}}`".to_owned(),
        };
        assert!(text.is_in("weir: `a` is empty; write `{x}`"));
        assert!(!text.is_in("weir: `a` is empty; write `x`"));
    }
}
