//! The way through agents, wherever they are connected: to this process, or to the one that serves.

use super::hub::Hub;
use super::{Connectors, relay};
use async_trait::async_trait;
use mail::net::BoxStream;
use mail::{Dialer, Limits, MailError, Observed, Progress};
use model::{ConnectorId, Stage};
use std::path::PathBuf;
use std::sync::Arc;

/// Where agents are.
#[derive(Clone)]
pub(super) enum Where {
    /// Here.
    Here(Arc<Hub>),
    /// With the process that listens on this socket.
    There(PathBuf),
}

/// The way through them.
pub(super) struct ThroughAgents {
    pub connector: ConnectorId,
    pub name: String,
    pub agents: Where,
}

#[async_trait]
impl Dialer for ThroughAgents {
    async fn dial(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError> {
        progress.tell(Observed::Through(self.name.clone()));
        progress.enter(Stage::Connect);
        match &self.agents {
            Where::Here(hub) => hub.open(self.connector, &self.name, host, port, limits).await,
            Where::There(socket) => relay::ask(socket, self.connector, &self.name, host, port, limits).await,
        }
    }
}

impl Connectors {
    /// The agents of this process, which others may be asked for through `socket` from now on.
    pub fn serve_agents(&self) -> Arc<Hub> {
        let _ = self.hub.set(Arc::default());
        self.hub.get().map(Arc::clone).unwrap_or_default()
    }

    pub(super) fn agents(&self) -> Where {
        match self.hub.get() {
            Some(hub) => Where::Here(Arc::clone(hub)),
            None => Where::There(self.socket.clone()),
        }
    }
}
