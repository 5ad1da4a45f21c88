//! The first run: whoever can read the server's output creates the first administrator.

use super::headers::FORM_POLICY;
use super::identity;
use super::refusal::Refusal;
use super::state::WebState;
use crate::services::people::SetUp;
use app::pages::set_up::{SetUpPage, document};
use axum::extract::{ConnectInfo, Form, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Redirect, Response};
use model::FieldErrors;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;
use tower_sessions::Session;

/// The form.
#[derive(Deserialize)]
pub struct Input {
    code: String,
    name: String,
    password: SecretString,
    password_again: SecretString,
}

/// `GET /set-up`
pub async fn page(State(state): State<WebState>) -> Result<Response, Refusal> {
    if !state.people.needs_set_up().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    Ok(form(&state, StatusCode::OK, FieldErrors::default(), String::new(), String::new()))
}

/// `POST /set-up`
pub async fn submit(
    State(state): State<WebState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    session: Session,
    Form(input): Form<Input>,
) -> Result<Response, Refusal> {
    let Input { code, name, password, password_again } = input;
    let address = from.ip().to_string();
    match state.people.set_up(&code, &name, password, &password_again, &address).await? {
        SetUp::Done(person) => {
            identity::sign_in(&state, &session, &person).await?;
            tracing::info!(person = person.name, address, "the first administrator was created");
            Ok(Redirect::to("/").into_response())
        }
        SetUp::Invalid(errors) => Ok(form(&state, StatusCode::UNPROCESSABLE_ENTITY, errors, code, name)),
        SetUp::TooLate => Ok(Redirect::to("/sign-in").into_response()),
    }
}

fn form(state: &WebState, status: StatusCode, errors: FieldErrors, code: String, name: String) -> Response {
    let page = SetUpPage { errors, code, name, stylesheet: state.site.path("restante.css") };
    (status, [(CONTENT_SECURITY_POLICY, FORM_POLICY)], Html(document(page))).into_response()
}
