//! A function can be read at one go.

use super::code::code;
use super::source;

/// Lines of a function, from its `fn` to its last brace; a longer one says beside it why.
const LINES_MAX: usize = 70;

/// What a longer function says in a comment, directly above it or within.
const REASON: &str = "// Longer than 70 lines: ";

/// Returns whether a function begins in this line.
fn is_function(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some(at) = words.iter().position(|word| *word == "fn") else {
        return false;
    };
    words[..at]
        .iter()
        .all(|word| word.starts_with("pub") || ["const", "async"].contains(word))
}

#[test]
fn no_function_is_long_without_a_reason() {
    let mut wrong = Vec::new();
    let mut functions = 0;
    for file in source() {
        let code = code(&file);
        let code: Vec<&str> = code.lines().collect();
        let text: Vec<&str> = file.text.lines().collect();
        for (begin, line) in code.iter().enumerate().filter(|(_, line)| is_function(line)) {
            functions += 1;
            let indent = &line[..line.len() - line.trim_start().len()];
            let is_last = |line: &&str| line.strip_prefix(indent).is_some_and(|rest| rest.starts_with('}'));
            let without_body = |line: &&str| {
                line.strip_prefix(indent)
                    .is_some_and(|rest| rest.starts_with(')') && rest.ends_with(';'))
            };
            let ends_at_once = line.ends_with('}') || line.ends_with(';');
            let lines = match code[begin..]
                .iter()
                .skip(1)
                .position(|line| is_last(line) || without_body(line))
            {
                Some(after) if !ends_at_once => after + 2,
                _ => 1,
            };
            if lines <= LINES_MAX {
                continue;
            }
            let above = text[..begin]
                .iter()
                .rev()
                .take_while(|line| line.trim_start().starts_with("//") || line.trim_start().starts_with("#["));
            let within = &text[begin..begin + lines];
            let has_reason = above.chain(within).any(|line| line.trim_start().starts_with(REASON));
            if !has_reason {
                wrong.push(format!("src/{}:{}: {lines} lines", file.name, begin + 1));
            }
        }
    }
    assert!(functions > 2000, "the functions were found: {functions}");
    assert!(
        wrong.is_empty(),
        "functions of more than {LINES_MAX} lines, without `{REASON}…` beside them:\n{}",
        wrong.join("\n")
    );
}
