//! What does an error of the system mean, in words?
//!
//! The one place that words an [`io::Error`]: people learn that a connection was refused, never the number by which the system calls
//! it. Libraries put such errors into texts of their own; [`without_numbers`] takes the numbers out of those.

use std::io::{self, ErrorKind};

/// Returns what the system said, in words.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of `io::Error` are not ours, and grow"
)]
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    if let Some(told) = error.get_ref() {
        // One that a library made, with a text of its own.
        return without_numbers(&told.to_string());
    }
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "this user has no permission",
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the other end closed the connection"
        }
        ErrorKind::HostUnreachable => "the host cannot be reached",
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => "there is no way to that network",
        ErrorKind::NotConnected => "there is no connection",
        ErrorKind::AddrInUse => "the address is already in use",
        ErrorKind::AddrNotAvailable => "this box does not have that address",
        ErrorKind::AlreadyExists => "a file of that name is in the way",
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "there was no answer in time",
        ErrorKind::NotADirectory => "a part of the path is not a folder",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        ErrorKind::StorageFull => "no space is left on the card",
        ErrorKind::QuotaExceeded => "this user may store no more",
        ErrorKind::FileTooLarge => "the file is too large",
        ErrorKind::InvalidFilename => "the name is too long or has signs that a file cannot have",
        ErrorKind::OutOfMemory => "no memory is left",
        ErrorKind::UnexpectedEof => "it ends too early",
        _ => return without_numbers(&error.to_string()),
    };
    words.to_owned()
}

/// Returns a library's text without the numbers of the system's errors: `Input/output error (os error 5)` loses what is in
/// brackets.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    const BEGIN: &str = " (os error ";
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        kept.push_str(before);
        match after.split_once(')') {
            Some((number, behind)) if number.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => rest = behind,
            Some(_) | None => {
                kept.push_str(BEGIN);
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_of_the_system_shows_its_number() {
        for number in 1..140 {
            let error = io::Error::from_raw_os_error(number);
            let words = in_words(&error);
            assert!(!words.contains("os error") && !words.is_empty(), "{number}: {words}");
        }
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(in_words(&refused), "the connection was refused");
        // One that carries a text of its own is that text.
        assert_eq!(in_words(&io::Error::other("the header is torn")), "the header is torn");
    }

    #[test]
    fn a_librarys_text_loses_the_numbers_and_nothing_else() {
        for (text, kept) in [
            ("Input/output error (os error 5)", "Input/output error"),
            ("a: x (os error 2): b: y (os error 13).", "a: x: b: y."),
            ("nothing (of the kind) here", "nothing (of the kind) here"),
            ("cut short (os error 1", "cut short (os error 1"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), kept);
        }
    }
}
