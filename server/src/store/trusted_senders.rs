//! Whose pictures a person has loaded from the net. Deliberately absent: whether a message is really from that sender.

use super::connection::{in_tx, with_pool};
use super::{Result, Store};
use model::{MessageId, PersonId};

impl Store {
    /// Whether `person` trusts the sender `address` with their pictures.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn is_trusted_sender(&self, person: PersonId, address: &str) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM trusted_sender WHERE person = $1 AND address = $2";
        let address = address.to_lowercase();
        let found: i64 = with_pool!(self, pool => {
            sqlx::query_scalar(SQL).bind(person.0).bind(address).fetch_one(pool).await?
        });
        Ok(found > 0)
    }

    /// From now on `person` trusts the senders of these messages, or does not.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_trusted_senders(
        &self,
        person: PersonId,
        messages: &[MessageId],
        trusted: bool,
    ) -> Result<()> {
        const SENDER: &str = "SELECT sender_address FROM message WHERE id = $1 AND sender_address <> ''";
        const TRUST: &str =
            "INSERT INTO trusted_sender (person, address) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        const DOUBT: &str = "DELETE FROM trusted_sender WHERE person = $1 AND address = $2";
        let mut tx = self.begin().await?;
        for message in messages {
            let sender: Option<String> = in_tx!(&mut tx, connection => {
                sqlx::query_scalar(SENDER).bind(message.0).fetch_optional(connection).await?
            });
            let Some(sender) = sender else { continue };
            in_tx!(&mut tx, connection => {
                let sql = if trusted { TRUST } else { DOUBT };
                sqlx::query(sql).bind(person.0).bind(sender.to_lowercase()).execute(connection).await?;
            });
        }
        tx.commit().await
    }
}
