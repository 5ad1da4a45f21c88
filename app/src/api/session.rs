//! Who is signed in. Signing in and out are plain forms (`server::web::sign_in`), so they work without WASM.
#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "a server function is async by nature"))]

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::Person;

/// The person this browser is signed in as; `None` where nobody is.
///
/// # Errors
/// [`ApiError::Unreachable`] where the server cannot be asked.
#[server(endpoint = "session/current", prefix = "/api", protocol = Wire)]
pub async fn current_person() -> Result<Option<Person>, ApiError> {
    use super::services::Caller;
    Ok(use_context::<Caller>().and_then(|caller| caller.0))
}
