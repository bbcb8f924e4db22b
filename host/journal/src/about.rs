//! What the log is as a whole: its format, its name, and where its history begins.
//!
//! One small file says it, and is replaced in one go. A log without one was written by
//! the first release, or is about to begin.

use event::Seq;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::damaged;
use crate::names;
use crate::store::Store;
use crate::{ReadError, store};

/// The format that this release writes, and the newest that it reads.
///
/// 1: no such file; bytes in records as arrays of numbers.
/// 2: this file, snapshots, history that ages out; bytes in records as base64.
pub(crate) const FORMAT: u8 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) format: u8,
    /// The name of this journal, which its frames bear; a restored one has a new name.
    #[serde(with = "name")]
    pub(crate) journal: u128,
    /// The first record that is kept; what is older has aged out, and its files may go.
    pub(crate) first: Seq,
    /// Whether the file tells if it is what was written; the first releases' does not.
    #[serde(skip)]
    pub(crate) checked: bool,
}

/// As it stands in the file.
#[derive(Serialize, Deserialize)]
struct Checked {
    #[serde(flatten)]
    about: About,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// Read first, since the rest of a newer file may look otherwise.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

impl About {
    pub(crate) fn new(journal: u128) -> About {
        About { format: FORMAT, journal, first: Seq(1), checked: true }
    }

    /// None when there is none: the first format, or nothing at all.
    ///
    /// # Errors
    /// [`ReadError::Newer`] when a later release wrote it, [`ReadError::Damaged`] when it is not
    /// what was written.
    pub(crate) fn read(store: &dyn Store) -> Result<Option<About>, ReadError> {
        let bytes = match store::read_whole(store, names::ABOUT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let unreadable = |e: serde_json::Error| damaged(names::ABOUT, format!("it is unreadable: {e}"));
        let Format { format } = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if format > u64::from(FORMAT) {
            return Err(ReadError::newer("the journal", format, u64::from(FORMAT)));
        }
        let Checked { about, checksum } = serde_json::from_slice(&bytes).map_err(unreadable)?;
        match checksum {
            Some(checksum) if checksum != about.checksum() => {
                Err(damaged(names::ABOUT, "it fails its checksum"))
            }
            checksum => Ok(Some(About { checked: checksum.is_some(), ..about })),
        }
    }

    /// Puts it in the place of the one before. It lasts when this returns.
    pub(crate) fn write(&self, store: &dyn Store) -> Result<(), ReadError> {
        let checked = Checked { about: self.clone(), checksum: Some(self.checksum()) };
        let text = serde_json::to_vec_pretty(&checked).expect("it is plain data");
        Ok(store::replace(store, names::ABOUT, &text)?)
    }

    /// Of what is said, however it is laid out.
    fn checksum(&self) -> String {
        format!("{:016x}", xxh3_64(&serde_json::to_vec(self).expect("it is plain data")))
    }
}

/// A journal's name is written as people write such names.
mod name {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use ulid::Ulid;

    pub(super) fn serialize<S: Serializer>(journal: &u128, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&Ulid(*journal).to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u128, D::Error> {
        let text = String::deserialize(input)?;
        Ulid::from_string(&text).map(|name| name.0).map_err(|e| D::Error::custom(format!("`{text}`: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let about = About { first: Seq(7), ..About::new(0x0190_0000_0000_0000_0000_0000_0000_0001) };
        let text = serde_json::to_string(&about).expect("it is plain data");
        assert_eq!(text, r#"{"format":2,"journal":"01J00000000000000000000001","first":7}"#);
        let read: About = serde_json::from_str(&text).expect("it was just written");
        assert_eq!(About { checked: true, ..read }, about);
    }
}
