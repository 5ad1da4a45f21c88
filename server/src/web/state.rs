//! What every handler can reach.

use super::site::Site;
use crate::events::Events;
use crate::services::agents::Agents;
use crate::services::consents::Consents;
use crate::services::messages::Messages;
use crate::services::people::People;
use crate::services::reports::ScheduledReports;
use crate::services::web_sessions::WebSessions;
use app::api::services::Services;
use axum::extract::FromRef;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct WebState {
    /// What leptos needs to render a page.
    pub leptos: LeptosOptions,
    /// The ports that server functions call.
    pub services: Services,
    /// Agents, for the route where they come in.
    pub agents: Agents,
    /// Consents, for the route that providers send people back to.
    pub consents: Consents,
    /// Messages, for the routes that serve their bytes.
    pub messages: Messages,
    /// Written reports, for the route that serves their bytes.
    pub reports: ScheduledReports,
    /// People and passwords.
    pub people: Arc<People>,
    /// Where web sessions are kept.
    pub sessions: WebSessions,
    /// What happens as it happens.
    pub events: Events,
    /// The embedded site.
    pub site: Arc<Site>,
    /// What the operator decided about HTTP.
    pub config: Arc<WebConfig>,
    /// True once the process wants to end: streams close.
    pub stop: watch::Receiver<bool>,
    /// Answers whether the database can be used right now.
    pub ready: Arc<dyn Fn() -> futures_util::future::BoxFuture<'static, bool> + Send + Sync>,
}

/// What the operator decided about HTTP.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// How browsers reach us, without a slash at the end.
    pub public_url: Option<String>,
    /// True where they do so by https.
    pub https: bool,
    /// Whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
}

impl FromRef<WebState> for LeptosOptions {
    fn from_ref(state: &WebState) -> Self {
        state.leptos.clone()
    }
}

/// What leptos needs to render pages of `site` at `address`.
pub fn leptos_options(site: &Site, address: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("restante")
        .site_pkg_dir(site.folder.clone())
        .site_addr(address)
        .build()
}
