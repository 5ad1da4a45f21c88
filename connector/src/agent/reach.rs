//! One stream: what the server wants to reach, and the bytes that go to and fro then.

use super::allow::AllowList;
use connector::carry::carry;
use connector::frame::{self, Answer, Opening, Trouble};
use connector::tunnel::Stream;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::compat::FuturesAsyncReadCompatExt;

/// How long the server may take to say what it wants.
const OPENING: Duration = Duration::from_secs(10);
/// However patient the server is.
const LONGEST: Duration = Duration::from_mins(1);

/// What the server wants of a stream.
///
/// # Errors
/// It does not say so in time, or says something else.
pub async fn opening(stream: &mut Stream) -> io::Result<Opening> {
    timeout(OPENING, frame::receive(stream)).await?
}

/// Reaches a mail server and carries bytes until one side has enough.
///
/// # Errors
/// The tunnel's: those of the mail server are told to whoever asked.
pub async fn reach(
    mut stream: Stream,
    host: &str,
    port: u16,
    patience: Duration,
    allowed: &AllowList,
) -> io::Result<()> {
    frame::send(&mut stream, &Answer::Heard).await?;
    let (server, address) = match connect(host, port, patience.min(LONGEST), allowed).await {
        Ok(reached) => reached,
        Err((trouble, words)) => return frame::send(&mut stream, &Answer::Failed { trouble, words }).await,
    };
    frame::send(&mut stream, &Answer::Reached { address: address.to_string() }).await?;
    carry(stream.compat(), server).await;
    Ok(())
}

type Failure = (Trouble, String);

/// Looked up once and judged; the judged address itself is connected to, so no second answer takes its place.
async fn connect(
    host: &str,
    port: u16,
    patience: Duration,
    allowed: &AllowList,
) -> Result<(TcpStream, SocketAddr), Failure> {
    let end = Instant::now() + patience;
    let not_allowed =
        |what: &str| (Trouble::NotAllowed, format!("the allow-list of the agent does not hold {what}"));
    if !allowed.may_ask(host, port) {
        return Err(not_allowed(&format!("{host}:{port}")));
    }
    let late = || (Trouble::Timeout, format!("{host}:{port} did not answer in time"));
    let found = timeout_at(end, lookup_host((host, port))).await.map_err(|_| late())?;
    let found: Vec<_> =
        found.map_err(|error| (Trouble::NotFound, format!("{host}: {error}")))?.take(32).collect();
    let mut worst = match found.first() {
        Some(first) => not_allowed(&first.to_string()),
        None => (Trouble::NotFound, format!("there is no address for {host}")),
    };
    let reachable: Vec<_> =
        found.into_iter().filter(|address| allowed.may_reach(host, address.ip(), port)).collect();
    for (tried, address) in reachable.iter().enumerate() {
        let left = u32::try_from(reachable.len() - tried).unwrap_or(1).max(1);
        let share = end.saturating_duration_since(Instant::now()) / left;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Commands are small and waited for.
                let _ = stream.set_nodelay(true);
                return Ok((stream, *address));
            }
            Ok(Err(error)) => worst = (trouble(&error), format!("{address}: {error}")),
            Err(_) => worst = late(),
        }
    }
    Err(worst)
}

fn trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Trouble::Refused,
        io::ErrorKind::TimedOut => Trouble::Timeout,
        _ => Trouble::Unreachable,
    }
}
