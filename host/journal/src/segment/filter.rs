//! A Bloom filter over identities: most events are new, and need no look-up on disk.

/// About one false alarm in a hundred.
const BITS_PER_KEY: usize = 10;
const PROBES: u64 = 7;

#[derive(Debug)]
pub(crate) struct Filter {
    bits: Vec<u8>,
}

impl Filter {
    pub(crate) fn of(keys: impl ExactSizeIterator<Item = u128>) -> Filter {
        let mut filter = Filter { bits: vec![0; (keys.len() * BITS_PER_KEY).div_ceil(8)] };
        for key in keys {
            for bit in filter.probes(key) {
                filter.bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        filter
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Filter {
        Filter { bits: bytes.to_vec() }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// False only when the key is certainly not there.
    pub(crate) fn may_hold(&self, key: u128) -> bool {
        !self.bits.is_empty() && self.probes(key).all(|bit| self.bits[bit / 8] & (1 << (bit % 8)) != 0)
    }

    /// The keys are hashes already, so their halves serve as two independent ones.
    fn probes(&self, key: u128) -> impl Iterator<Item = usize> + use<> {
        let bits = self.bits.len() as u64 * 8;
        let (start, step) = (key as u64, (key >> 64) as u64 | 1);
        (0..PROBES).map(move |n| (start.wrapping_add(n.wrapping_mul(step)) % bits) as usize)
    }
}
