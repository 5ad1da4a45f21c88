//! The agents that are connected to this process, and which of them carries a stream.

use super::live_agent::{LiveAgent, NotReached};
use connector::frame::Trouble;
use mail::net::BoxStream;
use mail::{Limits, MailError};
use model::{AgentId, Cause, ConnectorId, Stage};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// How long whoever needs an agent waits for one to come: after a restart of either side they are back within seconds.
const ABSENCE: Duration = Duration::from_secs(5);

/// How long an agent may take to say that it heard what is wanted, before another one is asked.
const FIRST_WORD: Duration = Duration::from_millis(1500);

/// The agents.
#[derive(Default)]
pub struct Hub {
    agents: Mutex<Vec<Arc<LiveAgent>>>,
    came: Notify,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<LiveAgent>>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent came; whoever had its key before it goes. True where that one was alive: two have one key.
    pub fn join(&self, agent: Arc<LiveAgent>) -> bool {
        let mut agents = self.lock();
        let mut displaced = false;
        agents.retain(|other| {
            let stays = other.id != agent.id;
            if !stays {
                displaced |= other.is_fresh();
                other.end();
            }
            stays
        });
        agents.push(agent);
        drop(agents);
        self.came.notify_waiters();
        displaced
    }

    /// Returns when the next agent comes.
    pub async fn next(&self) {
        self.came.notified().await;
    }

    /// An agent went.
    pub fn leave(&self, agent: &Arc<LiveAgent>) {
        self.lock().retain(|other| !Arc::ptr_eq(other, agent));
    }

    /// The agent with this number, where it is here.
    pub fn find(&self, id: AgentId) -> Option<Arc<LiveAgent>> {
        self.lock().iter().find(|agent| agent.id == id).cloned()
    }

    /// Every agent that is here.
    pub fn all(&self) -> Vec<Arc<LiveAgent>> {
        self.lock().clone()
    }

    /// Those that carry a connector, the best first: those that answer before those that have fallen silent, then the
    /// one with the fewest streams, then the nearest.
    fn candidates(&self, connector: ConnectorId) -> Vec<Arc<LiveAgent>> {
        let mut agents: Vec<_> = self
            .lock()
            .iter()
            .filter(|agent| agent.connector == connector && !agent.is_leaving())
            .cloned()
            .collect();
        agents.sort_by_cached_key(|agent| {
            (agent.is_silent(), agent.meter.streams(), agent.latency().unwrap_or(u32::MAX))
        });
        agents
    }

    /// A stream to `host` through an agent of the connector that people call `name`. Where one does not answer at once,
    /// the next is asked.
    ///
    /// # Errors
    /// No agent is there, or what the last one said.
    pub async fn open(
        &self,
        connector: ConnectorId,
        name: &str,
        host: &str,
        port: u16,
        limits: &Limits,
    ) -> Result<BoxStream, MailError> {
        let offline = |detail: String| MailError::account(Stage::Connect, Cause::ConnectorOffline, detail);
        let mut last = None;
        let mut agents = self.present(connector, limits.connect).await.into_iter().peekable();
        while let Some(agent) = agents.next() {
            // The last one of them is waited for.
            let first_word = if agents.peek().is_some() { FIRST_WORD } else { limits.connect };
            match agent.reach(host, port, limits.connect, first_word).await {
                Ok(stream) => return Ok(stream),
                Err(NotReached::Silent) => {
                    let detail =
                        format!("The agent {} of the Network Connector {name} does not answer.", agent.host);
                    last = last.or(Some(offline(detail)));
                }
                Err(NotReached::Because(trouble, words)) => {
                    let error = error(name, &agent.host, trouble, &words);
                    // Another one may stand elsewhere or let more through; a server that refuses is the same for all.
                    match trouble {
                        Trouble::Refused | Trouble::Timeout => return Err(error),
                        _ => last = Some(error),
                    }
                }
            }
        }
        Err(last
            .unwrap_or_else(|| offline(format!("No agent of the Network Connector {name} is connected."))))
    }

    /// Who could carry a stream, where nobody is here as soon as somebody comes.
    async fn present(&self, connector: ConnectorId, patience: Duration) -> Vec<Arc<LiveAgent>> {
        let end = Instant::now() + patience.min(ABSENCE);
        loop {
            let came = self.came.notified();
            let mut came = std::pin::pin!(came);
            came.as_mut().enable();
            let agents = self.candidates(connector);
            if !agents.is_empty() || timeout_at(end, came).await.is_err() {
                return agents;
            }
        }
    }
}

/// What an agent said, in our words and its own.
fn error(name: &str, host: &str, trouble: Trouble, words: &str) -> MailError {
    let cause = match trouble {
        Trouble::NotAllowed | Trouble::Busy => Cause::ConnectorRefused,
        Trouble::NotFound => Cause::DnsNotFound,
        Trouble::Refused => Cause::ConnectRefused,
        Trouble::Timeout => Cause::ConnectTimeout,
        Trouble::Unreachable => Cause::NetworkUnreachable,
    };
    // What a stranger's program says is shown, but short and on one line.
    let words: String = words.chars().filter(|c| !c.is_control()).take(300).collect();
    let detail = format!("The agent {host} of the Network Connector {name} says: {words}.");
    MailError::account(Stage::Connect, cause, detail)
}
