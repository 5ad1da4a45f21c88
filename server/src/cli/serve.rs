//! `restante serve`

use super::{Exit, output};
use crate::config::Config;
use crate::{StartError, run as serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// As many as the system lets us: what is usual is fewer than the connections of a thousand accounts and their agents.
fn raise_open_files() {
    let most = getrlimit(Resource::Nofile).maximum;
    if setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).is_err() {
        tracing::warn!("the system lets this process open no more files than usual");
    }
}

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: Config) -> Result<(), Exit> {
    raise_open_files();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Exit::from(StartError::Listen(config.listen, error)))?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve(config, listener, shutdown, |address, set_up_code| {
        // Whoever started us may not read; the server goes on all the same.
        if let Some(code) = set_up_code {
            let _ = output::line(&format!("set-up code: {code}"));
        }
        let _ = output::line(&format!("listening on {scheme}://{address}"));
    })
    .await?;
    Ok(())
}
