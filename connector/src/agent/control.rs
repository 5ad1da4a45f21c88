//! The stream over which server and agent speak of themselves: heartbeats, a new key, good-byes.

use super::key_file::Identity;
use connector::frame::{self, FromAgent, ToAgent};
use connector::keys::KeyPair;
use connector::tunnel::Stream;
use futures_util::io::AsyncReadExt;
use std::io;
use std::path::Path;
use tokio::sync::watch;

/// Answers until the stream ends. Returns true where the server said good-bye.
///
/// # Errors
/// The stream's, and the disk's where a new key cannot be kept.
pub async fn answer(stream: Stream, key_file: &Path, mut leaving: watch::Receiver<bool>) -> io::Result<bool> {
    let (mut hearing, mut speaking) = stream.split();
    // A frame takes several reads: it must not be left half read, so a task of its own hears.
    let (sender, mut words) = tokio::sync::mpsc::channel(8);
    let listener = tokio::spawn(async move {
        while let Ok(word) = frame::receive::<ToAgent>(&mut hearing).await {
            if sender.send(word).await.is_err() {
                return;
            }
        }
    });
    let mut renewed = None;
    let mut said = false;
    let ended = loop {
        let word = tokio::select! {
            word = words.recv() => word,
            Ok(()) = leaving.changed(), if !said => {
                said = true;
                frame::send(&mut speaking, &FromAgent::Leaving).await?;
                continue;
            }
        };
        match word {
            None => break Ok(false),
            Some(ToAgent::Goodbye) => break Ok(true),
            Some(ToAgent::Ping(number)) => frame::send(&mut speaking, &FromAgent::Pong(number)).await?,
            Some(ToAgent::RenewKey) => {
                // Kept before the server hears of it: whichever of the two counts then, both are here.
                let next = KeyPair::generate().map_err(io::Error::other)?;
                let public = next.public();
                let mut identity = Identity::read(key_file).map_err(io::Error::other)?;
                identity.next_key = Some(next);
                identity.write(key_file).map_err(io::Error::other)?;
                renewed = Some(public);
                frame::send(&mut speaking, &FromAgent::NewKey(public)).await?;
            }
            Some(ToAgent::KeyTaken) => {
                if renewed.take().is_some() {
                    settle(key_file).map_err(io::Error::other)?;
                }
            }
        }
    };
    listener.abort();
    ended
}

/// The next key is the key.
fn settle(key_file: &Path) -> Result<(), super::AgentError> {
    let mut identity = Identity::read(key_file)?;
    if let Some(next) = identity.next_key.take() {
        identity.key = next;
        identity.write(key_file)?;
        super::log("the key of this agent was renewed");
    }
    Ok(())
}
