//! Keys that sort as the queries need them. They are written and compared, and
//! never parsed: what a row is about stands in its value.

use event::{AlertId, BucketKey, DigestRecord, Name, Seq, Timestamp};

/// A row's key: texts and big-endian numbers, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// The beginning of every key.
    pub(super) fn new() -> Key {
        Key::default()
    }

    /// A whole text: it ends with a zero, so `ab` sorts before `abc` and is no prefix of it.
    pub(super) fn text(self, text: &str) -> Key {
        let mut key = self.start(text);
        key.0.push(0);
        key
    }

    /// The beginning of a text, to look for all texts that begin so.
    pub(super) fn start(mut self, text: &str) -> Key {
        for &byte in text.as_bytes() {
            // Zero ends a text, so the zeros inside one become a pair, and so must the
            // byte that introduces the pair. The order stays that of the texts.
            match byte {
                0 | 1 => self.0.extend([1, byte + 1]),
                byte => self.0.push(byte),
            }
        }
        self
    }

    pub(super) fn number(mut self, number: u64) -> Key {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn seq(self, seq: Seq) -> Key {
        self.number(seq.0)
    }

    /// Times before 1970 sort before later ones: the sign is turned around.
    pub(super) fn time(self, time: Timestamp) -> Key {
        self.number((time.0 as u64) ^ (1 << 63))
    }

    /// Alerts in the order in which they began.
    pub(super) fn alert(self, alert: &AlertId) -> Key {
        match alert_number(alert) {
            Some((seq, index)) => self.number(seq).number(index),
            // Nobody has this alert; its key lies behind all that exist.
            None => self.number(u64::MAX).number(u64::MAX).text(alert.as_str()),
        }
    }

    pub(super) fn bucket(self, bucket: &BucketKey) -> Key {
        self.text(bucket.person.as_str())
            .text(bucket.address.as_str())
            .text(bucket.style.as_str())
            .number(bucket.band.into())
            .text(&bucket.group)
    }

    /// A person's digests in the order in which they were sealed.
    pub(super) fn digest(self, person: &Name, digest: &DigestRecord) -> Key {
        self.text(person.as_str()).time(digest.sealed).text(digest.id.as_str())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Key {
    fn from(bytes: Vec<u8>) -> Key {
        Key(bytes)
    }
}

/// The key of what is found by one text.
pub(super) fn one(text: &str) -> Key {
    Key::new().text(text)
}

/// The key of a person's thing.
pub(super) fn of_person(person: &Name, name: &Name) -> Key {
    Key::new().text(person.as_str()).text(name.as_str())
}

/// The identifier of the alert that update `index` of the outcome `seq` began.
pub(super) fn alert_id(seq: Seq, index: u32) -> AlertId {
    AlertId(format!("a{seq}-{index}"))
}

fn alert_number(alert: &AlertId) -> Option<(u64, u64)> {
    let (seq, index) = alert.as_str().strip_prefix('a')?.split_once('-')?;
    let (seq, index): (u64, u32) = (seq.parse().ok()?, index.parse().ok()?);
    // One alert has one name: `a07-0` and `a+7-0` are not `a7-0`.
    (alert_id(Seq(seq), index) == *alert).then_some((seq, index.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_what_they_are_made_of(
            a in ("[\0-\x03a-b]{0,4}", any::<i64>()),
            b in ("[\0-\x03a-b]{0,4}", any::<i64>()),
        ) {
            let key = |(text, time): &(String, i64)| Key::new().text(text).time(Timestamp(*time));
            prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        }

        #[test]
        fn what_begins_with_a_text_is_found_by_its_start(
            text in "[\0-\x03a-b]{0,4}",
            more in "[\0-\x03a-b]{0,4}",
        ) {
            let whole = one(&format!("{text}{more}"));
            prop_assert!(whole.bytes().starts_with(Key::new().start(&text).bytes()));
        }
    }

    #[test]
    fn alerts_sort_by_their_numbers_and_have_one_name_each() {
        let key = |id: &str| Key::new().alert(&AlertId(id.to_owned()));
        assert!(key("a9-10") < key("a10-2"));
        assert!(key("a10-2") < key("a10-10"));
        for other in ["a010-2", "a+10-2", "10-2", "a10", "a10-2 ", ""] {
            assert!(key(other) > key("a99999999999-0"), "{other}");
        }
    }
}
