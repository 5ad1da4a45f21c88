//! The answer to a ping of yamux, a moment later.
//!
//! yamux lets the window of a stream grow where half of it is read within two round trips, and measures a round trip when
//! nothing else goes on. Between machines next to each other that is so short that a busy one never gets there: whoever
//! sends then waits most of the time. A round trip that looks as long as a busy machine takes to turn to something else
//! makes a window of what passes meanwhile. Nothing waits but the answer.

use futures_util::io::{AsyncRead, AsyncWrite};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long a busy machine may take to turn to something else.
const MOMENT: Duration = Duration::from_millis(20);

/// Of a frame (<https://github.com/hashicorp/yamux/blob/master/spec.md>).
const HEADER: usize = 12;
const DATA: u8 = 0;
const PING: u8 = 2;
const ACK: u16 = 2;

/// What yamux writes to, and reads from as it is.
pub struct Unhurried<S> {
    socket: S,
    /// Bytes that are still to come of the frame that is being written.
    rest: usize,
    /// The one answer that waits, and until when.
    held: Option<([u8; HEADER], Pin<Box<Sleep>>)>,
}

impl<S: AsyncWrite + Unpin> Unhurried<S> {
    /// Over `socket`, which takes a header at once.
    pub fn new(socket: S) -> Self {
        Self { socket, rest: 0, held: None }
    }

    /// Writes the answer where its moment has passed and no frame is under way.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((header, moment)) = &mut self.held else { return Poll::Ready(Ok(())) };
        if self.rest > 0 || moment.as_mut().poll(cx).is_pending() {
            return Poll::Ready(Ok(()));
        }
        if ready!(Pin::new(&mut self.socket).poll_write(cx, header))? < HEADER {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.held = None;
        Poll::Ready(Ok(()))
    }
}

/// How many bytes follow a header, and whether it answers a ping.
fn read(header: &[u8; HEADER]) -> (usize, bool) {
    let [_, kind, flags @ .., l0, l1, l2, l3] = *header;
    let answers = kind == PING && u16::from_be_bytes([flags[0], flags[1]]) & ACK != 0;
    let length = u32::from_be_bytes([l0, l1, l2, l3]);
    (if kind == DATA { length as usize } else { 0 }, answers)
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unhurried<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_answer(cx))?;
        let mut next = bytes;
        let mut follow = 0;
        if this.rest > 0 {
            next = bytes.get(..this.rest).unwrap_or(bytes);
        } else if let Some(header) = bytes.first_chunk() {
            let (body, answers) = read(header);
            if answers && this.held.is_none() {
                this.held = Some((*header, Box::pin(sleep(MOMENT))));
                // Whoever writes is woken when it is time.
                ready!(this.poll_answer(cx))?;
                return Poll::Ready(Ok(HEADER));
            }
            next = header;
            follow = HEADER + body;
        }
        let written = ready!(Pin::new(&mut this.socket).poll_write(cx, next))?;
        this.rest = (this.rest + follow).saturating_sub(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_answer(cx))?;
        Pin::new(&mut this.socket).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_close(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unhurried<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_read(cx, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::io::AsyncWriteExt;
    use tokio::time::Instant;

    const ANSWER: [u8; HEADER] = [0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7];
    const QUESTION: [u8; HEADER] = [0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8];
    const THREE: [u8; HEADER] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3];

    #[tokio::test(start_paused = true)]
    async fn the_answer_comes_later_and_between_two_frames_and_nothing_else_waits() {
        let mut written = Unhurried::new(Vec::new());
        written.write_all(&QUESTION).await.unwrap();
        written.write_all(&ANSWER).await.unwrap();
        written.write_all(&THREE).await.unwrap();
        written.write_all(b"a").await.unwrap();
        let before = Instant::now();
        tokio::time::advance(MOMENT).await;
        // It would be in the middle of a frame.
        written.write_all(b"b").await.unwrap();
        written.write_all(b"c").await.unwrap();
        assert_eq!(written.socket, [&QUESTION[..], &THREE, b"abc"].concat());
        written.flush().await.unwrap();
        assert_eq!(before.elapsed(), MOMENT);
        assert_eq!(written.socket, [&QUESTION[..], &THREE, b"abc", &ANSWER].concat());
        // Whoever asks all the time is answered all the time, without a heap of answers.
        written.write_all(&ANSWER).await.unwrap();
        written.write_all(&ANSWER).await.unwrap();
        assert_eq!(written.socket.len(), 12 * 4 + 3);
    }
}
