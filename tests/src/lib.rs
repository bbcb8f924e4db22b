//! What the black-box suites share with the processes that they start beside the
//! daemon, and with the benches. The suites themselves are in `it/`.

pub mod http;
pub mod machine;
pub mod sent;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
