//! How old and how large a mailbox is, for somebody who looks at it. Deliberately absent: STATUS SIZE (RFC 8438), whose
//! answer the parser does not know.

use super::driver::Driver;
use super::listing::list_messages;
use crate::{Extent, MailError, Reach};
use model::{Stage, Timestamp};

/// Messages that are listed for their sizes; of a larger mailbox only the first is looked at.
const MOST: u32 = 5000;

/// The extent of the open mailbox.
///
/// # Errors
/// The session is over.
pub async fn extent(driver: &mut Driver) -> Result<Extent, MailError> {
    match driver.news().exists {
        0 => Ok(Extent { oldest: None, bytes: Some(0) }),
        1..=MOST => match list_messages(driver, None).await {
            Ok(listed) => Ok(Extent {
                oldest: listed.iter().filter_map(|message| message.received).min(),
                bytes: Some(listed.iter().map(|message| message.size).sum()),
            }),
            Err(error) if error.reach == Reach::Mailbox => Ok(Extent::default()),
            Err(error) => Err(error),
        },
        _ => Ok(Extent { oldest: first(driver).await?, bytes: None }),
    }
}

/// When the first message arrived.
async fn first(driver: &mut Driver) -> Result<Option<Timestamp>, MailError> {
    driver.guard().mend_dates(true);
    let mut received = None;
    let asked = driver
        .run(Stage::Folder, "FETCH 1 (UID RFC822.SIZE INTERNALDATE)", 1, |response| {
            received = received.or(super::listing::received(response));
        })
        .await;
    driver.guard().mend_dates(false);
    asked.map(|_| received)
}
