//! Signing in and out: plain forms, so that they work without WASM and before anything else is trusted.

use super::headers::FORM_POLICY;
use super::identity;
use super::refusal::Refusal;
use super::state::WebState;
use crate::services::people::SignIn;
use app::api::services::Caller;
use app::pages::sign_in::{SignInPage, document};
use axum::extract::{ConnectInfo, Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Redirect, Response};
use model::Actor;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;
use tower_sessions::Session;

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The form.
#[derive(Deserialize)]
pub struct Input {
    name: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub async fn page(
    State(state): State<WebState>,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Refusal> {
    if state.people.needs_set_up().await? {
        return Ok(Redirect::to("/set-up").into_response());
    }
    Ok(form(&state, StatusCode::OK, None, String::new(), next))
}

/// `POST /sign-in`
pub async fn submit(
    State(state): State<WebState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    session: Session,
    Form(input): Form<Input>,
) -> Result<Response, Refusal> {
    let Input { name, password, next } = input;
    let address = from.ip().to_string();
    let (status, error) = match state.people.sign_in(&name, password, &address).await? {
        SignIn::Welcome(person) => {
            identity::sign_in(&state, &session, &person).await?;
            tracing::info!(person = person.name, address, "signed in");
            return Ok(Redirect::to(&local(&next)).into_response());
        }
        SignIn::Rejected => (StatusCode::UNAUTHORIZED, "The name or the password is wrong."),
        SignIn::TooOften => {
            (StatusCode::TOO_MANY_REQUESTS, "Too many tries. Wait a quarter of an hour, then try again.")
        }
    };
    // Without the name: passwords are typed in that field as well.
    tracing::warn!(address, "sign-in refused");
    Ok(form(&state, status, Some(error.to_owned()), name, next))
}

/// `POST /sign-out`
pub async fn leave(
    State(state): State<WebState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Extension(caller): Extension<Caller>,
    session: Session,
) -> Result<Redirect, Refusal> {
    if let Caller(Some(person)) = caller {
        state.people.sign_out(&Actor::Person { person, address: from.ip().to_string() }).await?;
    }
    // A session that cannot be deleted now is deleted when it expires; the cookie goes either way.
    if let Err(error) = session.flush().await {
        tracing::error!(%error, "a web session could not be deleted");
    }
    Ok(Redirect::to("/sign-in"))
}

fn form(state: &WebState, status: StatusCode, error: Option<String>, name: String, next: String) -> Response {
    let page = SignInPage { error, name, next, stylesheet: state.site.path("restante.css") };
    (status, [(CONTENT_SECURITY_POLICY, FORM_POLICY)], Html(document(page))).into_response()
}

/// `next` where it is a path of this site, the start otherwise: nobody is sent elsewhere by a link to the sign-in.
fn local(next: &str) -> String {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if inside { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local("/inbox?q=a"), "/inbox?q=a");
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
        ] {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }
}
