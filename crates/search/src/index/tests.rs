//! Claims about the index.
