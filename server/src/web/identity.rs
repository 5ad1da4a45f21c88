//! Who sends a request: the cookie, the web session behind it, the person behind that.

use super::state::WebState;
use app::api::services::Caller;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use model::{Person, PersonId, Timestamp};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::refusal::Refusal;
use crate::services::web_sessions::WebSessions;

const PERSON: &str = "person";
const SINCE: &str = "since";
const SEEN: &str = "seen";
const IDLE_MINUTES: i64 = 30;
const LONGEST: i64 = 12 * 60 * 60 * 1000;
/// A session's end moves at most this often, so that reading does not write.
const TOUCH_EVERY: i64 = 60 * 1000;

/// The cookie and what is behind it.
pub fn sessions(state: &WebState) -> SessionManagerLayer<WebSessions> {
    // A `__Host-` cookie cannot be set by a neighbour or over http; browsers refuse it without https.
    let name = if state.config.https { "__Host-restante_session" } else { "restante_session" };
    SessionManagerLayer::new(state.sessions.clone())
        .with_name(name)
        .with_secure(state.config.https)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::minutes(IDLE_MINUTES)))
}

/// Finds out who is calling and tells everybody below (`Caller` among the request's extensions).
pub async fn identify(
    State(state): State<WebState>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let person = person(&state, &session).await?;
    request.extensions_mut().insert(Caller(person));
    Ok(next.run(request).await)
}

async fn person(state: &WebState, session: &Session) -> Result<Option<Person>, Refusal> {
    let Ok(Some(id)) = session.get::<PersonId>(PERSON).await else { return Ok(None) };
    let now = state.people.now();
    let since = session.get::<Timestamp>(SINCE).await.ok().flatten().unwrap_or(Timestamp(0));
    if now.since(since) > LONGEST {
        // Whether or not the store lets go of it, nobody is signed in by it.
        let _ = session.flush().await;
        return Ok(None);
    }
    let seen = session.get::<Timestamp>(SEEN).await.ok().flatten().unwrap_or(since);
    if now.since(seen) > TOUCH_EVERY {
        let _ = session.insert(SEEN, now).await;
    }
    Ok(state.people.find(id).await?)
}

/// Signs `person` in under a new session id.
pub async fn sign_in(state: &WebState, session: &Session, person: &Person) -> Result<(), Refusal> {
    let now = state.people.now();
    let stored = async {
        session.cycle_id().await?;
        session.insert(PERSON, person.id).await?;
        session.insert(SINCE, now).await
    };
    stored.await.map_err(|error| crate::services::ServiceError::Session(error).into())
}

/// The person who is signed in; everybody else is refused.
pub struct SignedIn(pub Person);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match parts.extensions.get::<Caller>() {
            Some(Caller(Some(person))) => Ok(Self(person.clone())),
            _ => Err(Refusal::SignedOut),
        }
    }
}
