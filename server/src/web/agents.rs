//! Where agents come in: a WebSocket, in which everything else happens. Nobody is signed in here; who comes proves a key
//! inside (see `services::agents`).

use super::state::WebState;
use axum::Error as SocketError;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector::noise::{LARGEST_MESSAGE, Messages};
use futures_util::{SinkExt, StreamExt, future};
use std::io;
use std::net::SocketAddr;

/// `GET /connector`
pub async fn meet(
    State(state): State<WebState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !state.agents.admits(from.ip()) {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    upgrade
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .read_buffer_size(128 * 1024)
        .write_buffer_size(64 * 1024)
        .max_write_buffer_size(512 * 1024)
        .on_upgrade(move |socket| async move {
            let (agents, stop) = (state.agents.clone(), state.stop.clone());
            drop(state);
            agents.meet(messages(socket), from.ip(), stop).await;
        })
}

fn messages(socket: WebSocket) -> Box<dyn Messages> {
    let messages = socket
        .sink_map_err(io::Error::other)
        .with(|bytes| future::ok::<_, io::Error>(Message::Binary(bytes)))
        .take_while(|message| future::ready(!matches!(message, Ok(Message::Close(_)))))
        .filter_map(|message| future::ready(bytes_of(message)));
    Box::new(messages)
}

/// The bytes of a message; pings and pongs of the WebSocket are none of ours.
fn bytes_of(message: Result<Message, SocketError>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => Some(Err(io::ErrorKind::InvalidData.into())),
        Ok(_) => None,
        Err(error) => Some(Err(io::Error::other(error))),
    }
}
