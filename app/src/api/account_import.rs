//! Accounts from a file: read without changing anything, tested row by row, imported.

use super::ApiError;
use super::credentials::Secret;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountImport, TestId};

/// What `server::services::account_import` does for the screens. Every method authorises its caller first. The file is a
/// secret: there may be passwords in it.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait AccountImportPort: Send + Sync {
    /// What the file would make; nothing changes.
    async fn read_accounts(&self, caller: &model::Person, file: Secret) -> Result<AccountImport, ApiError>;

    /// Begins a connection test of the row that begins at `line`.
    async fn test_row(&self, caller: &model::Actor, file: Secret, line: u64) -> Result<TestId, ApiError>;

    /// Makes every account that can be made.
    async fn import_accounts(&self, caller: &model::Actor, file: Secret) -> Result<AccountImport, ApiError>;
}

/// What a file would make; nothing changes.
///
/// # Errors
/// [`ApiError::Invalid`] at `file` where it is no such file; what is wrong with a row stands in the answer.
#[server(endpoint = "account_import/read", prefix = "/api", protocol = Wire)]
pub async fn read_accounts(file: Secret) -> Result<AccountImport, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.account_import.read_accounts(&caller, file).await)
}

/// Begins a connection test of one row.
///
/// # Errors
/// [`ApiError::Invalid`] where the row cannot be tested, [`ApiError::Busy`] while too many tests go on.
#[server(endpoint = "account_import/test", prefix = "/api", protocol = Wire)]
pub async fn test_row(file: Secret, line: u64) -> Result<TestId, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.account_import.test_row(&caller, file, line).await)
}

/// Makes every account of a file that can be made.
///
/// # Errors
/// [`ApiError::Invalid`] at `file` where it is no such file.
#[server(endpoint = "account_import/run", prefix = "/api", protocol = Wire)]
pub async fn import_accounts(file: Secret) -> Result<AccountImport, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.account_import.import_accounts(&caller, file).await)
}
