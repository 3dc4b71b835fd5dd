//! Answers a client's login.
//!
//! Both ways to log in: name and password, and before 6.43 the answer to a challenge. It must never let anybody else in.
//!
//! *Source:* MikroTik documentation, API, "Initial login".

use md5::{Digest, Md5};

use super::options::{Account, Options};
use super::sentence::SimCommand;

/// How long a challenge is, in bytes.
pub(crate) const CHALLENGE_BYTES: usize = 16;

/// What to answer to `/login`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LoginVerdict {
    /// Logged in, with or without the right to write.
    In {
        /// The right to write.
        writes: bool,
    },
    /// Go on with the answer to this challenge.
    Challenged([u8; CHALLENGE_BYTES]),
    /// Refused in these words.
    Refused(&'static str),
}

/// Judges a `/login`. `given` is the challenge that this client was given before, `next` one that it may be given.
pub(crate) fn judge(
    options: &Options,
    command: &SimCommand,
    given: Option<[u8; CHALLENGE_BYTES]>,
    next: [u8; CHALLENGE_BYTES],
) -> LoginVerdict {
    let version = options.version;
    let words = if version.takes_passwords() {
        "invalid user name or password (6)"
    } else {
        "cannot log in"
    };
    let account = command.value("name").and_then(|name| find(&options.accounts, name));
    if let (Some(response), true) = (command.value("response"), version.gives_challenges()) {
        return match (account, given) {
            (Some(account), Some(given)) if response == answer(&account.password, given).as_bytes() => {
                LoginVerdict::In { writes: account.writes }
            }
            _ => LoginVerdict::Refused(words),
        };
    }
    let password = command.value("password");
    if password.is_some() && version.takes_passwords() {
        return match account {
            Some(account) if password == Some(account.password.as_bytes()) => {
                LoginVerdict::In { writes: account.writes }
            }
            _ => LoginVerdict::Refused(words),
        };
    }
    if version.gives_challenges() {
        // A router of old does not know `password` and answers as to a bare `/login`.
        return LoginVerdict::Challenged(next);
    }
    LoginVerdict::Refused(words)
}

/// Returns the challenge of a connection: different each time, the same in each run.
pub(crate) fn challenge(connection: u64) -> [u8; CHALLENGE_BYTES] {
    Md5::digest(connection.to_be_bytes()).into()
}

/// Returns the answer that a client must give.
fn answer(password: &str, challenge: [u8; CHALLENGE_BYTES]) -> String {
    let mut hash = Md5::new();
    hash.update([0]);
    hash.update(password.as_bytes());
    hash.update(challenge);
    let digest: [u8; 16] = hash.finalize().into();
    format!("00{}", hex(&digest))
}

/// Formats bytes as `0a1b`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn find<'a>(accounts: &'a [Account], name: &[u8]) -> Option<&'a Account> {
    accounts.iter().find(|account| account.name.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_challenge_is_as_documented() {
        let challenge = [
            0xdd, 0x6e, 0x4a, 0xff, 0x9b, 0x3b, 0x9f, 0x4a, 0x1c, 0x2d, 0x3e, 0x4f, 0x50, 0x61, 0x72, 0x83,
        ];
        assert_eq!(answer("hotspot", challenge), "0069683a1e0141f8ec98ef259ea1a1b101");
    }
}
