//! Bytes to and fro between two streams. Deliberately absent: what they mean.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::ready;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, split};
use tokio::time::timeout;

/// How long one direction may go on when the other one has ended: a server that never closes keeps nothing.
const LINGER: Duration = Duration::from_secs(30);
/// Bytes that are taken at once. Many: each time costs both sides the same, however few they are.
pub const AT_ONCE: usize = 60 * 1024;

/// Carries bytes until both sides have ended, or one of them and the other does not follow. How it ends is for the two to
/// notice.
pub async fn carry(near: impl AsyncRead + AsyncWrite + Unpin, far: impl AsyncRead + AsyncWrite + Unpin) {
    let ((near_reads, near_writes), (far_reads, far_writes)) = (split(near), split(far));
    let mut up = std::pin::pin!(pass(near_reads, far_writes));
    let mut down = std::pin::pin!(pass(far_reads, near_writes));
    let rest = tokio::select! {
        _ = &mut up => timeout(LINGER, down).await,
        _ = &mut down => timeout(LINGER, up).await,
    };
    // Whoever did not follow is hung up on.
    drop(rest);
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        let bytes = some(&mut from).await.unwrap_or_default();
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&bytes).await?;
    }
}

thread_local! {
    /// What all streams of a thread read into, one after the other.
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; AT_ONCE]);
}

/// What is there to read; nothing is at the end. Memory is taken when something is there: whoever waits has none.
async fn some(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    poll_fn(|cx| {
        ROOM.with_borrow_mut(|room| {
            let mut read = ReadBuf::new(room);
            ready!(Pin::new(&mut *from).poll_read(cx, &mut read))?;
            Ok(read.filled().to_vec()).into()
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test(start_paused = true)]
    async fn what_is_said_arrives_and_nobody_waits_for_ever() {
        let ((near, mut client), (far, mut server)) = (tokio::io::duplex(64), tokio::io::duplex(64));
        let carried = tokio::spawn(carry(near, far));
        client.write_all(b"a question that is longer").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        server.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "a question that is longer");
        server.write_all(b"an answer").await.unwrap();
        let mut answer = [0; 9];
        client.read_exact(&mut answer).await.unwrap();
        // The server never closes.
        timeout(Duration::from_secs(31), carried).await.unwrap().unwrap();
    }
}
