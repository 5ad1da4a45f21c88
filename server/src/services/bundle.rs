//! Many messages as one file to save: a ZIP of their exact bytes or an mbox, made while it is sent, so that no more than
//! two messages are in memory. Deliberately absent: who may read which message (see [`Messages`]).

use super::messages::Messages;
use super::{ServiceError, internal};
use app::api::ApiError;
use app::api::messages::MessagesPort;
use futures_util::stream::{BoxStream, unfold};
use mail::message::{safe_file_name, write_mboxrd};
use model::{MessageFilter, MessageId, MessageSummary, Page, Person, ReportQuery, Timestamp};
use std::io::{self, BufWriter, Write};
use tokio::sync::mpsc;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Rows asked for at once.
const PAGE: u32 = 200;
/// Bytes that are sent together.
const TOGETHER: usize = 64 * 1024;
/// So many of them wait to be sent.
const WAITING: usize = 4;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A ZIP of `.eml` files, the exact bytes.
    Zip,
    /// One mboxrd file.
    Mbox,
}

/// Which messages.
#[derive(Debug, Clone)]
pub enum Which {
    /// These; one that was removed meanwhile is left out.
    Ids(Vec<MessageId>),
    /// All that answer a query, in its order.
    Query(Box<ReportQuery<MessageFilter>>),
}

/// Bytes of a file, or why it is not whole.
pub type Chunks = BoxStream<'static, io::Result<Vec<u8>>>;

/// One file of a bundle.
struct Piece {
    name: String,
    sender: String,
    at: Timestamp,
    bytes: Vec<u8>,
}

type Pieces = mpsc::Sender<Result<Piece, ApiError>>;

impl Messages {
    /// The messages as one file, which ends broken where one of them cannot be read.
    ///
    /// # Errors
    /// Whatever [`MessagesPort::list_messages`] says of the query.
    pub async fn bundle(&self, caller: Person, which: Which, format: Format) -> Result<Chunks, ApiError> {
        let (pieces, read) = mpsc::channel(1);
        let messages = self.clone();
        match which {
            Which::Ids(ids) => {
                reading(pieces.clone(), async move {
                    for id in ids {
                        if messages.piece(&caller, id, &pieces).await.is_break() {
                            return;
                        }
                    }
                });
            }
            Which::Query(query) => {
                let query = ReportQuery { cursor: None, page_size: Some(PAGE), ..*query };
                let first = messages.list_messages(&caller, query.clone()).await?;
                reading(pieces.clone(), async move {
                    messages.pages(&caller, query, first, &pieces).await;
                });
            }
        }
        Ok(written(read, format))
    }

    /// All attachments of a message as one ZIP.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such message for this person.
    pub async fn attachments(&self, caller: Person, id: MessageId) -> Result<(String, Chunks), ApiError> {
        let view = self.get_message(&caller, id, None).await?;
        let name = format!("{}.zip", safe_file_name(&view.summary.subject));
        let (pieces, read) = mpsc::channel(1);
        let messages = self.clone();
        reading(pieces.clone(), async move {
            for info in view.attachments {
                let Ok(room) = pieces.reserve().await else { return };
                let attachment = messages.attachment(&caller, id, info.index).await;
                room.send(attachment.map(|attachment| Piece {
                    // Two attachments may have one name.
                    name: format!("{} {}", info.index + 1, attachment.name),
                    sender: String::new(),
                    at: view.summary.received,
                    bytes: attachment.bytes,
                }));
            }
        });
        Ok((name, written(read, Format::Zip)))
    }

    async fn pages(
        &self,
        caller: &Person,
        mut query: ReportQuery<MessageFilter>,
        mut page: Page<MessageSummary>,
        pieces: &Pieces,
    ) {
        loop {
            for row in &page.rows {
                if self.piece(caller, row.id, pieces).await.is_break() {
                    return;
                }
            }
            query.cursor = page.next;
            if query.cursor.is_none() {
                return;
            }
            page = match self.list_messages(caller, query.clone()).await {
                Ok(page) => page,
                Err(error) => {
                    // Nobody listens any more where this fails.
                    let _ = pieces.send(Err(error)).await;
                    return;
                }
            };
        }
    }

    /// Sends one message on, once there is room for it. Break: nobody wants more, or there is no more.
    async fn piece(&self, caller: &Person, id: MessageId, pieces: &Pieces) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        let Ok(room) = pieces.reserve().await else { return Break(()) };
        match self.raw(caller, id).await {
            Ok((record, bytes)) => {
                let MessageSummary { subject, sender, received, .. } = record.summary;
                let name = safe_file_name(&format!("{} {subject}", received.text("Y-m-d H.M", 0)));
                // Two messages may have one subject and one minute.
                let name = format!("{name} {}.eml", id.0);
                room.send(Ok(Piece { name, sender: sender.address, at: received, bytes }));
                Continue(())
            }
            Err(ApiError::NotFound) => Continue(()),
            Err(error) => {
                room.send(Err(error));
                Break(())
            }
        }
    }
}

/// Reads in the background. Where that dies, the file ends broken, as after every other failure.
fn reading(pieces: Pieces, read: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(died) = tokio::spawn(read).await {
            // Nobody listens any more where this fails.
            let _ = pieces.send(Err(internal(ServiceError::Worker(died)))).await;
        }
    });
}

/// The file that `pieces` make, as it is written.
fn written(pieces: mpsc::Receiver<Result<Piece, ApiError>>, format: Format) -> Chunks {
    let (sender, receiver) = mpsc::channel(WAITING);
    let to_the_end = sender.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(TOGETHER, Outgoing(sender.clone()));
        let whole = match format {
            Format::Zip => write_zip(pieces, out),
            Format::Mbox => write_mbox(pieces, out),
        };
        if let Err(error) = whole {
            // Nobody listens any more where this fails.
            let _ = sender.blocking_send(Err(error));
        }
    });
    tokio::spawn(async move {
        if let Err(died) = writing.await {
            let _ = to_the_end.send(Err(io::Error::other(died))).await;
        }
    });
    Box::pin(unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }))
}

fn write_zip(mut pieces: mpsc::Receiver<Result<Piece, ApiError>>, out: impl Write) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    while let Some(piece) = pieces.blocking_recv() {
        let Piece { name, at, bytes, .. } = piece.map_err(io::Error::other)?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(bytes.len() as u64 > u64::from(u32::MAX / 2))
            .last_modified_time(date(at).unwrap_or_default());
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    zip.finish()?.into_inner().flush()
}

fn write_mbox(mut pieces: mpsc::Receiver<Result<Piece, ApiError>>, mut out: impl Write) -> io::Result<()> {
    while let Some(piece) = pieces.blocking_recv() {
        let Piece { sender, at, bytes, .. } = piece.map_err(io::Error::other)?;
        write_mboxrd(&mut out, &bytes, &sender, at)?;
    }
    out.flush()
}

/// In UTC; `None` before 1980 and after 2107, which a ZIP does not know.
fn date(at: Timestamp) -> Option<DateTime> {
    let text = at.text("Y m d H M S", 0);
    let numbers: Vec<u16> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [year, rest @ ..] = numbers.as_slice() else { return None };
    let rest: Vec<u8> = rest.iter().filter_map(|number| u8::try_from(*number).ok()).collect();
    let [month, day, hour, minute, second] = *rest.as_slice() else { return None };
    DateTime::from_date_and_time(*year, month, day, hour, minute, second).ok()
}

/// Writes into a channel, and waits where nobody reads.
struct Outgoing(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(bytes.to_vec())).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod ends {
    use super::*;

    #[tokio::test]
    async fn a_file_whose_reading_dies_is_not_whole() {
        let (pieces, read) = mpsc::channel(1);
        let piece =
            Piece { name: "a.eml".into(), sender: String::new(), at: Timestamp(0), bytes: b"a".to_vec() };
        let own = pieces.clone();
        reading(pieces, async move {
            let _ = own.send(Ok(piece)).await;
            panic!("a parser met something new");
        });
        let chunks: Vec<_> = futures_util::StreamExt::collect(written(read, Format::Mbox)).await;
        assert!(chunks.iter().any(Result::is_err), "{chunks:?}");
    }
}
