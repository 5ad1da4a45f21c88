//! Noise XK over messages: both sides prove the keys that were pinned at enrolment, and everything behind is sealed with
//! keys of this connection alone. The agent begins; who it is, and what it says of itself, only the true server reads.
//! A handshake that somebody recorded is worth nothing: the server's share of the key is new each time.

use crate::frame::{self, Hello, PROTOCOL};
use crate::keys::{KeyPair, PublicKey};
use bytes::Bytes;
use futures_util::io::{AsyncRead, AsyncWrite};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use snow::{Builder, HandshakeState, TransportState};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

const PATTERN: &str = "Noise_XK_25519_ChaChaPoly_BLAKE2s";
/// The largest message of Noise.
pub const LARGEST_MESSAGE: usize = 65_535;
const TAG: usize = 16;

/// What carries messages: a WebSocket, of which only the bytes are of interest.
pub trait Messages: Stream<Item = io::Result<Bytes>> + Sink<Bytes, Error = io::Error> + Send + Unpin {}
impl<T: Stream<Item = io::Result<Bytes>> + Sink<Bytes, Error = io::Error> + Send + Unpin> Messages for T {}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The other end is not who it should be, or speaks something else.
    #[error("the other end did not prove the key that was pinned at enrolment")]
    Unproven,
    /// What carries the messages broke.
    #[error("{0}")]
    Broken(#[from] io::Error),
}

impl From<snow::Error> for HandshakeError {
    fn from(_: snow::Error) -> Self {
        Self::Unproven
    }
}

/// How many bytes came in over a connection.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<AtomicU64>);

impl Heard {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Notices that nothing comes in any more. Both sides look at it now and then.
#[derive(Debug)]
pub struct Silence {
    heard: Heard,
    bytes: u64,
    since: Instant,
}

impl Silence {
    /// Over a connection; it is not silent yet.
    pub fn of(heard: Heard) -> Self {
        Self { bytes: heard.bytes(), heard, since: Instant::now() }
    }

    /// How long nothing has come in, as far as somebody looked.
    pub fn lasts(&mut self) -> Duration {
        let bytes = self.heard.bytes();
        if bytes != self.bytes {
            (self.bytes, self.since) = (bytes, Instant::now());
        }
        self.since.elapsed()
    }
}

/// A stream of bytes that only the two of them read.
pub struct NoiseStream<M> {
    messages: M,
    cipher: TransportState,
    plain: Vec<u8>,
    read: usize,
    /// Said and not sealed yet: what is said in pieces goes out as one message.
    said: Vec<u8>,
    heard: Heard,
}

fn builder(own: &KeyPair) -> Result<Builder<'_>, HandshakeError> {
    let pattern = PATTERN.parse().map_err(|_| HandshakeError::Unproven)?;
    // With a prologue that differs nothing fits: an older version cannot be talked into.
    let prologue = b"restante-connector 1";
    debug_assert_eq!(PROTOCOL, 1, "the prologue names it");
    Ok(Builder::new(pattern).prologue(prologue)?.local_private_key(own.secret())?)
}

/// The agent's side: proves that `server` is there, and says `hello` to it alone.
///
/// # Errors
/// As [`HandshakeError`] says.
pub async fn begin<M: Messages>(
    mut messages: M,
    own: &KeyPair,
    server: &PublicKey,
    hello: &Hello,
) -> Result<NoiseStream<M>, HandshakeError> {
    let mut handshake = builder(own)?.remote_public_key(server.bytes())?.build_initiator()?;
    say(&mut messages, &mut handshake, &[]).await?;
    hear(&mut messages, &mut handshake).await?;
    say(&mut messages, &mut handshake, &frame::encode(hello)?).await?;
    NoiseStream::new(messages, handshake)
}

/// The server's side: who came, and what they said of themselves.
///
/// # Errors
/// As [`HandshakeError`] says.
pub async fn answer<M: Messages>(
    mut messages: M,
    own: &KeyPair,
) -> Result<(NoiseStream<M>, PublicKey, Hello), HandshakeError> {
    let mut handshake = builder(own)?.build_responder()?;
    hear(&mut messages, &mut handshake).await?;
    say(&mut messages, &mut handshake, &[]).await?;
    let hello = frame::decode(&hear(&mut messages, &mut handshake).await?)?;
    let agent = handshake.get_remote_static().ok_or(HandshakeError::Unproven)?;
    let agent = PublicKey::from_bytes(agent).map_err(|_| HandshakeError::Unproven)?;
    Ok((NoiseStream::new(messages, handshake)?, agent, hello))
}

async fn say(
    messages: &mut impl Messages,
    handshake: &mut HandshakeState,
    payload: &[u8],
) -> Result<(), HandshakeError> {
    let mut message = vec![0; LARGEST_MESSAGE];
    let length = handshake.write_message(payload, &mut message)?;
    message.truncate(length);
    Ok(messages.send(message.into()).await?)
}

async fn hear(
    messages: &mut impl Messages,
    handshake: &mut HandshakeState,
) -> Result<Vec<u8>, HandshakeError> {
    let message = messages.next().await.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))??;
    let mut payload = vec![0; LARGEST_MESSAGE];
    let length = handshake.read_message(&message, &mut payload)?;
    payload.truncate(length);
    Ok(payload)
}

impl<M> NoiseStream<M> {
    fn new(messages: M, handshake: HandshakeState) -> Result<Self, HandshakeError> {
        let cipher = handshake.into_transport_mode()?;
        Ok(Self { messages, cipher, plain: Vec::new(), read: 0, said: Vec::new(), heard: Heard::default() })
    }

    /// Counts what comes in.
    pub fn heard(&self) -> Heard {
        self.heard.clone()
    }
}

fn broken(error: snow::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<M: Messages> AsyncRead for NoiseStream<M> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            if let Some(rest) = this.plain.get(this.read..).filter(|rest| !rest.is_empty()) {
                let mut rest = rest;
                let taken = io::Read::read(&mut rest, into)?;
                this.read += taken;
                return Poll::Ready(Ok(taken));
            }
            let Some(message) = ready!(this.messages.poll_next_unpin(cx)?) else {
                return Poll::Ready(Ok(0));
            };
            this.heard.0.fetch_add(message.len() as u64, Ordering::Relaxed);
            this.plain.resize(message.len(), 0);
            let length = this.cipher.read_message(&message, &mut this.plain).map_err(broken)?;
            this.plain.truncate(length);
            this.read = 0;
        }
    }
}

impl<M: Messages> NoiseStream<M> {
    /// Seals what was said, as soon as there is room for it.
    fn poll_seal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.said.is_empty() {
            return Poll::Ready(Ok(()));
        }
        ready!(self.messages.poll_ready_unpin(cx))?;
        let mut message = vec![0; self.said.len() + TAG];
        let length = self.cipher.write_message(&self.said, &mut message);
        message.truncate(length.map_err(broken)?);
        self.said.clear();
        self.messages.start_send_unpin(message.into())?;
        Poll::Ready(Ok(()))
    }
}

impl<M: Messages> AsyncWrite for NoiseStream<M> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        const MOST: usize = LARGEST_MESSAGE - TAG;
        let this = self.get_mut();
        if this.said.len() + bytes.len() > MOST {
            ready!(this.poll_seal(cx))?;
        }
        let taken = bytes.len().min(MOST);
        this.said.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_seal(cx))?;
        this.messages.poll_flush_unpin(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_seal(cx))?;
        this.messages.poll_close_unpin(cx)
    }
}
