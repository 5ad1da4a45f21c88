//! Web sessions in the database, for `tower_sessions`: only a hash of the cookie is kept, so that a stolen backup
//! signs nobody in.

use crate::clock::SharedClock;
use crate::store::{Store, StoreError};
use async_trait::async_trait;
use model::Timestamp;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};

/// The sessions of everybody.
#[derive(Clone)]
pub struct WebSessions {
    store: Store,
    clock: SharedClock,
}

impl WebSessions {
    /// The sessions in `store`.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }
}

impl std::fmt::Debug for WebSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebSessions")
    }
}

#[async_trait]
impl SessionStore for WebSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (data, expires) = encode(record)?;
        while !self.store.create_web_session(&hashed(record.id), &data, expires).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (data, expires) = encode(record)?;
        self.store.save_web_session(&hashed(record.id), &data, expires).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.store.load_web_session(&hashed(*id), self.clock.now()).await.map_err(backend)?;
        let Some((data, expires)) = found else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(expires.seconds())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.delete_web_session(&hashed(*id)).await.map_err(backend)
    }
}

fn hashed(id: Id) -> [u8; 32] {
    *blake3::hash(&id.0.to_le_bytes()).as_bytes()
}

fn encode(record: &Record) -> Result<(String, Timestamp)> {
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((data, Timestamp::from_seconds(record.expiry_date.unix_timestamp())))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}
