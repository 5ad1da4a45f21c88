//! The command line's way to the agents, which are connected to the process that serves: a socket in the data folder,
//! for whoever may write there and for nobody else.

use super::Connectors;
use super::hub::Hub;
use connector::carry::carry;
use connector::frame::{receive, send};
use mail::net::BoxStream;
use mail::{Limits, MailError};
use model::{Cause, ConnectorId, Stage};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncReadCompatExt;

/// How long the process that serves may take to say what came of it, on top of what a connection may take.
const MARGIN: Duration = Duration::from_secs(10);
/// Others that are served at once.
const AT_ONCE: usize = 1024;

#[derive(Serialize, Deserialize)]
struct Wanted {
    connector: ConnectorId,
    name: String,
    host: String,
    port: u16,
    patience: u64,
}

#[derive(Serialize, Deserialize)]
struct Failed {
    cause: Cause,
    detail: String,
}

/// A stream through the process that serves.
///
/// # Errors
/// No process serves, or what came of it there.
pub async fn ask(
    socket: &Path,
    connector: ConnectorId,
    name: &str,
    host: &str,
    port: u16,
    limits: &Limits,
) -> Result<BoxStream, MailError> {
    let offline = |detail: String| MailError::account(Stage::Connect, Cause::ConnectorOffline, detail);
    let stream = UnixStream::connect(socket).await.map_err(|_| {
        offline(format!("Agents of {name} are connected to the server, and none runs with this data folder."))
    })?;
    let patience = u64::try_from(limits.connect.as_millis()).unwrap_or(u64::MAX);
    let wanted = Wanted { connector, name: name.to_owned(), host: host.to_owned(), port, patience };
    let mut stream = stream.compat();
    let asked = async {
        send(&mut stream, &wanted).await?;
        receive::<Option<Failed>>(&mut stream).await
    };
    match timeout(limits.connect + MARGIN, asked).await {
        Ok(Ok(None)) => Ok(Box::new(stream.into_inner())),
        Ok(Ok(Some(Failed { cause, detail }))) => Err(MailError::account(Stage::Connect, cause, detail)),
        Ok(Err(_)) | Err(_) => {
            Err(offline("The server that runs with this data folder does not answer.".to_owned()))
        }
    }
}

impl Connectors {
    /// Serves `hub` to other processes of this machine until `stop`.
    pub async fn relay(&self, hub: Arc<Hub>, limits: Limits, mut stop: watch::Receiver<bool>) {
        let listener = match listen(&self.socket) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(%error, "the command line will not reach the agents of this server");
                return;
            }
        };
        let places = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let (Ok((stream, _)), Ok(place)) = (accepted, Arc::clone(&places).try_acquire_owned()) else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let hub = Arc::clone(&hub);
            tokio::spawn(async move {
                let _ = serve(&hub, stream, limits).await;
                drop(place);
            });
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    // What an earlier process left. Of two that serve one data folder the later one has the socket.
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(hub: &Hub, stream: UnixStream, mut limits: Limits) -> io::Result<()> {
    let mut stream = stream.compat();
    let wanted: Wanted = timeout(limits.connect, receive(&mut stream)).await??;
    let Wanted { connector, name, host, port, patience } = wanted;
    limits.connect = limits.connect.min(Duration::from_millis(patience));
    match hub.open(connector, &name, &host, port, &limits).await {
        Err(error) => {
            let failed = Failed { cause: error.kind, detail: error.detail };
            send(&mut stream, &Some(failed)).await
        }
        Ok(reached) => {
            send(&mut stream, &None::<Failed>).await?;
            carry(stream.into_inner(), reached).await;
            Ok(())
        }
    }
}
