//! Coming back from a provider, who sends the browser here with a code or with a refusal (RFC 6749 §4.1.2).

use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use axum::extract::{ConnectInfo, Query, State};
use axum::response::Redirect;
use model::Actor;
use serde::Deserialize;
use std::net::SocketAddr;

/// What a provider adds to the address.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /oauth/callback`: shows how it went where it was begun.
pub async fn callback(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(answer): Query<Answer>,
) -> Result<Redirect, Refusal> {
    let by = Actor::Person { person, address: from.ip().to_string() };
    let Answer { state: begun, code, error, error_description } = answer;
    let words = match (error, error_description) {
        // Its code alone is told apart by us; what else stands there is the provider's.
        (Some(error), Some(more)) if error != "access_denied" => format!("{error}: {more}"),
        (Some(error), _) => error,
        (None, _) => "it sent nobody back with a code".to_owned(),
    };
    let answer = code.as_deref().ok_or(words.as_str());
    let back = state.consents.come_back(&by, &begun, answer).await?;
    let account = back.account.map(|account| format!("&account={}", account.0)).unwrap_or_default();
    Ok(Redirect::to(&format!("/settings/credentials?connect={}{account}", back.credential.0)))
}
