//! For load balancers, service managers and search engines.

use super::state::WebState;
use axum::extract::State;
use axum::http::StatusCode;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /robots.txt`: there is nothing to read for whoever is not signed in, and nothing to be called.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /api/\n"
}

/// `GET /readyz`: the database can be used, and the process is not about to end.
pub async fn readyz(State(state): State<WebState>) -> (StatusCode, &'static str) {
    if *state.stop.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if (state.ready)().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}
