//! The program: fetches, stores, schedules and serves. This file is the one place where its parts are wired.

pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connectors;
pub mod events;
mod failpoint;
pub mod oauth;
pub mod pdf_page;
pub mod scheduler;
pub mod services;
pub mod store;
pub mod telemetry;
mod unlock;
pub mod vault;
pub mod web;

use crate::checks::{Checks, Running};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Config;
use crate::connectors::Connectors;
use crate::events::Events;
use crate::oauth::Tokens;
use crate::services::account_import::AccountImports;
use crate::services::accounts::Accounts;
use crate::services::agents::Agents;
use crate::services::audit::Audit;
use crate::services::checks::CheckHistory;
use crate::services::connection_tests::ConnectionTests;
use crate::services::connectors::NetworkConnectors;
use crate::services::consents::Consents;
use crate::services::credentials::Credentials;
use crate::services::discovery::Discoveries;
use crate::services::health::Health;
use crate::services::messages::Messages;
use crate::services::parameters::Parameters;
use crate::services::people::People;
use crate::services::quarantine::Quarantine;
use crate::services::receipts::Receipts;
use crate::services::reports::ScheduledReports;
use crate::services::transcripts::TranscriptsOfAccounts;
use crate::services::web_sessions::WebSessions;
use crate::store::Store;
use crate::vault::VaultError;
use app::api::services::Services;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Everything but the web: what the command line and the server both work with.
pub struct Program {
    /// What time it is.
    pub clock: SharedClock,
    /// The database and the blobs.
    pub store: Store,
    /// The accounts' service.
    pub accounts: Accounts,
    /// What dials in to carry streams.
    pub agents: Agents,
    /// Accounts from a file.
    pub account_imports: AccountImports,
    /// Connection tests.
    pub connection_tests: ConnectionTests,
    /// Ways into other networks.
    pub connectors: NetworkConnectors,
    /// Access that providers grant.
    pub consents: Consents,
    /// The vault's service.
    pub credentials: Credentials,
    /// Settings from an e-mail address.
    pub discoveries: Discoveries,
    /// Whom the public Internet is asked for, and how.
    pub rules: mail::discovery::Rules,
    /// The system parameters.
    pub parameters: Parameters,
    /// The checks of this process.
    pub checks: Checks,
    /// Waits for them to end.
    pub running: Running,
    /// What happens as it happens.
    pub events: Events,
}

/// Why the program cannot work; each is one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database or the blobs.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Something a service needs.
    #[error(transparent)]
    Service(#[from] services::ServiceError),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Certificate or key of our own.
    #[error("{0}")]
    Tls(String),
    /// The web server ended.
    #[error("the web server failed: {0}")]
    Web(std::io::Error),
    /// The binary was built without the browser's half.
    #[error("this binary was built without its web pages: build it with `make build`")]
    NoSite,
}

impl Program {
    /// Opens store and vault and wires the checks. `own_listeners` are never dialled.
    ///
    /// # Errors
    /// What keeps the program from working.
    pub async fn open(
        config: &Config,
        own_listeners: Vec<SocketAddr>,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let clock: SharedClock = Arc::new(SystemClock);
        let store = Store::open(&config.database, &config.data).await?;
        let vault = unlock::vault(config, &store).await?;
        let (vault, events) = (Arc::new(vault), Events::default());
        let connectors = Arc::new(Connectors::new(own_listeners, &config.data));
        let egress = connectors.egress().clone();
        let rules = mail::discovery::Rules { egress, ..config.discovery.clone() };
        let discoveries = Discoveries::new(rules.clone());
        let tokens = Tokens::new(oauth::Parts {
            store: store.clone(),
            vault: Arc::clone(&vault),
            connectors: Arc::clone(&connectors),
            clock: Arc::clone(&clock),
            trust: config.oauth_trust.clone(),
            limits: config.limits.session(),
        });
        let (checks, running) = Checks::new(checks::Parts {
            store: store.clone(),
            vault: Arc::clone(&vault),
            tokens: tokens.clone(),
            sources: config.sources.clone(),
            connectors: Arc::clone(&connectors),
            clock: Arc::clone(&clock),
            events: events.clone(),
            limits: config.limits.session(),
            stall: config.limits.stall(),
            bytes_in_flight: config.limits.process_bytes_in_flight,
            stop,
        });
        checks.learn_listeners().await?;
        let parameters = Parameters::open(store.clone(), Arc::clone(&clock), config, checks.clone()).await?;
        let agents = Agents::new(services::agents::Parts {
            store: store.clone(),
            vault: Arc::clone(&vault),
            clock: Arc::clone(&clock),
            events: events.clone(),
            connectors,
            node: checks.node(),
        });
        let consents = Consents::new(store.clone(), tokens.clone(), Arc::clone(&clock));
        let credentials =
            Credentials::new(store.clone(), vault, config.sources.clone(), tokens, Arc::clone(&clock));
        let accounts = Accounts::new(store.clone(), Arc::clone(&clock), credentials.clone(), checks.clone());
        let connection_tests = ConnectionTests::new(store.clone(), Arc::clone(&clock), checks.clone());
        let connectors =
            NetworkConnectors::new(store.clone(), Arc::clone(&clock), checks.clone(), agents.clone());
        let account_imports = AccountImports::new(
            store.clone(),
            Arc::clone(&clock),
            accounts.clone(),
            connection_tests.clone(),
            parameters.clone(),
        );
        Ok(Self {
            clock,
            store,
            accounts,
            agents,
            account_imports,
            connection_tests,
            connectors,
            consents,
            credentials,
            discoveries,
            rules,
            parameters,
            checks,
            running,
            events,
        })
    }
}

/// Serves until `shutdown` resolves, then ends within ten seconds. `ready` is called once `/readyz` answers 200,
/// with the set-up code while no person exists.
///
/// # Errors
/// What keeps the server from starting or from going on.
pub async fn run(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(SocketAddr, Option<&str>),
) -> Result<(), StartError> {
    let site = Arc::new(web::Site::embedded().ok_or(StartError::NoSite)?);
    let address = listener.local_addr().map_err(|error| StartError::Listen(config.listen, error))?;
    // Before anything else: a certificate that cannot be used is said at once.
    let identity = config.tls.clone().map(web::Identity::read).transpose().map_err(StartError::Tls)?;
    let (stopper, stop) = watch::channel(false);
    let program = Program::open(&config, vec![address], stop.clone()).await?;
    let Program {
        clock,
        store,
        accounts,
        agents,
        account_imports,
        connection_tests,
        connectors,
        consents,
        credentials,
        discoveries,
        rules,
        parameters,
        checks,
        running,
        events,
    } = program;
    let hub = checks.connectors.serve_agents();
    let people = Arc::new(People::load(store.clone(), Arc::clone(&clock)).await?);
    let messages = Messages::new(store.clone(), events.clone(), Arc::clone(&clock), rules);
    let reports = ScheduledReports::new(store.clone(), Arc::clone(&clock));
    let state = web::WebState {
        leptos: web::leptos_options(&site, address),
        services: Services {
            checks: Arc::new(CheckHistory::new(store.clone(), Arc::clone(&clock), checks.clone())),
            quarantine: Arc::new(Quarantine::new(store.clone(), checks.clone(), accounts.clone())),
            receipts: Arc::new(Receipts::new(store.clone())),
            account_import: Arc::new(account_imports),
            accounts: Arc::new(accounts),
            audit: Arc::new(Audit::new(store.clone(), Arc::clone(&clock))),
            connection_tests: Arc::new(connection_tests),
            connectors: Arc::new(connectors),
            consents: Arc::new(consents.clone()),
            credentials: Arc::new(credentials),
            discovery: Arc::new(discoveries),
            health: Arc::new(Health::new(store.clone(), Arc::clone(&clock))),
            messages: Arc::new(messages.clone()),
            parameters: Arc::new(parameters.clone()),
            reports: Arc::new(reports.clone()),
            transcripts: Arc::new(TranscriptsOfAccounts::new(
                store.clone(),
                Arc::clone(&clock),
                checks.clone(),
            )),
        },
        agents: agents.clone(),
        consents,
        messages,
        reports,
        people: Arc::clone(&people),
        sessions: WebSessions::new(store.clone(), Arc::clone(&clock)),
        events: events.clone(),
        site,
        config: Arc::new(web::WebConfig {
            public_url: config.public_url.clone(),
            https: config.is_https(),
            trusted_proxies: config.trusted_proxies.clone(),
        }),
        stop: stop.clone(),
        ready: readiness(store.clone()),
    };

    let ports = state.services.clone();
    let workers = [
        tokio::spawn(scheduler::run(checks.clone(), stop.clone())),
        tokio::spawn(checks::indexer::run(checks.clone())),
        tokio::spawn(services::changes::watch(store.clone(), events, parameters, stop.clone())),
        tokio::spawn(services::reports::run(ports, store.clone(), Arc::clone(&clock), stop.clone())),
        tokio::spawn(housekeeping(store.clone(), clock, stop.clone())),
        tokio::spawn(agents.watch(Arc::clone(&hub), stop.clone())),
        tokio::spawn(relay(checks.clone(), hub, stop.clone())),
        tokio::spawn(checks.clone().announce(address)),
    ];
    let mut stopping = stop;
    let incoming =
        incoming(listener, identity, &stopping).map_err(|error| StartError::Listen(address, error))?;
    let service = web::router(state).into_make_service_with_connect_info::<web::Peer>();
    let server = axum::serve(incoming, service).with_graceful_shutdown(async move {
        // An error means that the sender is gone, which is the end as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    let server = tokio::spawn(server.into_future());
    {
        use secrecy::ExposeSecret;
        ready(address, people.set_up_code().map(ExposeSecret::expose_secret));
    }

    shutdown.await;
    tracing::info!("stopping");
    let _ = stopper.send(true);
    end(server, workers, checks, running, store).await
}

/// Lets other processes of this machine use the agents of this one.
async fn relay(checks: Checks, hub: Arc<connectors::Hub>, stop: watch::Receiver<bool>) {
    checks.connectors.relay(hub, checks.limits(), stop).await;
}

/// Where connections come in: through TLS where there is a certificate for it.
fn incoming(
    listener: TcpListener,
    identity: Option<web::Identity>,
    stop: &watch::Receiver<bool>,
) -> std::io::Result<web::Incoming> {
    match identity {
        None => web::Incoming::plain(listener),
        Some(identity) => {
            tokio::spawn(identity.clone().follow(stop.clone()));
            web::Incoming::secured(listener, identity)
        }
    }
}

/// Ends within ten seconds, whatever is under way.
async fn end<const WORKERS: usize>(
    server: JoinHandle<std::io::Result<()>>,
    workers: [JoinHandle<()>; WORKERS],
    checks: Checks,
    running: Running,
    store: Store,
) -> Result<(), StartError> {
    let release = checks.clone();
    drop(checks);
    let ended = async {
        let outcome = server.await;
        for worker in workers {
            let _ = worker.await;
        }
        outcome
    };
    // Whatever does not end in time is repeated safely after the next start.
    let outcome = tokio::time::timeout(Duration::from_secs(8), ended).await;
    release.release_all().await?;
    drop(release);
    let _ = tokio::time::timeout(Duration::from_millis(500), running.ended()).await;
    store.close().await;
    match outcome {
        Ok(Ok(Err(error))) => Err(StartError::Web(error)),
        _ => Ok(()),
    }
}

/// Whether the database can be used, asked each time.
fn readiness(store: Store) -> Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync> {
    Arc::new(move || {
        let store = store.clone();
        async move { store.ready().await.is_ok() }.boxed()
    })
}

/// What has to be thrown away now and then.
async fn housekeeping(store: Store, clock: SharedClock, mut stop: watch::Receiver<bool>) {
    const EVERY: Duration = Duration::from_hours(1);
    const CHECKS_KEPT: i64 = 30 * 24 * 60 * 60 * 1000;
    loop {
        let now = clock.now();
        let swept = async {
            store.delete_expired_web_sessions(now).await?;
            store.prune_reports(now).await?;
            store.prune_checks(now.plus_milliseconds(-CHECKS_KEPT)).await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "housekeeping failed");
        }
        if let Err(error) = store.sweep_orphans(Duration::from_hours(24)).await {
            tracing::warn!(%error, "orphaned files could not be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
