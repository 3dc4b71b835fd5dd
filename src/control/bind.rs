//! Creates the socket file of the service, unless another service uses it.
//!
//! A socket that nobody listens on is left over from a process that was killed: it is replaced. One that is answered
//! belongs to a running service: refused. Anything else under that name is somebody's file and stays.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use crate::control::client::{self, Unreached};
use crate::control::peer::Peer;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

/// Bytes of a path that can be bound. *Source:* unix(7): `sun_path` has 108 bytes, the last of them zero.
pub const PATH_BYTES_MAX: usize = 107;
/// The mode of the socket file: its user and its group may ask.
pub const SOCKET_MODE: u32 = 0o660;
/// The mode of a folder that is made for it.
pub const FOLDER_MODE: u32 = 0o750;

/// A socket that is listened on.
#[derive(Debug)]
pub struct Bound {
    /// The listener, for [`server::serve`](crate::control::server::serve).
    pub listener: UnixListener,
    /// Who owns the socket file: the service's user, and the group that may ask.
    pub own: Peer,
}

/// Why a socket cannot be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Longer than the system allows.
    #[error("the socket path `{path}` has {bytes} bytes; at most {PATH_BYTES_MAX} are allowed")]
    TooLong {
        /// The path.
        path: PathBuf,
        /// How many it has.
        bytes: usize,
    },
    /// Somebody listens there.
    #[error("a running service already answers on `{path}`")]
    Live {
        /// The path.
        path: PathBuf,
    },
    /// Not a socket.
    #[error("`{path}` is not a socket")]
    Foreign {
        /// The path.
        path: PathBuf,
    },
    /// Any other error of the system.
    #[error("cannot listen on `{path}`: {}", in_words(.source))]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        let way_out = match &error {
            BindError::TooLong { .. } => "set a shorter `socket` under `[site]`".to_owned(),
            BindError::Live { .. } => "stop it first, or set another `socket` under `[site]`".to_owned(),
            BindError::Foreign { .. } => "set another `socket` under `[site]`, or move that file away".to_owned(),
            BindError::Io { path, .. } => format!(
                "check that the service may write in `{}`",
                path.parent().unwrap_or(Path::new("/")).display()
            ),
        };
        Self::refused(error.to_string(), way_out)
    }
}

/// Listens on `path`, whose folder is made where it is missing. The lock of the store, which is taken before, keeps two
/// services that start at the same moment apart.
///
/// # Errors
/// When the path is too long, a service answers there, it is no socket, or the system refuses.
pub fn bind(path: &Path) -> Result<Bound, BindError> {
    let bytes = path.as_os_str().as_bytes().len();
    if bytes > PATH_BYTES_MAX {
        return Err(BindError::TooLong {
            path: path.to_owned(),
            bytes,
        });
    }
    let failed = |source| BindError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(folder)
            .map_err(failed)?;
    }
    clear(path)?;
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE)).map_err(failed)?;
    let facts = fs::symlink_metadata(path).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(Bound {
        listener,
        own: Peer {
            uid: facts.uid(),
            gid: facts.gid(),
        },
    })
}

/// Removes what a killed process left at `path`.
fn clear(path: &Path) -> Result<(), BindError> {
    let failed = |source| BindError::Io {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(facts) if !facts.file_type().is_socket() => {
            return Err(BindError::Foreign { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    match client::connect(path) {
        Err(Unreached::Stale) => fs::remove_file(path).map_err(failed),
        Err(Unreached::NoSocket) => Ok(()),
        Err(Unreached::Io(error)) => Err(failed(error)),
        Ok(_) | Err(Unreached::Busy | Unreached::NotPermitted) => Err(BindError::Live { path: path.to_owned() }),
    }
}

/// Removes the socket file of a service that ends. One that is gone already is no failure.
///
/// # Errors
/// The system's.
pub fn unbind(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
