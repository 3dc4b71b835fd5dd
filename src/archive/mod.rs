//! What was taken out of the store and is kept in files?
//!
//! The folder `archive` beside the store holds files `weir-YYYY-MM.N.jsonl.zst`: JSON lines, compressed, of records of that
//! month of the site's zone. A month may have several files; each is closed once it is written, and none is changed later.
//! `zstd -d < FILE | jq` reads them. `index.jsonl` beside them tells of each file what it holds and the SHA-256 of its lines;
//! it is made again from the files where it is missing or damaged.
//!
//! The lines, a shape per table of the store. Every one begins with `at` (RFC 3339, UTC), `kind` (the log stream, or what a
//! run, an incident or a message is kept by), `seq` and `table`; the four are what makes a line the same record as another:
//!
//! - `"table":"log"`: `seq` is the number of the record over all streams; `planned_for`, `username`, `message`, `fields`
//!   (an object of strings), as `weir logs --json` prints them.
//! - `"table":"run"`: `seq` is the run's number, 0 for none; `job`, `planned_for`, `to`, `count`, `started_at`,
//!   `finished_at`, `outcome`, `counts` (an object of numbers by name, or `null`), `error`, `by_hand`.
//! - `"table":"incident"`: `seq` is the beginning in milliseconds since 1970, one per router; `router`, `trouble`,
//!   `until`, `reason`, `flaps`.
//! - `"table":"message"`: `seq` is the message's number; `channel`, `to`, `purpose`, `username`, `once`, `subject`, `text`,
//!   `attachment`, `happened_at`, `state`, `attempts`, `gateway`, `sent_at`, `error`, `answer`, `parts`, `cost` (minor
//!   units), `tries` (an array of `{gateway, at, error}`).
//!
//! A record may be in two files, after a kill between writing and deleting: a reader takes it once. Must never know: the store,
//! or when anything is old.

pub mod error;
pub mod file;
pub mod folder;
pub mod index;
pub mod line;
pub mod name;
