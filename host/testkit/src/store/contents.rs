//! What a file holds, in pages that its images share until one of them writes.

use std::sync::Arc;

const PAGE: usize = 4096;

/// Bytes that were never written are zero, and take no page.
#[derive(Clone, Default)]
pub(super) struct Contents {
    size: usize,
    pages: Vec<Option<Arc<[u8; PAGE]>>>,
}

impl Contents {
    pub(super) fn size(&self) -> u64 {
        self.size as u64
    }

    /// Fills all of `out`; none when so much is not there.
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> Option<()> {
        let offset = usize::try_from(offset).ok()?;
        if offset.checked_add(out.len())? > self.size {
            return None;
        }
        let mut done = 0;
        while done < out.len() {
            let (page, within, length) = piece(offset + done, out.len() - done);
            let part = &mut out[done..done + length];
            match self.pages.get(page).and_then(Option::as_ref) {
                Some(page) => part.copy_from_slice(&page[within..within + length]),
                None => part.fill(0),
            }
            done += length;
        }
        Some(())
    }

    /// Writes, and grows as needed.
    pub(super) fn lay(&mut self, offset: u64, data: &[u8]) {
        let offset = offset as usize;
        if offset + data.len() > self.size {
            self.resize((offset + data.len()) as u64);
        }
        let mut done = 0;
        while done < data.len() {
            let (page, within, length) = piece(offset + done, data.len() - done);
            let page = self.pages[page].get_or_insert_with(|| Arc::new([0; PAGE]));
            Arc::make_mut(page)[within..within + length].copy_from_slice(&data[done..done + length]);
            done += length;
        }
    }

    /// New bytes are zero.
    pub(super) fn resize(&mut self, size: u64) {
        let size = size as usize;
        self.pages.resize(size.div_ceil(PAGE), None);
        // What is cut off must not come back when the file grows again.
        if size < self.size
            && let Some(Some(last)) = self.pages.last_mut()
            && !size.is_multiple_of(PAGE)
        {
            Arc::make_mut(last)[size % PAGE..].fill(0);
        }
        self.size = size;
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size];
        self.read(0, &mut bytes).expect("it is as long as the file");
        bytes
    }
}

impl From<&[u8]> for Contents {
    fn from(bytes: &[u8]) -> Contents {
        let mut contents = Contents::default();
        contents.lay(0, bytes);
        contents
    }
}

/// Which page holds a place, where in it, and how much of `length` is in that page.
fn piece(place: usize, length: usize) -> (usize, usize, usize) {
    let within = place % PAGE;
    (place / PAGE, within, length.min(PAGE - within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_a_plain_vector_would() {
        let (mut paged, mut plain) = (Contents::default(), Vec::new());
        let mut images = Vec::new();
        for step in 0..400_usize {
            let (place, length) = (step * 7919 % 20_000, step * 131 % 9000);
            if step % 5 == 4 {
                paged.resize(place as u64);
                plain.resize(place, 0);
            } else {
                let data = vec![step as u8 | 1; length];
                paged.lay(place as u64, &data);
                plain.resize(plain.len().max(place + length), 0);
                plain[place..place + length].copy_from_slice(&data);
            }
            assert_eq!(paged.to_vec(), plain, "step {step}");
            images.push((paged.clone(), plain.clone()));
        }
        for (paged, plain) in images {
            assert_eq!(paged.to_vec(), plain, "an image stays as it was");
        }
        assert_eq!(paged.read(plain.len() as u64, &mut [0]), None);
    }
}
