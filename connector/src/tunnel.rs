//! Many streams over one connection (yamux). One task drives it; whoever wants a stream asks that task.

use crate::carry::AT_ONCE;
use crate::unhurried::Unhurried;
use futures_util::io::{AsyncRead, AsyncWrite};
use std::future::poll_fn;
use std::io;
use std::task::Poll;
use tokio::sync::{mpsc, oneshot};
use yamux::{Config, Connection, Mode};

pub use yamux::Stream;

/// Streams of one connection; more are refused.
pub const MOST_STREAMS: usize = 1100;
/// What the other end may send before we read it: a window for each.
const MOST_UNREAD: usize = MOST_STREAMS * 256 * 1024;
/// What growing windows may take on top where mail comes in. Little goes out to it: an agent's do not grow.
const MOST_GROWTH: usize = 64 * 1024 * 1024;
/// Bytes that one stream sends before another one has its turn.
const TURN: usize = AT_ONCE;

/// Asks for streams; the connection ends when the last one of these is gone.
#[derive(Debug, Clone)]
pub struct Tunnel(mpsc::Sender<oneshot::Sender<io::Result<Stream>>>);

/// Which of the two somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Opens streams.
    Server,
    /// Is asked for them.
    Agent,
}

/// The streams that the other end opened.
pub type Inbound = mpsc::Receiver<Stream>;

/// A tunnel over `socket`; nothing happens unless the future is polled, which returns when the connection has ended.
/// Nobody ever opens a stream to the server: what tries is cut off.
pub fn tunnel<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    socket: S,
    side: Side,
) -> (Tunnel, Inbound, impl Future<Output = io::Result<()>> + Send) {
    let mut config = Config::default();
    let growth = if side == Side::Server { MOST_GROWTH } else { 0 };
    config.set_max_connection_receive_window(Some(MOST_UNREAD + growth));
    config.set_max_num_streams(MOST_STREAMS);
    config.set_split_send_size(TURN);
    let mode = match side {
        Side::Server => Mode::Client,
        Side::Agent => Mode::Server,
    };
    let connection = Connection::new(Unhurried::new(socket), config, mode);
    let (ask, asked) = mpsc::channel(64);
    let (opened, inbound) = mpsc::channel(MOST_STREAMS);
    (Tunnel(ask), inbound, drive(connection, asked, opened, side))
}

impl Tunnel {
    /// A new stream.
    ///
    /// # Errors
    /// The connection has ended, or carries as many as it can.
    pub async fn open(&self) -> io::Result<Stream> {
        let ended = || io::Error::from(io::ErrorKind::ConnectionAborted);
        let (answer, answered) = oneshot::channel();
        self.0.send(answer).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

async fn drive<S: AsyncRead + AsyncWrite + Unpin>(
    mut connection: Connection<S>,
    mut asked: mpsc::Receiver<oneshot::Sender<io::Result<Stream>>>,
    opened: mpsc::Sender<Stream>,
    side: Side,
) -> io::Result<()> {
    let mut waiting: Option<oneshot::Sender<io::Result<Stream>>> = None;
    let mut wanted = true;
    let ended = poll_fn(|cx| {
        loop {
            if waiting.is_none() && wanted {
                match asked.poll_recv(cx) {
                    Poll::Ready(Some(one)) => waiting = Some(one),
                    // Whoever asked is gone; an agent goes on as long as there are streams.
                    Poll::Ready(None) if side == Side::Server => return Poll::Ready(Ok(())),
                    Poll::Ready(None) => wanted = false,
                    Poll::Pending => {}
                }
            }
            if waiting.is_some()
                && let Poll::Ready(stream) = connection.poll_new_outbound(cx)
                && let Some(one) = waiting.take()
            {
                // Whoever asked may have given up: the stream is closed when it is dropped.
                let _ = one.send(stream.map_err(io::Error::other));
                continue;
            }
            match connection.poll_next_inbound(cx) {
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(io::Error::other(error))),
                // One too many is dropped, which tells the other end.
                Poll::Ready(Some(Ok(stream))) if side == Side::Agent => drop(opened.try_send(stream)),
                Poll::Ready(Some(Ok(_))) => {
                    let error = "the agent tried to open a stream to the server";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::PermissionDenied, error)));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    });
    // Dropped and not closed: whoever reads from a stream is woken that way.
    ended.await
}
