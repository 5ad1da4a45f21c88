//! Server-sent events for open pages.

use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use crate::events::Event as Happening;
use crate::services::policy::{Action, Resource, authorise};
use app::api::live::LiveEvent;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// `GET /api/live`
pub async fn events(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    authorise(&person, Action::Listen, Resource::All)?;
    let (listener, stop) = (state.events.listen(), state.stop.clone());
    let events = stream::unfold((listener, stop), |(mut listener, mut stop)| async move {
        let happening = tokio::select! {
            happening = listener.recv() => happening,
            _ = stop.wait_for(|stop| *stop) => return None,
        };
        let event = match happening {
            Ok(happening) => told(happening),
            // Too slow: whatever was missed, asking again for the list shows it.
            Err(RecvError::Lagged(_)) => LiveEvent::Messages { account: None },
            Err(RecvError::Closed) => return None,
        };
        let event = Event::default().json_data(event).unwrap_or_default();
        Some((Ok(event), (listener, stop)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

fn told(happening: Happening) -> LiveEvent {
    match happening {
        Happening::Accounts => LiveEvent::Accounts,
        Happening::Messages(account) => LiveEvent::Messages { account },
        Happening::Reports => LiveEvent::Reports,
        Happening::Progress { account, done, planned } => LiveEvent::Progress { account, done, planned },
    }
}
