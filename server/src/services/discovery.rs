//! Settings of an account from an e-mail address. Changes nothing, so nothing of it is recorded.

use super::policy::{Action, Resource, authorise};
use app::api::ApiError;
use app::api::discovery::DiscoveryPort;
use async_trait::async_trait;
use mail::discovery::{MailAddress, Rules, find};
use model::{Discovery, FieldErrors, Person};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Searches at once: each knocks at a dozen doors.
const AT_ONCE: usize = 4;

/// Finds settings.
#[derive(Clone)]
pub struct Discoveries {
    rules: Arc<Rules>,
    searches: Arc<Semaphore>,
}

impl Discoveries {
    /// By these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules: Arc::new(rules), searches: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// What can be found out about `address`, within the limit of the rules.
    ///
    /// # Errors
    /// The sentence for the field, where it is no address.
    pub async fn find(&self, address: &str) -> Result<Discovery, FieldErrors> {
        let address = MailAddress::parse(address).map_err(|error| {
            let mut errors = FieldErrors::default();
            errors.add("email_address", error.to_string());
            errors
        })?;
        Ok(Box::pin(find(&address, &self.rules)).await)
    }
}

#[async_trait]
impl DiscoveryPort for Discoveries {
    async fn find_settings(&self, caller: &Person, address: String) -> Result<Discovery, ApiError> {
        authorise(caller, Action::ChangeAccounts, Resource::All)?;
        let _place = self.searches.try_acquire().map_err(|_| ApiError::Busy)?;
        self.find(&address).await.map_err(ApiError::Invalid)
    }

    async fn is_on(&self, caller: &Person) -> Result<bool, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::All)?;
        Ok(!self.rules.sources.is_empty())
    }
}
