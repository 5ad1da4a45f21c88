//! Bytes to and fro between two streams. Deliberately absent: what they mean.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, copy_buf, split};
use tokio::time::timeout;

/// How long one direction may go on when the other one has ended: a server that never closes keeps nothing.
const LINGER: Duration = Duration::from_secs(30);

/// Carries bytes until both sides have ended, or one of them and the other does not follow. `up` and `down` are the bytes
/// that are on their way at once, from `near` to `far` and back. How it ends is for the two to notice.
pub async fn carry(
    near: impl AsyncRead + AsyncWrite + Unpin,
    far: impl AsyncRead + AsyncWrite + Unpin,
    up: usize,
    down: usize,
) {
    let ((near_reads, mut near_writes), (far_reads, mut far_writes)) = (split(near), split(far));
    let up = async {
        let _ = copy_buf(&mut BufReader::with_capacity(up, near_reads), &mut far_writes).await;
        let _ = far_writes.shutdown().await;
    };
    let down = async {
        let _ = copy_buf(&mut BufReader::with_capacity(down, far_reads), &mut near_writes).await;
        let _ = near_writes.shutdown().await;
    };
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    let rest = tokio::select! {
        () = &mut up => timeout(LINGER, down).await,
        () = &mut down => timeout(LINGER, up).await,
    };
    // Whoever did not follow is hung up on.
    drop(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test(start_paused = true)]
    async fn what_is_said_arrives_and_nobody_waits_for_ever() {
        let ((near, mut client), (far, mut server)) = (tokio::io::duplex(64), tokio::io::duplex(64));
        let carried = tokio::spawn(carry(near, far, 8, 8));
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
