//! Logs in to a router.
//!
//! Name and password first; a router before 6.43 answers with a challenge, which is then answered with a hash. A router
//! that refuses is told apart from one that is dead, since no wait and no retry mends a wrong password. Must never try twice.
//!
//! *Source:* MikroTik documentation, API, "Initial login" (both forms; the new one since 6.43).

use md5::{Digest, Md5};
use tokio::time::timeout;

use crate::model::secret::Secret;
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::session::{Endpoint, Session, SessionLimits, timed_out};

/// How long a challenge is, in bytes.
const CHALLENGE_BYTES: usize = 16;

impl Session {
    /// Connects and logs in, with the usual limits.
    ///
    /// # Errors
    /// Those of [`Session::open_within`].
    pub async fn open(endpoint: &Endpoint, secret: &Secret) -> Result<Self, RouterError> {
        Self::open_within(endpoint, secret, SessionLimits::default()).await
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// [`RouterError::Unreachable`] without a connection, [`RouterError::LoginRefused`] when the router says no, else why
    /// the conversation ended.
    pub async fn open_within(endpoint: &Endpoint, secret: &Secret, limits: SessionLimits) -> Result<Self, RouterError> {
        let mut session = Self::connect(endpoint, limits).await?;
        timeout(limits.login, log_in(&mut session, &endpoint.username, secret))
            .await
            .map_err(|_| timed_out("/login", limits.login))??;
        Ok(session)
    }
}

/// Logs in on a fresh connection.
///
/// # Errors
/// [`RouterError::LoginRefused`] with the router's words, whether it keeps the connection or closes it; else why the
/// conversation ended.
async fn log_in(session: &mut Session, username: &str, secret: &Secret) -> Result<(), RouterError> {
    let plain = Command::new("/login")
        .with("name", username)
        .with("password", secret.expose());
    let Some(challenge) = attempt(session, plain).await? else {
        return Ok(());
    };
    let challenge = from_hex(&challenge).ok_or_else(|| RouterError::Garbage {
        words: "the challenge of the login is not 32 hexadecimal digits".to_owned(),
    })?;
    let hashed = Command::new("/login")
        .with("name", username)
        .with("response", response(secret.expose(), &challenge));
    match attempt(session, hashed).await? {
        None => Ok(()),
        Some(_) => Err(RouterError::Garbage {
            words: "the answer to a challenge was another challenge".to_owned(),
        }),
    }
}

/// Sends one login; a challenge when the router wants the old form.
async fn attempt(session: &mut Session, command: Command) -> Result<Option<Vec<u8>>, RouterError> {
    let (reply, ended) = session.ask_untagged(command).await;
    // Some versions close the connection after a refusal, some do not: the refusal counts.
    if let Some(said) = reply.refusal() {
        return Err(RouterError::LoginRefused { said });
    }
    ended?;
    Ok(reply.end.get("ret").map(<[u8]>::to_vec))
}

fn response(password: &[u8], challenge: &[u8]) -> String {
    let hash = Md5::new()
        .chain_update([0])
        .chain_update(password)
        .chain_update(challenge)
        .finalize();
    let mut text = "00".to_owned();
    for byte in hash {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes: Vec<u8> = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect::<Option<_>>()?;
    (rest.is_empty() && bytes.len() == CHALLENGE_BYTES).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_the_documented_hash() {
        let challenge = from_hex(b"dd6e4aff9b3b9f4a1c2d3e4f50617283").unwrap();
        assert_eq!(response(b"hotspot", &challenge), "0069683a1e0141f8ec98ef259ea1a1b101");
    }

    #[test]
    fn a_challenge_is_thirty_two_hexadecimal_digits() {
        for bad in [
            "",
            "dd",
            "dd6e4aff9b3b9f4a1c2d3e4f5061728",
            "zd6e4aff9b3b9f4a1c2d3e4f50617283",
        ] {
            assert_eq!(from_hex(bad.as_bytes()), None, "{bad}");
        }
    }
}
