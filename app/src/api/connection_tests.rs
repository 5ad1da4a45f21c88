//! Connection tests: begun with the fields of a form, followed while they go on.

use super::ApiError;
use super::credentials::NewCredential;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountDraft, AccountId, ConnectionTest, TestId};
use serde::{Deserialize, Serialize};

/// What is to be tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRequest {
    /// The account that is being edited; `None` for a new one.
    pub account: Option<AccountId>,
    /// The fields as they are typed; a name is not needed.
    pub draft: AccountDraft,
    /// What signs in, where it is not in the vault.
    pub new_credential: Option<NewCredential>,
}

/// What `server::services::connection_tests` does for the screens. Every method authorises its caller first, and a test
/// is there for the person alone who began it.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ConnectionTestsPort: Send + Sync {
    /// Begins a test.
    async fn start_test(&self, caller: &model::Actor, request: TestRequest) -> Result<TestId, ApiError>;

    /// What is known of a test, as soon as that is more than `revision`; within half a minute in any case.
    async fn follow_test(
        &self,
        caller: &model::Person,
        test: TestId,
        revision: u64,
    ) -> Result<ConnectionTest, ApiError>;

    /// Ends a test that nobody waits for any more.
    async fn cancel_test(&self, caller: &model::Person, test: TestId) -> Result<(), ApiError>;
}

/// Begins a test.
///
/// # Errors
/// [`ApiError::Invalid`] with every field that is wrong, [`ApiError::Busy`] while too many tests go on.
#[server(endpoint = "connection_tests/start", prefix = "/api", protocol = Wire)]
pub async fn start_test(request: TestRequest) -> Result<TestId, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connection_tests.start_test(&caller, request).await)
}

/// Waits for news of a test.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such test of this person.
#[server(endpoint = "connection_tests/follow", prefix = "/api", protocol = Wire)]
pub async fn follow_test(test: TestId, revision: u64) -> Result<ConnectionTest, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.connection_tests.follow_test(&caller, test, revision).await)
}

/// Ends a test.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such test of this person.
#[server(endpoint = "connection_tests/cancel", prefix = "/api", protocol = Wire)]
pub async fn cancel_test(test: TestId) -> Result<(), ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.connection_tests.cancel_test(&caller, test).await)
}
