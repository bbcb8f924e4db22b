//! What tests stand on: a clock that they move by hand, a disk whose power they cut, a
//! mail server and a receiver of webhooks that do as they say, a certificate authority
//! of their own, and plugins of every conduct.
//!
//! For tests only: nothing that ships depends on this. Nothing here sleeps or reads
//! the wall clock, so that what stands on it need not either.

mod clock;
mod guests;
mod sink;
mod smtp;
mod store;
mod tls;

pub use crate::clock::ManualClock;
pub use crate::guests::{guest, wrap};
pub use crate::sink::{HttpSink, Post, Receive};
pub use crate::smtp::{Act, Gate, Letter, SmtpOptions, SmtpServer, SmtpTls, Step};
pub use crate::store::SimStore;
pub use crate::tls::TestTls;
