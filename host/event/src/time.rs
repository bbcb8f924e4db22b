//! Time, as the whole system measures it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whole milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 9999-12-31T23:59:59.999Z: the last moment that RFC 3339 can write.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    pub fn plus_s(self, s: i64) -> Timestamp {
        self.plus_ms(s.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to this moment; negative when it is the later one.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// RFC 3339 in UTC with milliseconds, as it stands in the API and in messages.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = String;

    /// Reads RFC 3339 with any offset; a time without an offset is refused, since
    /// nobody could say which moment it names.
    fn from_str(text: &str) -> Result<Timestamp, String> {
        let t: jiff::Timestamp = text.parse().map_err(|_| {
            format!("`{text}` is no RFC 3339 time with an offset, such as 2026-11-20T10:00:00Z")
        })?;
        Ok(Timestamp(t.as_millisecond()))
    }
}

/// A future that ends when its moment has come.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The only way to the wall clock. Tests inject one that they move by hand.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Ends at `t`, at once when that has passed.
    fn sleep_until(&self, t: Timestamp) -> Sleep;
}
