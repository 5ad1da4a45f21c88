//! The Inbox report's part of a URL.
