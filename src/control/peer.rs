//! Checks which user is connected, and whether that user may ask.
//!
//! The kernel says which user is at the other end of a socket; what the client says about itself does not count. Root, the user
//! that the service runs as, and the members of the socket file's group may ask: those who may turn the service on and off, and
//! those whom the owner put into the group `weir`.
//!
//! *Source:* unix(7), `SO_PEERCRED`; passwd(5), group(5). Users from elsewhere than `/etc/passwd` are named by number, and
//! their membership counts when the group is their primary one.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::failure::Failure;

/// Bytes that are read of `/etc/passwd` and `/etc/group`.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The user and group of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The user's number.
    pub uid: u32,
    /// The primary group's number.
    pub gid: u32,
}

/// Refuses a user who is neither root, nor `own` (who bound the socket), nor a member of its group.
///
/// # Errors
/// A refusal that names the asking user and the group to join.
pub fn admit(peer: Peer, own: Peer) -> Result<(), Failure> {
    admit_by(
        peer,
        own,
        &text(Path::new("/etc/passwd")),
        &text(Path::new("/etc/group")),
    )
}

fn admit_by(peer: Peer, own: Peer, passwd: &str, group: &str) -> Result<(), Failure> {
    let name = name_in(passwd, peer.uid);
    if peer.uid == 0 || peer.uid == own.uid || peer.gid == own.gid || is_member(group, own.gid, &name) {
        return Ok(());
    }
    // Nobody should join the group of root for this.
    let joinable = if own.gid == 0 { None } else { group_in(group, own.gid) };
    let way_out = match joinable {
        Some(group) => {
            format!("run the command as root, or let root run `usermod -aG {group} {name}` and log in again")
        }
        None => "run the command as root or as the user of the service".to_owned(),
    };
    Err(Failure::refused(
        format!("the user `{name}` is not allowed to use the service"),
        way_out,
    ))
}

/// Returns the name of a user, or `uid 1000` for one who is not in `/etc/passwd`.
#[must_use]
pub fn user_name(uid: u32) -> String {
    name_in(&text(Path::new("/etc/passwd")), uid)
}

/// Returns the name of the user that this process runs as.
#[must_use]
pub fn own_name() -> String {
    fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |facts| user_name(facts.uid()))
}

fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

fn name_in(passwd: &str, uid: u32) -> String {
    passwd
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let number: u32 = fields.nth(1)?.parse().ok()?;
            (number == uid && !name.is_empty()).then(|| name.to_owned())
        })
        .unwrap_or_else(|| format!("uid {uid}"))
}

fn group_in(group: &str, gid: u32) -> Option<&str> {
    group.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then_some(name)
    })
}

fn is_member(group: &str, gid: u32, name: &str) -> bool {
    group.lines().any(|line| {
        let mut fields = line.split(':').skip(2);
        fields.next().is_some_and(|number| number.parse() == Ok(gid))
            && fields
                .next()
                .is_some_and(|members| members.split(',').any(|member| member == name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nweir:x:990:990::/:/bin/false\namina:x:1000:1000::/:/bin/sh\n\
                          brian:x:1001:1001::/:/bin/sh\ngrace:x:1002:990::/:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nweir:x:990:amina,other\nstaff:x:50:brian\n";
    const SERVICE: Peer = Peer { uid: 990, gid: 990 };

    fn may(uid: u32, gid: u32) -> bool {
        admit_by(Peer { uid, gid }, SERVICE, PASSWD, GROUP).is_ok()
    }

    #[test]
    fn root_the_service_and_members_of_its_group_may_ask() {
        assert!(may(0, 0), "root");
        assert!(may(990, 1), "the service's own user");
        assert!(may(1002, 990), "primary group");
        assert!(may(1000, 1000), "listed in the group");
        assert!(!may(1001, 1001), "a member of another group only");
        assert!(!may(4711, 4711), "a user whom nobody knows");
    }

    #[test]
    fn a_refusal_names_the_user_and_the_group_to_join() {
        let refusal = admit_by(Peer { uid: 1001, gid: 1001 }, SERVICE, PASSWD, GROUP).unwrap_err();
        assert_eq!(refusal.what, "the user `brian` is not allowed to use the service");
        assert!(
            refusal.way_out.contains("usermod -aG weir brian"),
            "{}",
            refusal.way_out
        );
    }

    #[test]
    fn a_user_without_an_entry_is_named_by_number() {
        assert_eq!(name_in(PASSWD, 4711), "uid 4711");
        assert_eq!(name_in(PASSWD, 1000), "amina");
    }
}
