//! The words that agent and server exchange: JSON behind two bytes of length, never more than [`LARGEST`] bytes.
//!
//! First the agent says [`Hello`] inside of the handshake and the server answers [`Welcome`]. Then every stream begins
//! with the server's [`Opening`].

use crate::keys::PublicKey;
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;

/// The version of all this; part of what the handshake proves, so that nobody in between makes it an older one.
pub const PROTOCOL: u32 = 1;
/// Bytes of a frame.
pub const LARGEST: usize = 4096;

/// What an agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Its version, such as 0.1.0.
    pub version: String,
    /// The name of its machine.
    pub host: String,
    /// What it lets through, for people to read.
    pub allows: Vec<String>,
    /// What it is here for.
    pub purpose: Purpose,
}

/// What an agent comes for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To be known from now on, by a code that was given out for that.
    Enrol(String),
    /// To carry streams.
    Serve,
    /// To ask how it stands.
    Status,
}

/// What the server says to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Welcome {
    /// It is known.
    Accepted {
        /// The Network Connector that it serves.
        connector: String,
        /// Another process with its key is connected.
        connected: bool,
    },
    /// It is not.
    Refused(Refusal),
}

/// Why the server does not let an agent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nobody has enrolled this key.
    #[error("the server does not know this agent: enrol it")]
    Unknown,
    /// Somebody has taken it back.
    #[error("this agent was revoked: enrol it anew, where that is wanted")]
    Revoked,
    /// The code is wrong, used or too old.
    #[error("this code is wrong, was used already, or is older than 15 minutes: ask for a new one")]
    Code,
    /// Too many tries from there.
    #[error("too many tries: wait a quarter of an hour")]
    TooOften,
    /// The server cannot say now.
    #[error("the server cannot tell now")]
    Later,
}

/// How a stream begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// This one is for [`ToAgent`] and [`FromAgent`].
    Control,
    /// What comes behind the agent's answers goes to a mail server.
    Reach {
        /// Its name or address, as the agent's network knows it.
        host: String,
        /// Its port.
        port: u16,
        /// How long the agent may try, in milliseconds.
        patience: u64,
    },
}

/// What the agent says to [`Opening::Reach`]: first that it heard, then what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It tries.
    Heard,
    /// What follows is the mail server's.
    Reached {
        /// Which address it was.
        address: String,
    },
    /// Nothing came of it.
    Failed {
        /// Why.
        trouble: Trouble,
        /// The same as a sentence.
        words: String,
    },
}

/// Why an agent did not reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Its allow-list does not hold it, whatever the server asks.
    NotAllowed,
    /// There is no such name in its network.
    NotFound,
    /// Nobody listens there.
    Refused,
    /// No answer.
    Timeout,
    /// No way there.
    Unreachable,
    /// It carries as many streams as it can.
    Busy,
}

/// What the server says over the control stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToAgent {
    /// Are you there?
    Ping(u64),
    /// Make yourself another key.
    RenewKey,
    /// This new key is the one that counts.
    KeyTaken(PublicKey),
    /// The server ends, or wants no more of it: whether it may come back shows when it does.
    Goodbye,
}

/// What the agent says over the control stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromAgent {
    /// I am.
    Pong(u64),
    /// This is my key from now on.
    NewKey(PublicKey),
    /// No more streams, please: I end when those there are have ended.
    Leaving,
}

/// Writes one frame and sends it off.
///
/// # Errors
/// The stream's, and `InvalidData` where it is too large.
pub async fn send<T: Serialize>(stream: &mut (impl AsyncWrite + Unpin), frame: &T) -> io::Result<()> {
    let body = encode(frame)?;
    let length = u16::try_from(body.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(body.len() + 2);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&body);
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// Reads one frame, and not a byte more.
///
/// # Errors
/// The stream's, and `InvalidData` where it is too large or says something else.
pub async fn receive<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame that is too large"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    decode(&body)
}

/// One frame without its length.
pub(crate) fn encode<T: Serialize>(frame: &T) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(frame)?;
    if body.len() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame that is too large"));
    }
    Ok(body)
}

/// What [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::io::Cursor;

    #[tokio::test]
    async fn a_frame_takes_its_own_bytes_and_no_more() {
        let mut wire = Cursor::new(Vec::new());
        let opening = Opening::Reach { host: "imap.example".into(), port: 993, patience: 1000 };
        send(&mut wire, &opening).await.unwrap();
        send(&mut wire, &Opening::Control).await.unwrap();
        wire.write_all(b"* OK").await.unwrap();
        wire.set_position(0);
        assert_eq!(receive::<Opening>(&mut wire).await.unwrap(), opening);
        assert_eq!(receive::<Opening>(&mut wire).await.unwrap(), Opening::Control);
        let mut rest = String::new();
        wire.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "* OK");
    }

    #[tokio::test]
    async fn what_is_no_frame_is_refused() {
        for wire in
            [&b"\xff\xff{}"[..], b"\x00\x02{}", b"\x00\x09\"control\"", b"\x00\x09\"whatever\"", b"\x00"]
        {
            let read = receive::<ToAgent>(&mut Cursor::new(wire)).await;
            assert!(read.is_err(), "{wire:?}");
        }
        let long = FromAgent::NewKey(crate::keys::KeyPair::generate().unwrap().public());
        assert!(encode(&long).is_ok());
        assert!(encode(&"x".repeat(LARGEST)).is_err());
    }
}
