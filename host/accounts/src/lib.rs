//! Who may do what: tokens, and the authority that they carry; and the keys of what
//! must be forgettable.
//!
//! Absent on purpose: passwords and single sign-on, which belong to the page, and
//! any decision about one object; those are taken where the object is at hand,
//! with the [`Authority`] that this crate hands out.

mod authority;
mod cipher;
mod keyring;
mod random;
mod secret;

pub use crate::authority::{Authority, Denied};
pub use crate::cipher::Belonging;
pub use crate::keyring::{Keyring, KeyringError, Unreadable};
pub use crate::random::SystemRandom;
pub use crate::secret::{AdminToken, Secret, SecretError, hash};
