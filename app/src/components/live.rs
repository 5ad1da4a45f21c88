//! What the server tells open pages as it happens: one `EventSource` for the whole application, which
//! reconnects by itself. Deliberately absent: what a page does about an event.

use crate::api::live::LiveEvent;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Events within this time are answered with one refetch.
const TOGETHER: Duration = Duration::from_millis(400);

/// How long after a refusal the stream is asked for again.
#[cfg(feature = "hydrate")]
const AGAIN: Duration = Duration::from_secs(5);

/// How the stream of events is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Not open yet; pages say nothing about it.
    Opening,
    /// Events arrive.
    Open,
    /// Broken off; the browser is trying again.
    Lost,
}

type Listener = Arc<dyn Fn(&LiveEvent) + Send + Sync>;

/// The application's stream of events.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// Whether events arrive.
    pub connection: RwSignal<Connection>,
    // Not a signal: effects see the last value only, and two events in a row are two events.
    listeners: StoredValue<Vec<(u64, Listener)>>,
}

impl Live {
    /// Calls `act` with every event from now on, until the component that asked is gone.
    pub fn on_event(self, act: impl Fn(&LiveEvent) + Send + Sync + 'static) {
        let number = self.listeners.try_update_value(|listeners| {
            let number = listeners.last().map_or(0, |(number, _)| number + 1);
            listeners.push((number, Arc::new(act)));
            number
        });
        on_cleanup(move || {
            self.listeners
                .try_update_value(|listeners| listeners.retain(|(other, _)| Some(*other) != number));
        });
    }

    /// Calls `refetch` soon after an event that `concerns` the caller: once, however many come together.
    pub fn refetch_on(
        self,
        concerns: impl Fn(&LiveEvent) -> bool + Send + Sync + 'static,
        refetch: impl Fn() + Copy + Send + Sync + 'static,
    ) {
        let waiting = StoredValue::new(false);
        self.on_event(move |event| {
            if concerns(event) && waiting.try_get_value() == Some(false) {
                waiting.set_value(true);
                set_timeout(
                    move || {
                        // Gone where the page has been left in the meantime.
                        if waiting.try_update_value(|waiting| *waiting = false).is_some() {
                            refetch();
                        }
                    },
                    TOGETHER,
                );
            }
        });
    }

    /// Opens the stream. It lives as long as the document, and so do the closures that listen to it.
    #[cfg(feature = "hydrate")]
    pub fn open(self) {
        use wasm_bindgen::JsCast;
        use wasm_bindgen::prelude::Closure;
        use web_sys::{Event, EventSource, MessageEvent};

        let Ok(source) = EventSource::new(crate::api::live::PATH) else {
            return self.connection.set(Connection::Lost);
        };
        let opened = Closure::<dyn Fn(Event)>::new(move |_| {
            self.connection.set(Connection::Open);
            // What happened since the page was made, or since the stream was lost, is unknown: look again.
            self.publish(&LiveEvent::Accounts);
            self.publish(&LiveEvent::Messages { account: None });
            self.publish(&LiveEvent::Reports);
        });
        let stream = source.clone();
        let lost = Closure::<dyn Fn(Event)>::new(move |_| {
            self.connection.set(Connection::Lost);
            // The browser tries again after a lost connection, but not after a refusal (a proxy without its server).
            if stream.ready_state() == EventSource::CLOSED {
                set_timeout(move || self.open(), AGAIN);
            }
        });
        let arrived = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            // An event that this page does not know comes from a newer server: not its business.
            let event = message.data().as_string().and_then(|text| crate::api::reader::read(&text).ok());
            if let Some(event) = event {
                self.publish(&event);
            }
        });
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        source.set_onmessage(Some(arrived.as_ref().unchecked_ref()));
        opened.forget();
        lost.forget();
        arrived.forget();
    }

    /// Only browsers have an open stream.
    #[cfg(not(feature = "hydrate"))]
    pub fn open(self) {}

    #[cfg(feature = "hydrate")]
    fn publish(self, event: &LiveEvent) {
        // A copy, because a listener may come or go while they are called.
        let listeners = self.listeners.try_get_value().unwrap_or_default();
        for (_, listener) in listeners {
            listener(event);
        }
    }
}

/// Provides the stream of the whole application as [`Live`]; it says nothing until it is opened.
pub fn provide_live() -> Live {
    let live =
        Live { connection: RwSignal::new(Connection::Opening), listeners: StoredValue::new(Vec::new()) };
    provide_context(live);
    live
}

/// The stream of this application; outside one, a stream that never says anything.
pub fn use_live() -> Live {
    use_context().unwrap_or_else(provide_live)
}
