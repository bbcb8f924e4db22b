//! What tests stand on: a clock that they move by hand, a disk whose power they cut, one
//! that hangs, a mail server and a receiver of webhooks that do as they say, a certificate authority
//! of their own, plugins of every conduct, and the oracle that judges what a life under
//! fire has left.
//!
//! For tests only: nothing that ships depends on this. Nothing here sleeps or reads
//! the wall clock, so that what stands on it need not either.

mod clock;
mod dice;
mod guests;
mod hanging;
mod open;
pub mod oracle;
pub mod records;
mod sink;
mod smtp;
mod store;
mod text_guest;
mod tls;

pub use crate::clock::ManualClock;
pub use crate::dice::Dice;
pub use crate::guests::{changeling, courier, dummy, gauge, guest, guest_with, guest_without_manifest, wrap};
pub use crate::hanging::Hang;
pub use crate::sink::{HttpSink, Post, Receive};
pub use crate::smtp::{Act, Gate, Letter, SmtpOptions, SmtpServer, SmtpTls, Step};
pub use crate::store::{Crashes, SimStore};
pub use crate::text_guest::TextGuest;
pub use crate::tls::TestTls;
