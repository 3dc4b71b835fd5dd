//! Converts records to bytes and back.
//!
//! Nothing else uses bincode. Every record begins with a byte that names its version, so that a later version of Weir can read
//! what this one wrote. Fields are encoded in their order without names, and kinds by their place: a record's type changes only
//! together with a new format and a step in [`crate::store::migrate`]. [`crate::store::tables`] says how a record gains a field
//! or a kind; `tests/store/format` pins the bytes.

use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of the records that this binary writes.
pub const RECORD_VERSION: u8 = 1;

/// No record is larger; a length beyond it is damage, not data.
const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Written by another version.
    #[error("a record of version {found} where version {RECORD_VERSION} was expected")]
    Version {
        /// The version it names.
        found: u8,
    },
    /// The bytes are not this record.
    #[error("a record that cannot be read: {0}")]
    Unreadable(String),
}

fn config() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<RECORD_BYTES_MAX>,
> {
    bincode::config::standard().with_limit::<RECORD_BYTES_MAX>()
}

/// Returns the record as bytes.
///
/// # Errors
/// When the record is larger than any can be.
pub fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(192);
    bytes.push(RECORD_VERSION);
    encode_onto(record, &mut bytes)?;
    Ok(bytes)
}

/// Collects what bincode writes, a few bytes at a time and hundreds of times a record, without going through `std::io`.
struct Onto<'b>(&'b mut Vec<u8>);

impl Writer for Onto<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn encode_onto<T: Serialize>(record: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    bincode::serde::encode_into_writer(record, Onto(bytes), config())
        .map_err(|error| CodecError::Unreadable(error.to_string()))
}

/// Returns the record that the bytes hold.
///
/// # Errors
/// When the bytes are of another version, of another record, or damaged.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    match bytes.split_first() {
        Some((&RECORD_VERSION, rest)) => {
            let (record, used) = bincode::serde::decode_from_slice(rest, config())
                .map_err(|error| CodecError::Unreadable(error.to_string()))?;
            if used == rest.len() {
                Ok(record)
            } else {
                Err(CodecError::Unreadable(format!(
                    "{} bytes are left over",
                    rest.len().saturating_sub(used)
                )))
            }
        }
        Some((&found, _)) => Err(CodecError::Version { found }),
        None => Err(CodecError::Unreadable("nothing there".to_owned())),
    }
}
