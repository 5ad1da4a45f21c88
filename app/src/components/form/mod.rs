//! Fields, labels and their errors.
