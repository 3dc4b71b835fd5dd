//! How does a router answer, as RouterOS 6 and 7 would?
//!
//! A RouterOS that exists on loopback only: `weir demo` bills against it, and the tests have it as a peer. It speaks the
//! plain API on a real socket, keeps secrets, sessions, queues and address lists, lets clients dial in again, reboots, and
//! misbehaves on request. What it knows of the protocol it knows by itself: of Weir it uses the word codec and nothing
//! else, so that a mistake of the client meets somebody who does not share it. It must never know subscribers, money, or
//! what Weir intends.
//!
//! `router` is the face, `rows` what it shows, `options` what can be chosen, `faults` what can go wrong, `counters` what is
//! counted. Behind it: `server` (port and thread), `connection` (one client's bytes), `talk` (one client's commands),
//! `spoil` (what faults do to answers), `login`, `sentence` (commands and answers as words), `api` (a command's effect),
//! `query`, `device` (all state), `sessions` (who is dialled in), `modem` (messages), `table` and `menus` (rows), `facts` (the
//! menus of one row), `values`.

pub mod router;
pub mod rows;
pub mod options;
pub mod faults;
pub mod counters;
pub(crate) mod shared;
pub(crate) mod server;
pub(crate) mod connection;
pub(crate) mod talk;
pub(crate) mod spoil;
pub(crate) mod login;
pub(crate) mod api;
pub(crate) mod query;
pub(crate) mod sentence;
pub(crate) mod facts;
pub(crate) mod clients;
pub(crate) mod sessions;
pub(crate) mod modem;
pub mod sent_sms;
pub(crate) mod refusal;
pub(crate) mod device;
pub(crate) mod table;
pub(crate) mod menus;
pub(crate) mod values;
