//! Black-box suites over the whole of Tellify. See `it/`; there is no library here.
