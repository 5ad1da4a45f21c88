//! The accounts report's part of a URL.
