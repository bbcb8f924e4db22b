//! Keys that sign what goes to a webhook.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    pub secret: SigningSecret,
    /// It signs beside the newer ones until then; none: it is the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// `whsec_` and the key in base64, as it is shown to its owner once. It shows itself to
/// nobody who does not ask for it by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// Any text: what makes a good secret is for those to say who sign with it.
    pub fn new(text: String) -> SigningSecret {
        SigningSecret(text)
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}
