//! The one error a browser sees.

use super::wire::Json;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::FieldErrors;
use serde::{Deserialize, Serialize};

/// Why a call failed, in words for the screen. Details stay in the server's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in, or not any more.
    #[error("You are signed out. Sign in again to go on.")]
    SignedOut,
    /// Signed in, and not allowed to do this.
    #[error("You are not allowed to do this.")]
    Forbidden,
    /// It does not exist, or not for this person.
    #[error("This does not exist, or not any more.")]
    NotFound,
    /// The input is wrong, at these fields.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// It cannot be done in the present state; the sentence says why.
    #[error("{0}")]
    Conflict(String),
    /// Somebody is doing it right now.
    #[error("This is being done already. Try again in a moment.")]
    Busy,
    /// Our fault; the log has the details under the reference.
    #[error("Something went wrong here. The log has the details under {reference}.")]
    Internal {
        /// What to search the log for.
        reference: String,
    },
    /// The call did not reach the server, or its answer did not reach the browser.
    #[error("The server did not answer. Check the connection, then try again.")]
    Unreachable,
}

impl FromServerFnError for ApiError {
    type Encoder = Json;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            other => Self::Internal { reference: other.to_string() },
        }
    }
}
