//! The audit: read as a report, and written for what changes nothing in the database. Whatever does change something is
//! recorded by the store, inside of the same transaction.

use super::policy::{Action, Resource, authorise};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::audit::AuditPort;
use async_trait::async_trait;
use model::{
    AccountId, AccountSummary, Actor, AuditAction, AuditFilter, AuditRecord, Change, Deed, Noun, Page,
    Person, ReportQuery,
};

/// The audit.
#[derive(Clone)]
pub struct Audit {
    store: Store,
    clock: SharedClock,
}

impl Audit {
    /// The audit in `store`.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// Records that somebody signed in or out, or was refused.
    ///
    /// # Errors
    /// The store's: then it must not be done either.
    pub async fn person(
        &self,
        by: &Actor,
        action: AuditAction,
        whom: Option<&Person>,
    ) -> Result<(), ServiceError> {
        let (id, name) = whom.map_or((None, ""), |person| (Some(person.id.0), person.name.as_str()));
        let deed = Deed::new(action, Noun::Person, id, name);
        Ok(self.store.record(by, &deed, self.clock.now()).await?)
    }

    /// Records that somebody does something with an account that changes nothing in the database: a check, an import.
    /// Comes before it is done.
    ///
    /// # Errors
    /// The store's: then it must not be done either.
    pub async fn account(
        &self,
        by: &Actor,
        action: AuditAction,
        id: Option<AccountId>,
        name: &str,
        told: Vec<Change>,
    ) -> Result<(), ServiceError> {
        let deed = Deed::new(action, Noun::Account, id.map(|id| id.0), name).with(told);
        Ok(self.store.record(by, &deed, self.clock.now()).await?)
    }

    /// Records that somebody tests a connection to `server` (`mail.example.org:993`), for an account or for one that is not
    /// saved yet. Comes before the test.
    ///
    /// # Errors
    /// The store's: then nothing may be tested either.
    pub async fn tested(
        &self,
        by: &Actor,
        id: Option<AccountId>,
        name: &str,
        server: &str,
    ) -> Result<(), ServiceError> {
        let told = vec![Change::set("server", server)];
        self.account(by, AuditAction::ConnectionTested, id, name, told).await
    }

    /// Records that somebody asks what a check of `account` would do. Comes before its server is asked.
    ///
    /// # Errors
    /// The store's: then the server may not be asked either.
    pub async fn forecast(&self, by: &Actor, account: &AccountSummary) -> Result<(), ServiceError> {
        let AccountSummary { id, settings, .. } = account;
        self.account(by, AuditAction::ForecastAsked, Some(*id), &settings.name, Vec::new()).await
    }
}

#[async_trait]
impl AuditPort for Audit {
    async fn list_audit(
        &self,
        caller: &Person,
        query: ReportQuery<AuditFilter>,
    ) -> Result<Page<AuditRecord>, ApiError> {
        authorise(caller, Action::ReadAudit, Resource::All)?;
        self.store.list_audit(&query).await.map_err(internal)
    }
}
