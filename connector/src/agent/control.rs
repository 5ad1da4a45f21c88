//! The stream over which server and agent speak of themselves: heartbeats, a new key, good-byes.

use super::AgentError;
use super::key_file::Identity;
use connector::frame::{self, FromAgent, ToAgent};
use connector::keys::{KeyPair, PublicKey};
use connector::tunnel::Stream;
use futures_util::io::AsyncReadExt;
use std::io;
use std::path::Path;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Answers until the stream ends. Returns true where the server said good-bye.
///
/// # Errors
/// The stream's.
pub async fn answer(stream: Stream, key_file: &Path, mut leaving: watch::Receiver<bool>) -> io::Result<bool> {
    let (mut hearing, mut speaking) = stream.split();
    // A frame takes several reads: it must not be left half read, so a task of its own hears.
    let (sender, mut words) = tokio::sync::mpsc::channel(8);
    let mut listener = JoinSet::new();
    listener.spawn(async move {
        while let Ok(word) = frame::receive::<ToAgent>(&mut hearing).await {
            if sender.send(word).await.is_err() {
                return;
            }
        }
    });
    let mut said = false;
    loop {
        let word = tokio::select! {
            word = words.recv() => word,
            Ok(()) = leaving.changed(), if !said => {
                said = true;
                frame::send(&mut speaking, &FromAgent::Leaving).await?;
                continue;
            }
        };
        match word {
            None => return Ok(false),
            Some(ToAgent::Goodbye) => return Ok(true),
            Some(ToAgent::Ping(number)) => frame::send(&mut speaking, &FromAgent::Pong(number)).await?,
            // A disk that keeps no key costs the new one, and not the connection.
            Some(ToAgent::RenewKey) => match next_key(key_file) {
                Ok(public) => frame::send(&mut speaking, &FromAgent::NewKey(public)).await?,
                Err(error) => super::log(&format!("there is no new key: {error}")),
            },
            Some(ToAgent::KeyTaken(public)) => {
                if let Err(error) = settle(key_file, public) {
                    super::log(&format!("the new key is not settled: {error}"));
                }
            }
        }
    }
}

/// The key that is to take the place of this one, kept before the server hears of it: whichever of the two counts then,
/// both are here. Asked twice it is the same one, because the server may know it already.
fn next_key(key_file: &Path) -> Result<PublicKey, AgentError> {
    let mut identity = Identity::read(key_file)?;
    if let Some(next) = &identity.next_key {
        return Ok(next.public());
    }
    let next = KeyPair::generate()?;
    let public = next.public();
    identity.next_key = Some(next);
    identity.write(key_file)?;
    Ok(public)
}

/// The next key is the key, where it is the one that the server took.
fn settle(key_file: &Path, taken: PublicKey) -> Result<(), AgentError> {
    let mut identity = Identity::read(key_file)?;
    if identity.next_key.as_ref().is_some_and(|next| next.public() == taken) {
        identity.promote_next_key(key_file)?;
        super::log("the key of this agent was renewed");
    }
    Ok(())
}
