//! One connection to the server, from its greeting to its end.

use super::allow::AllowList;
use super::link::Link;
use super::{AgentError, control, reach};
use connector::frame::{Answer, Opening, Trouble, Welcome, receive, send};
use connector::noise::Silence;
use connector::tunnel::{Side, Stream, tunnel};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, interval, timeout};

/// How often it is looked whether something came in; the server asks every three seconds.
const LOOK: Duration = Duration::from_secs(1);
/// After so long without a byte the connection is dead.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the server may take to say whether it lets us in.
const WELCOME: Duration = Duration::from_secs(10);
/// How long streams may go on once the agent is to end.
pub const DRAIN: Duration = Duration::from_secs(15);

/// What an agent needs for its connections.
#[derive(Clone)]
pub struct Serving {
    /// What it reaches.
    pub allowed: Arc<AllowList>,
    /// Streams at once, over all connections.
    pub streams: Arc<Semaphore>,
    /// Where its key is.
    pub key_file: PathBuf,
    /// True once it is to end.
    pub leaving: watch::Receiver<bool>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The agent was told to end.
    Drained,
    /// The server said good-bye.
    Goodbye,
    /// The network broke it.
    Broken,
    /// Nothing came in any more.
    Silent,
}

/// What the server says first.
///
/// # Errors
/// It does not let us in, or says nothing.
pub async fn welcome(link: &mut Link) -> Result<(String, bool), AgentError> {
    match timeout(WELCOME, receive(link)).await.map_err(std::io::Error::from)?? {
        Welcome::Accepted { connector, connected } => Ok((connector, connected)),
        Welcome::Refused(refusal) => Err(refusal.into()),
    }
}

/// Carries streams until the connection ends.
pub async fn serve(link: Link, serving: &Serving) -> Ended {
    let mut silence = Silence::of(link.heard());
    // Nobody opens a stream from here: what would do so is let go at once.
    let (_, mut inbound, driver) = tunnel(link, Side::Agent);
    let mut driver = tokio::spawn(driver);
    let (goodbye, mut goodbyes) = mpsc::channel(1);
    let mut leaving = serving.leaving.clone();
    let mut look = interval(LOOK);
    let mut until = None;
    let ended = loop {
        tokio::select! {
            _ = &mut driver => break Ended::Broken,
            Some(stream) = inbound.recv() => {
                tokio::spawn(carry(stream, serving.clone(), goodbye.clone()));
            }
            Some(()) = goodbyes.recv() => break Ended::Goodbye,
            _ = look.tick() => {
                if silence.lasts() >= SILENCE {
                    break Ended::Silent;
                }
                if until.is_some_and(|until| Instant::now() >= until || serving.is_idle()) {
                    break Ended::Drained;
                }
            }
            Ok(()) = leaving.changed(), if until.is_none() => until = Some(Instant::now() + DRAIN),
        }
    };
    driver.abort();
    ended
}

impl Serving {
    fn is_idle(&self) -> bool {
        self.streams.available_permits() == MOST_STREAMS
    }
}

/// Streams at once.
pub const MOST_STREAMS: usize = 1000;

async fn carry(mut stream: Stream, serving: Serving, goodbye: mpsc::Sender<()>) {
    match reach::opening(&mut stream).await {
        Ok(Opening::Control) => match control::answer(stream, &serving.key_file, serving.leaving).await {
            Ok(true) => drop(goodbye.send(()).await),
            Ok(false) => {}
            Err(error) => super::log(&format!("the control stream ended: {error}")),
        },
        Ok(Opening::Reach { host, port, patience }) => {
            let Some(_permit) = serving.permit() else {
                let words = format!("the agent carries {MOST_STREAMS} streams already");
                let _ = send(&mut stream, &Answer::Failed { trouble: Trouble::Busy, words }).await;
                return;
            };
            let patience = Duration::from_millis(patience);
            let _ = reach::reach(stream, &host, port, patience, &serving.allowed).await;
        }
        Err(_) => {}
    }
}

impl Serving {
    fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }
}
