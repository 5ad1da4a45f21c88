//! Stays connected: dials, serves, and dials again whatever happens, with a pause that grows and is never the same.

use super::key_file::Identity;
use super::session::{Ended, MOST_STREAMS, Serving, serve, welcome};
use super::{AgentError, link, log};
use crate::agent::allow::AllowList;
use connector::frame::{Hello, Purpose, Refusal};
use connector::keys::KeyPair;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep};

/// The first pause, and the longest: an agent is back within five seconds of its network.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(1500);
/// The longest pause where the network is there and something else is wrong: a refusal, a server that is not the one, a
/// connection that somebody else's takes the place of.
const PATIENT_PAUSE: Duration = Duration::from_secs(30);
/// A connection that lived so long was a good one.
const GOOD: Duration = Duration::from_secs(10);

/// What this agent says of itself.
pub fn hello(allowed: Option<&AllowList>, purpose: Purpose) -> Hello {
    const SHOWN: usize = 20;
    let host = rustix::system::uname().nodename().to_string_lossy().chars().take(100).collect();
    let mut allows = allowed.map(AllowList::words).unwrap_or_default();
    allows.truncate(SHOWN);
    for pattern in &mut allows {
        *pattern = pattern.chars().take(100).collect();
    }
    Hello { version: env!("CARGO_PKG_VERSION").to_owned(), host, allows, purpose }
}

/// Runs until SIGTERM or SIGINT, then lets streams end.
///
/// # Errors
/// There is no key, or the agent was revoked.
pub async fn run(key_file: &Path, allowed: AllowList) -> Result<(), AgentError> {
    let (leave, leaving) = watch::channel(false);
    tokio::spawn(heed_signals(leave)?);
    let streams = Arc::new(Semaphore::new(MOST_STREAMS));
    let allowed = Arc::new(allowed);
    let serving = Serving { allowed, streams, key_file: key_file.to_owned(), leaving };
    let mut pause = Duration::ZERO;
    let mut last_words = String::new();
    let mut stop = serving.leaving.clone();
    loop {
        let began = Instant::now();
        let longest = match once(&serving).await {
            Ok(Ended::Drained) => return Ok(()),
            Ok(ended) => {
                log(match ended {
                    Ended::Silent => "nothing came from the server any more: dialling again",
                    Ended::Goodbye => "the server said good-bye: dialling again",
                    Ended::Broken | Ended::Drained => "the connection broke: dialling again",
                });
                last_words.clear();
                if began.elapsed() >= GOOD {
                    pause = Duration::ZERO;
                }
                PATIENT_PAUSE
            }
            Err(error @ AgentError::Refused(Refusal::Revoked)) => return Err(error),
            Err(error) if error.passes() => {
                // Once, not every second of an outage.
                let words = error.to_string();
                if words != last_words {
                    log(&words);
                    last_words = words;
                }
                match error {
                    AgentError::Unreachable { .. } | AgentError::Refused(Refusal::Later) => LONGEST_PAUSE,
                    AgentError::Refused(_) => {
                        pause = PATIENT_PAUSE;
                        PATIENT_PAUSE
                    }
                    _ => PATIENT_PAUSE,
                }
            }
            Err(error) => return Err(error),
        };
        pause = (pause * 2).clamp(FIRST_PAUSE, longest);
        tokio::select! {
            () = sleep(pause.mul_f64(rand::random_range(0.5..1.0))) => {}
            _ = stop.wait_for(|leave| *leave) => return Ok(()),
        }
    }
}

/// One connection, with whichever of its keys the server knows.
async fn once(serving: &Serving) -> Result<Ended, AgentError> {
    let mut identity = Identity::read(&serving.key_file)?;
    let mut stop = serving.leaving.clone();
    let connected = async {
        if let Some(next) = &identity.next_key {
            match greet(&identity, next, serving).await {
                Err(AgentError::Refused(Refusal::Unknown)) => {}
                greeted => {
                    let link = greeted?;
                    // The server took it, and its word of that was lost.
                    identity.promote_next_key(&serving.key_file)?;
                    return Ok(link);
                }
            }
        }
        greet(&identity, &identity.key, serving).await
    };
    let link = tokio::select! {
        connected = connected => connected?,
        _ = stop.wait_for(|leave| *leave) => return Ok(Ended::Drained),
    };
    Ok(serve(link, serving).await)
}

async fn greet(identity: &Identity, key: &KeyPair, serving: &Serving) -> Result<link::Link, AgentError> {
    let hello = hello(Some(&serving.allowed), Purpose::Serve);
    let mut link = link::dial(&identity.server, &identity.server_key, key, &hello).await?;
    let welcomed = welcome(&mut link).await;
    let (connector, _) = welcomed.map_err(|error| match error {
        AgentError::Io(error) => AgentError::Unreachable { server: identity.server.to_string(), error },
        error => error,
    })?;
    log(&format!("connected to {} for {connector}", identity.server));
    Ok(link)
}

fn heed_signals(leave: watch::Sender<bool>) -> Result<impl Future<Output = ()>, AgentError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        log("ending: streams have 15 seconds");
        let _ = leave.send(true);
        // A second time means now.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    })
}
