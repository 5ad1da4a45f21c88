//! Every path there is, and the layers around them.

use super::identity::{self, SignedIn};
use super::state::WebState;
use super::{
    agents, consent, downloads, exports, headers, health, listen, live, message_frame, origin, set_up,
    sign_in, site,
};
use app::api::services::{Caller, Origin, Site};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use std::net::SocketAddr;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// No form and no call of ours is larger.
const LARGEST_BODY: usize = 1024 * 1024;
/// From request to the first byte of the answer.
const LONGEST_ANSWER: Duration = Duration::from_mins(1);

/// The whole web server.
pub fn router(state: WebState) -> Router {
    let pages = generate_route_list(app::App);
    let (context_state, shell_state) = (state.clone(), state.clone());
    let signed_in_only = Router::new()
        .leptos_routes_with_context(
            &state,
            pages,
            move || provide_contexts(&context_state),
            move || app::shell(shell_state.leptos.clone()),
        )
        .route("/api/live", get(live::events))
        .route("/api/accounts/export.csv", get(exports::accounts))
        .route("/api/messages/export.csv", get(exports::messages))
        .route("/api/messages/export.zip", get(downloads::zip))
        .route("/api/messages/export.mbox", get(downloads::mbox))
        .route("/api/receipts/export.csv", get(exports::receipts))
        .route("/api/audit/export.csv", get(exports::audit))
        .route("/reports/{id}/file", get(downloads::report))
        .route("/api/transcripts/{id}/transcript.txt", get(downloads::transcript))
        .route("/api/credentials/export.csv", get(exports::credentials))
        .route("/api/connectors/export.csv", get(exports::connectors))
        .route("/oauth/callback", get(consent::callback))
        .route("/messages/{id}/body", get(message_frame::body))
        .route("/messages/{id}/source", get(message_frame::source))
        .route("/messages/{id}/raw", get(downloads::raw))
        .route("/messages/{id}/attachments.zip", get(downloads::attachments))
        .route("/messages/{id}/attachments/{index}", get(downloads::attachment))
        .route("/messages/{id}/attachments/{index}/preview", get(message_frame::preview))
        .fallback(get(not_found))
        .layer(from_fn(require_person));
    let with_session = signed_in_only
        .route("/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/sign-out", post(sign_in::leave))
        .route("/set-up", get(set_up::page).post(set_up::submit))
        .layer(from_fn_with_state(state.clone(), identity::identify))
        .layer(identity::sessions(&state));
    with_session
        .layer(from_fn_with_state(state.clone(), origin::guard))
        .layer(CompressionLayer::new())
        .route("/pkg/{*path}", get(site::file))
        .route(connector::PATH, get(agents::meet))
        .route("/healthz", get(health::healthz))
        .route("/robots.txt", get(health::robots))
        .route("/readyz", get(health::readyz))
        .layer(from_fn_with_state(state.clone(), headers::fill_in))
        .layer(from_fn_with_state(state.clone(), listen::locate))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .with_state(state)
}

/// Every endpoint by method and path, with parameters filled in, for the test that tries them as nobody.
pub fn endpoints() -> Vec<(Method, String)> {
    let mut endpoints: Vec<_> = ["/api/live", "/api/accounts/export.csv", "/api/messages/export.csv"]
        .into_iter()
        .chain(["/api/receipts/export.csv", "/api/audit/export.csv", "/api/credentials/export.csv"])
        .chain(["/api/connectors/export.csv"])
        .chain(["/api/transcripts/1/transcript.txt", "/reports/1/file", "/oauth/callback"])
        .chain(["/api/messages/export.zip", "/api/messages/export.mbox", "/messages/1/attachments.zip"])
        .chain(["/messages/1/body", "/messages/1/source", "/messages/1/raw", "/messages/1/attachments/0"])
        .chain(["/messages/1/attachments/0/preview"])
        .map(|path| (Method::GET, path.to_owned()))
        .collect();
    for listing in generate_route_list(app::App) {
        let path = listing.path().split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        endpoints.push((Method::GET, path.collect::<Vec<_>>().join("/")));
    }
    endpoints
        .extend(leptos::server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned())));
    endpoints
}

/// What server functions and rendered pages find in their context.
fn provide_contexts(state: &WebState) {
    provide_context(state.services.clone());
    provide_context(state.services.parameters.display());
    let Some(parts) = use_context::<Parts>() else { return };
    provide_context(parts.extensions.get::<Caller>().cloned().unwrap_or(Caller(None)));
    if let Some(ConnectInfo(from)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
        provide_context(Origin(from.ip().to_string()));
    }
    if let Some(site) = origin::site(&parts.headers, state.config.public_url.as_deref()) {
        provide_context(Site(site));
    }
    provide_context(app::ThemeChoice::from_cookies(
        parts.headers.get_all(axum::http::header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()),
    ));
    let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Ok(policy) = HeaderValue::try_from(headers::page_policy(&nonce)) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Sends whoever is not signed in to the sign-in page; calls and downloads are refused instead.
async fn require_person(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let signed_in = matches!(parts.extensions.get::<Caller>(), Some(Caller(Some(_))));
    let path = parts.uri.path();
    let is_page = parts.method == Method::GET && !path.starts_with("/api/") && !is_part_of_a_message(path);
    if !signed_in && is_page {
        let wanted = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
        let next = if wanted == "/" {
            String::new()
        } else {
            format!("?next={}", super::percent::encoded(wanted, b"/-._~"))
        };
        return Redirect::to(&format!("/sign-in{next}")).into_response();
    }
    if !signed_in && !path.starts_with("/api/session/") {
        return super::refusal::Refusal::SignedOut.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

fn is_part_of_a_message(path: &str) -> bool {
    path.strip_prefix("/messages/").is_some_and(|rest| rest.contains('/'))
}

async fn not_found(State(state): State<WebState>, SignedIn(_): SignedIn, request: Request) -> Response {
    let (context_state, shell_state) = (state.clone(), state);
    let page = leptos_axum::render_app_async_with_context(
        move || provide_contexts(&context_state),
        move || app::shell(shell_state.leptos.clone()),
    );
    let mut response = page(request).await.into_response();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
