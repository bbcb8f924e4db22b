//! The outer form of a component: a row of sections, in one of which its manifest lies.

/// The custom section that holds `plugin.toml` as it is.
const MANIFEST: &str = "tellify:manifest";

const CUSTOM: u8 = 0;

/// Bytes in front of the first section: `\0asm`, and what it is.
const HEADER: usize = 8;

/// The sections of a component: each an id and its content.
///
/// Ends at the first that is longer than what follows, with an error: its offset in bytes.
pub fn sections(component: &[u8]) -> impl Iterator<Item = Result<(u8, &[u8]), usize>> {
    let mut offset = HEADER.min(component.len());
    std::iter::from_fn(move || {
        let rest = &component[offset..];
        let (id, rest) = rest.split_first()?;
        let Some(content) = content(rest) else {
            let truncated = offset;
            offset = component.len();
            return Some(Err(truncated));
        };
        offset = component.len() - (rest.len() - content.end);
        Some(Ok((*id, &rest[content.start..content.end])))
    })
}

/// The texts of the manifests in a component; a good one has one.
pub fn manifests_in(component: &[u8]) -> impl Iterator<Item = &[u8]> {
    let custom = sections(component).filter_map(|section| section.ok().filter(|(id, _)| *id == CUSTOM));
    custom.filter_map(|(_, section)| {
        let name = content(section)?;
        (&section[name.start..name.end] == MANIFEST.as_bytes()).then(|| &section[name.end..])
    })
}

/// Appends a manifest to a component, in a section that whoever runs it passes over.
pub fn append_manifest(component: &mut Vec<u8>, manifest: &str) {
    let mut section = Vec::new();
    push_length(&mut section, MANIFEST.len());
    section.extend(MANIFEST.as_bytes());
    section.extend(manifest.as_bytes());
    component.push(CUSTOM);
    push_length(component, section.len());
    component.extend(section);
}

/// Where that lies which has its length in front; none when it is cut short.
fn content(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let (length, start) = leb128(bytes)?;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    Some(start..end)
}

/// An unsigned number of at most 32 bits, seven of them a byte and the lowest first; and
/// how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

fn push_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn what_was_packed_is_found_among_other_sections() {
        let mut component = EMPTY.to_vec();
        component.extend([CUSTOM, 3, 2, b'a', b'b']);
        append_manifest(&mut component, &"x".repeat(300));
        assert_eq!(manifests_in(&component).collect::<Vec<_>>(), [b"x".repeat(300)]);
        append_manifest(&mut component, "second");
        assert_eq!(manifests_in(&component).count(), 2);
        assert_eq!(sections(&component).count(), 3);
    }

    #[test]
    fn a_component_that_is_cut_short_has_no_end() {
        let mut component = EMPTY.to_vec();
        append_manifest(&mut component, &"x".repeat(300));
        for length in 0..component.len() {
            let cut = &component[..length];
            assert_eq!(manifests_in(cut).count(), 0, "{length}");
            let expected = (length > EMPTY.len()).then_some(Err(EMPTY.len()));
            assert_eq!(sections(cut).next(), expected, "{length}");
        }
    }
}
