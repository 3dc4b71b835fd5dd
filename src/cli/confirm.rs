//! Does the person at the terminal confirm it?
//!
//! A command that is dangerous if typed by mistake first shows what it will change, then asks. If nobody can be asked
//! (no terminal, or a script that wants JSON), it ends there and says what to do instead. Must never know what is
//! confirmed.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::Instant as Stopwatch;

use crate::cli::failure::visible;
use crate::commands::Reply;
use crate::commands::clock::confirm::ClockConfirm;
use crate::commands::clock::confirm::ShownClock;
use crate::commands::request::Request;
use crate::model::failure::{Failure, Question};

/// How many questions one command may ask: whether it is another payment, and whether it is so much.
const QUESTIONS_MAX: usize = 2;

/// How many bytes of an answer are read; `yes` has three.
const ANSWER_BYTES_MAX: u64 = 256;

/// Runs `weir clock confirm` without `--yes`: shows what it would change, asks, and carries it out on a yes. `ask`
/// sends a request and returns its answer.
///
/// # Errors
/// When the command is refused, nobody can be asked, or the answer is no.
pub(crate) fn ask_first(
    ask: &mut dyn FnMut(&Request) -> Result<Reply, Failure>,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Reply, Failure> {
    // From before the clock is looked at, so that the time until the answer is not measured too short.
    let began = Stopwatch::now();
    let shown = ask(&Request::ClockConfirm(ClockConfirm {
        yes: false,
        shown: None,
    }))?;
    if shown.exit == 0 {
        // There is nothing to confirm.
        return Ok(shown);
    }
    if json {
        let mut failure = nobody_to_ask();
        failure.json = Some(shown.payload);
        return Err(failure);
    }
    let (question, now) = match shown.notes.as_slice() {
        [question, now] => (question.as_str(), now.clone()),
        _ => return Err(nobody_to_ask()),
    };
    let told = write!(out, "{}", shown.payload).and_then(|()| out.flush());
    if told.is_err() || !io::stdin().is_terminal() || !io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return Err(nobody_to_ask());
    }
    let asked = write!(err, "\n{} [y/N] ", visible(question)).and_then(|()| err.flush());
    if asked.is_ok() && is_yes(&answer()) {
        return ask(&Request::ClockConfirm(ClockConfirm {
            yes: true,
            shown: Some(ShownClock {
                now,
                open_s: began.elapsed().as_secs(),
            }),
        }));
    }
    Err(Failure::refused(
        "the clock was not confirmed; nothing was changed",
        "if the clock is wrong, set it (`timedatectl`); if it is right, run `weir clock confirm` again",
    ))
}

/// Sends a request, and where its refusal has a question, asks the person at the terminal and sends it again with their
/// consent. Without a terminal, and for a script that wants JSON, the refusal stands, whose way out names the option.
///
/// # Errors
/// When the command is refused, or the answer is no.
pub(crate) fn ask_where_in_doubt(
    ask: &mut dyn FnMut(&Request) -> Result<Reply, Failure>,
    request: &Request,
    json: bool,
    err: &mut dyn Write,
) -> Result<Reply, Failure> {
    let can_ask = !json && io::stdin().is_terminal() && io::stderr().is_terminal();
    agreed(ask, request, |failure, question| {
        can_ask && says_yes(failure, question, err)
    })
}

/// Sends a request as long as its refusals have questions that `says_yes` answers with a yes.
fn agreed(
    ask: &mut dyn FnMut(&Request) -> Result<Reply, Failure>,
    request: &Request,
    mut says_yes: impl FnMut(&Failure, &Question) -> bool,
) -> Result<Reply, Failure> {
    let mut request = request.clone();
    for _ in 0..QUESTIONS_MAX {
        match ask(&request) {
            Err(failure) => match failure.question.clone() {
                Some(question) if says_yes(&failure, &question) => request.agree(question.consent),
                Some(_) | None => return Err(failure),
            },
            answered => return answered,
        }
    }
    ask(&request)
}

fn says_yes(failure: &Failure, question: &Question, err: &mut dyn Write) -> bool {
    let asked =
        write!(err, "{}.\n{} [y/N] ", visible(&failure.what), visible(&question.text)).and_then(|()| err.flush());
    asked.is_ok() && is_yes(&answer())
}

fn nobody_to_ask() -> Failure {
    Failure::refused(
        "there is no terminal to ask on: the clock was not confirmed, and nothing was changed",
        "check the clock of the box yourself, then run `weir clock confirm --yes`",
    )
}

/// Reads a line of standard input; empty if there is none.
fn answer() -> String {
    let mut line = String::new();
    let stdin = io::stdin();
    match stdin.lock().take(ANSWER_BYTES_MAX).read_line(&mut line) {
        Ok(_) => line,
        Err(_) => String::new(),
    }
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::payments::pay::Pay;
    use crate::model::failure::Consent;

    fn cash() -> Request {
        Request::Pay(Pay {
            username: "amina".to_owned(),
            amount: "15000.00".to_owned(),
            reference: None,
            source: None,
            date: None,
            again: false,
            yes: false,
        })
    }

    /// Refuses cash until it is another payment, and then until it is so much.
    fn asks_twice(request: &Request) -> Result<Reply, Failure> {
        let Request::Pay(payment) = request else {
            return Ok(Reply::default());
        };
        if !payment.again {
            return Err(Failure::asking("twice", "", "Another?", Consent::Again));
        }
        if !payment.yes {
            return Err(Failure::asking("much", "", "So much?", Consent::Amount));
        }
        Ok(Reply::done("credited".to_owned()))
    }

    #[test]
    fn each_yes_adds_its_consent_and_the_first_no_ends_it() {
        let mut asked = Vec::new();
        let done = agreed(&mut asks_twice, &cash(), |failure, _| {
            asked.push(failure.what.clone());
            true
        });
        assert_eq!(done.map(|reply| reply.payload), Ok("credited".to_owned()));
        assert_eq!(asked, ["twice", "much"]);
        let refused = agreed(&mut asks_twice, &cash(), |failure, _| failure.what == "twice");
        assert_eq!(refused.map_err(|failure| failure.what), Err("much".to_owned()));
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        for yes in ["y\n", "Y", " yes \n", "YES\r\n"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no", "ye", "yy", "j", "y?"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
