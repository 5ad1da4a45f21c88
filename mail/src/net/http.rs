//! One request and its answer over a stream that stands already (HTTP/1.1). Deliberately absent: redirects, cookies, and who
//! may be asked.

use super::BoxStream;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

/// No honest answer has a longer head.
const LARGEST_HEAD: usize = 16 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    /// What came is no HTTP, or ended too early.
    #[error("what answers there speaks no HTTP, or went away")]
    Broken,
    /// More than the caller takes.
    #[error("the answer is too large")]
    TooLarge,
}

/// The answer to `request`, of which the body is still to come.
///
/// # Errors
/// [`HttpFault::Broken`].
pub async fn exchange(
    stream: BoxStream,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, HttpFault> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| HttpFault::Broken)?;
    // Ends with the response, or with us: whoever lets go of the sender closes the connection.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(|_| HttpFault::Broken)
}

/// At most `largest` bytes of a body.
///
/// # Errors
/// [`HttpFault`].
pub async fn read(body: Incoming, largest: usize) -> Result<Bytes, HttpFault> {
    let read = Limited::new(body, largest).collect().await;
    match read {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(HttpFault::TooLarge),
        Err(_) => Err(HttpFault::Broken),
    }
}
