//! Connection tests that people look at while they go on. Each is there for whoever began it, and ends where nobody has
//! asked for it for a while.

use super::audit::Audit;
use super::credentials::{for_mailboxes, sign_in_with};
use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::checks::Checks;
use crate::checks::connection_test::{SignIn, judge_trust};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::connection_tests::{ConnectionTestsPort, TestRequest};
use async_trait::async_trait;
use model::{
    AccountId, AccountSettings, Actor, ConnectionTest, CredentialId, FieldErrors, Person, PersonId, TestId,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Tests at once, in all.
const AT_ONCE: usize = 16;
/// How long a screen waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(25);
/// A test that nobody has asked for in this time is ended and forgotten.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// Connection tests.
#[derive(Clone)]
pub struct ConnectionTests {
    checks: Checks,
    store: Store,
    audit: Audit,
    running: Arc<Mutex<Tests>>,
}

#[derive(Default)]
struct Tests {
    last: u64,
    tests: HashMap<TestId, Test>,
}

struct Test {
    of: PersonId,
    asked: Instant,
    news: watch::Receiver<ConnectionTest>,
    task: AbortHandle,
}

impl Drop for Test {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ConnectionTests {
    /// Tests by the checks of this process.
    pub fn new(store: Store, clock: SharedClock, checks: Checks) -> Self {
        Self { checks, audit: Audit::new(store.clone(), clock), store, running: Arc::default() }
    }

    /// Records that a connection is tested, which comes before it is.
    ///
    /// # Errors
    /// The store's: then nothing may be tested either.
    pub async fn record(
        &self,
        by: &Actor,
        account: Option<AccountId>,
        settings: &AccountSettings,
    ) -> Result<(), ServiceError> {
        let server = format!("{}:{}", settings.address, settings.port);
        self.audit.tested(by, account, &settings.name, &server).await
    }

    fn tests(&self) -> MutexGuard<'_, Tests> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.tests.retain(|_, test| test.asked.elapsed() < FORGOTTEN);
        running
    }

    /// The news of a test of `caller`.
    fn news(&self, caller: &Person, id: TestId) -> Result<watch::Receiver<ConnectionTest>, ApiError> {
        let mut running = self.tests();
        let test = running.tests.get_mut(&id).filter(|test| test.of == caller.id);
        let test = test.ok_or(ApiError::NotFound)?;
        test.asked = Instant::now();
        Ok(test.news.clone())
    }
}

#[async_trait]
impl ConnectionTestsPort for ConnectionTests {
    async fn start_test(&self, caller: &Actor, request: TestRequest) -> Result<TestId, ApiError> {
        let resource = request.account.map_or(Resource::All, Resource::Account);
        authorise_actor(caller, Action::ChangeAccounts, resource)?;
        let Actor::Person { person, .. } = caller else { return Err(ApiError::Forbidden) };
        let account = request.account;
        let (settings, sign_in) = judged(request).map_err(ApiError::Invalid)?;
        if matches!(sign_in, SignIn::Stored) {
            let known = self.store.find_credential(settings.credential).await.map_err(internal)?;
            for_mailboxes(known.as_ref())
                .map_err(|sentence| ApiError::Invalid(FieldErrors::one("credential", sentence)))?;
        }
        if self.tests().tests.values().filter(|test| !test.news.borrow().ended).count() >= AT_ONCE {
            return Err(ApiError::Busy);
        }
        self.record(caller, account, &settings).await.map_err(internal)?;
        let (tell, news) = watch::channel(ConnectionTest::default());
        let checks = self.checks.clone();
        let task = tokio::spawn(async move {
            let mut told = |test: &ConnectionTest| {
                tell.send_replace(test.clone());
            };
            checks.test_connection(&settings, sign_in, &mut told).await;
        });
        let mut running = self.tests();
        running.last += 1;
        let id = TestId(running.last);
        let test = Test { of: person.id, asked: Instant::now(), news, task: task.abort_handle() };
        running.tests.insert(id, test);
        Ok(id)
    }

    async fn follow_test(
        &self,
        caller: &Person,
        id: TestId,
        revision: u64,
    ) -> Result<ConnectionTest, ApiError> {
        authorise(caller, Action::CheckAccounts, Resource::All)?;
        let mut news = self.news(caller, id)?;
        let more = news.wait_for(|test| test.ended || test.revision > revision);
        // Where nothing more comes in time, what is known is the answer.
        let _ = tokio::time::timeout(PATIENCE, more).await;
        let known = news.borrow().clone();
        if !known.ended && news.has_changed().is_err() {
            return Err(ApiError::Conflict("The test ended without a result. Begin it again.".to_owned()));
        }
        Ok(known)
    }

    async fn cancel_test(&self, caller: &Person, id: TestId) -> Result<(), ApiError> {
        authorise(caller, Action::CheckAccounts, Resource::All)?;
        self.news(caller, id)?;
        self.tests().tests.remove(&id);
        Ok(())
    }
}

/// The settings that are tested, and what signs in.
///
/// # Errors
/// Every field that is wrong.
pub fn judged(request: TestRequest) -> Result<(AccountSettings, SignIn), FieldErrors> {
    let mut draft = request.draft;
    if draft.name.trim().is_empty() {
        "New account".clone_into(&mut draft.name);
    }
    let sign_in = match request.new_credential {
        None => SignIn::Stored,
        Some(typed) => {
            let (user_name, password) = sign_in_with(typed)?;
            // None of the vault: that there is one is all that is asked of it.
            draft.credential = Some(CredentialId(0));
            SignIn::Typed { user_name, password }
        }
    };
    let settings = draft.validate()?;
    judge_trust(&settings)?;
    Ok((settings, sign_in))
}
