//! How large a filter may be. Filters come from anybody who may ask a question, and
//! are kept by the hundred thousand.

/// Bytes of a filter, as written and in canonical form: far more than anybody types, and little to keep.
pub const LENGTH_MAX: usize = 4096;

/// Parentheses in parentheses: the parser, and each walk of the tree, is as deep on the stack.
pub const DEPTH_MAX: usize = 32;

/// Terms of a filter, each word of a phrase as one: what evaluation on one event may cost.
pub const TERMS_MAX: usize = 256;
