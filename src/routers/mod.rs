//! How does Weir talk to RouterOS?
//!
//! Upwards from the wire: `word` (bytes), `sentence` (what is asked), `reply` (what is answered), `values` and `object_id`
//! (what it means), `login`, `session` (a conversation with its limits), `router_error` (why it ends). On these stand
//! `facts` (which router is it?), `clock` with `local_time` (what time does it show, and who keeps it?) and `access` (is it
//! as wanted?), which hands each service to its page: `pppoe` with `ppp`, `fixed` with `queue` and `address_list`; `batch`
//! changes many rows with few commands. `sms` sends a message by a modem.
//!
//! The plain API only. Must never know subscribers' tables or money, and cannot ask the box for the time.

pub mod word;
pub mod sentence;
pub mod reply;
pub(crate) mod values;
pub(crate) mod object_id;
pub mod router_error;
pub(crate) mod login;
pub mod session;
pub mod outcome;
pub(crate) mod batch;
pub(crate) mod ppp;
pub(crate) mod pppoe;
pub(crate) mod queue;
pub(crate) mod address_list;
pub(crate) mod fixed;
pub mod access;
pub mod facts;
pub(crate) mod local_time;
pub mod clock;
pub mod sms;
