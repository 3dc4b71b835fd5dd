//! Which router is this, and since when is it up?
//!
//! Read at each probe. A menu that a router lacks leaves its fields empty. Must never judge what it reads.
//!
//! *Source:* MikroTik documentation, System, `/system/resource`, `/system/identity`.

use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::session::Session;
use crate::routers::values;

/// What a router says about itself; `None` is what it does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its name.
    pub identity: Option<String>,
    /// Its version, such as `7.16.1 (stable)`.
    pub version: Option<String>,
    /// For how many seconds it has been up; a smaller number than before is a reboot.
    pub uptime_s: Option<u64>,
    /// The board's name.
    pub board: Option<String>,
    /// The processor's architecture.
    pub architecture: Option<String>,
}

/// Reads them.
///
/// # Errors
/// Why the conversation ended.
pub async fn read(session: &mut Session) -> Result<Facts, RouterError> {
    let prints = ["/system/resource/print", "/system/identity/print"];
    let replies = session.run(prints.map(Command::new).to_vec()).await?;
    let mut rows = replies
        .into_iter()
        .map(|reply| reply.rows.into_iter().next().unwrap_or_default());
    let (resource, identity) = (rows.next().unwrap_or_default(), rows.next().unwrap_or_default());
    Ok(Facts {
        identity: identity.text("name").map(Into::into),
        version: resource.text("version").map(Into::into),
        uptime_s: resource
            .get("uptime")
            .and_then(values::duration_ms)
            .map(|ms| ms / 1_000),
        board: resource.text("board-name").map(Into::into),
        architecture: resource.text("architecture-name").map(Into::into),
    })
}
