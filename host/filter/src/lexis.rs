//! Which characters mean what. The parser reads by these rules and the canonical form
//! is written by them.

/// Ends a word, a bare field name and a bare value.
pub(crate) fn ends_bare(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"')
}

/// Begins what stands between a field and its value.
pub(crate) fn is_operator(c: char) -> bool {
    matches!(c, ':' | '<' | '>' | '=')
}

/// Whether a field name can stand without quotes. `!` and `*` are kept out so that
/// `a!=b` and `a*:b` are told, not taken for odd names.
pub(crate) fn is_bare_field(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains(|c| ends_bare(c) || is_operator(c) || matches!(c, '!' | '*'))
}

/// Whether a text can stand behind `field:` without quotes, as itself.
pub(crate) fn is_bare_value(text: &str) -> bool {
    is_bare_pattern(text) && !text.contains('*')
}

/// As a value, but `*` may occur. A sign of comparison in front is kept out so that
/// `percent:>90` is told, not taken for a text.
pub(crate) fn is_bare_pattern(text: &str) -> bool {
    !text.is_empty() && !text.contains(ends_bare) && !text.starts_with(['<', '>', '='])
}
