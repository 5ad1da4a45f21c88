//! The screens of Restante and the API they call. Deliberately absent: mail, SQL, tokio.
#![recursion_limit = "256"]
#![expect(missing_docs, reason = "the macros of leptos write public fields without any")]

pub mod api;
