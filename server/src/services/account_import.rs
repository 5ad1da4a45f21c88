//! Accounts from a CSV file: what each row would make, a test of one, and making them. A row that is wrong keeps no other
//! from being made. Deliberately absent: changing accounts that exist.

mod columns;
mod file;

use super::accounts::Accounts;
use super::connection_tests::ConnectionTests;
use super::credentials::sign_in_with;
use super::parameters::Parameters;
use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::account_import::AccountImportPort;
use app::api::connection_tests::{ConnectionTestsPort, TestRequest};
use app::api::credentials::{NewCredential, Secret};
use app::api::parameters::ParametersPort;
use async_trait::async_trait;
use columns::Said;
use file::Row;
use model::{
    AccountDraft, AccountImport, Actor, CredentialId, FieldErrors, ImportOutcome, ImportedRow, Person, TestId,
};
use std::collections::HashSet;

/// Imports of accounts.
#[derive(Clone)]
pub struct AccountImports {
    store: Store,
    clock: SharedClock,
    accounts: Accounts,
    tests: ConnectionTests,
    parameters: Parameters,
}

/// A row that can be made.
#[derive(Debug)]
pub struct Makeable {
    /// The account; its credential is there already, or comes with it.
    pub draft: AccountDraft,
    /// What comes with it.
    pub new_credential: Option<NewCredential>,
    /// The credential's name, where a row above makes it.
    made_above: Option<String>,
}

/// What one row says, and what can be made of it.
#[derive(Debug)]
pub struct Understood {
    /// The line where it begins.
    pub line: u64,
    /// The account's name.
    pub name: String,
    server: String,
    sign_in: String,
    /// What can be made of it, or why nothing.
    pub made: Result<Makeable, FieldErrors>,
}

impl AccountImports {
    /// Imports into `accounts`.
    pub fn new(
        store: Store,
        clock: SharedClock,
        accounts: Accounts,
        tests: ConnectionTests,
        parameters: Parameters,
    ) -> Self {
        Self { store, clock, accounts, tests, parameters }
    }

    /// The rows of a file, for callers that are authorised already. Nothing changes. The inner error says at `file` why it
    /// is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(&self, text: &str) -> Result<Result<Vec<Understood>, FieldErrors>, ServiceError> {
        let rows = match file::rows(text, &self.parameters.display().check_interval) {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(FieldErrors::one("file", why))),
        };
        let (mut names, mut credentials) = (HashSet::new(), HashSet::new());
        let mut understood = Vec::with_capacity(rows.len());
        for row in rows {
            understood.push(self.understand(row, &mut names, &mut credentials).await?);
        }
        Ok(Ok(understood))
    }

    /// Makes what can be made of the rows, for callers that are authorised already.
    ///
    /// # Errors
    /// The store's; the rows before are made then.
    pub async fn make(&self, by: &Actor, rows: Vec<Understood>) -> Result<AccountImport, ServiceError> {
        let mut import = AccountImport::default();
        for row in rows {
            let Understood { line, name, server, sign_in, made } = row;
            let outcome = match made {
                Err(errors) => ImportOutcome::Wrong(errors),
                Ok(makeable) => match self.make_one(by, makeable).await? {
                    Ok(id) => ImportOutcome::Created(id),
                    Err(errors) => ImportOutcome::Wrong(errors),
                },
            };
            import.rows.push(ImportedRow { line, name, server, sign_in, outcome });
        }
        Ok(import)
    }

    async fn make_one(
        &self,
        by: &Actor,
        makeable: Makeable,
    ) -> Result<Result<model::AccountId, FieldErrors>, ServiceError> {
        let Makeable { mut draft, new_credential, made_above } = makeable;
        if let Some(name) = made_above {
            // Where the row that was to make it failed, this one says what is missing.
            draft.credential = self.store.find_credential_by_name(&name).await?.map(|found| found.id);
        }
        self.accounts.save(by, None, draft, new_credential).await
    }

    async fn understand(
        &self,
        row: Row,
        names: &mut HashSet<String>,
        credentials: &mut HashSet<String>,
    ) -> Result<Understood, ServiceError> {
        let Row { line, mut said, mut errors } = row;
        self.find_way(&mut said, &mut errors).await?;
        let name = said.draft.name.trim().to_owned();
        let (server, sign_in) = (server(&said.draft), sign_in(&said));
        let now = self.clock.now();
        if !name.is_empty() && !names.insert(name.clone()) {
            errors.add("name", "A row above has this name.");
        } else if self.store.find_account_by_name(&name, now).await?.is_some() {
            errors.add("name", "Another account has this name.");
        }
        let makeable = self.with_credential(said, credentials, &mut errors).await?;
        let mut judged = makeable.draft.clone();
        if makeable.new_credential.is_some()
            || makeable.made_above.is_some()
            || errors.at("credential").is_some()
        {
            // What signs in was looked at above.
            judged.credential = Some(CredentialId(0));
        }
        errors.0.extend(judged.beyond_pop3().0);
        if let Err(wrong) = judged.validate() {
            errors.0.extend(wrong.0);
        }
        for error in &mut errors.0 {
            if error.field == "secure_connection_type" {
                "security".clone_into(&mut error.field);
            }
        }
        let made = if errors.is_empty() { Ok(makeable) } else { Err(errors) };
        Ok(Understood { line, name, server, sign_in, made })
    }

    /// Finds the Network Connector that a row names: `default` is whatever is the default, blank and `none` are direct.
    async fn find_way(&self, said: &mut Said, errors: &mut FieldErrors) -> Result<(), ServiceError> {
        let (found, missing) = match said.connector.trim() {
            "" | "none" => return Ok(()),
            "default" => (self.store.default_connector().await?, "There is no default Network Connector."),
            name => (
                self.store.find_connector_by_name(name).await?,
                "There is no Network Connector of this name.",
            ),
        };
        match found {
            None => errors.add("network_connector", missing),
            Some(connector) => {
                said.draft.use_network_connector = true;
                let named = said.connector.trim() != "default";
                said.draft.network_connector = named.then_some(connector.id);
            }
        }
        Ok(())
    }

    /// Finds what signs in: a credential of the vault, one that a row above makes, or one that comes with this row.
    async fn with_credential(
        &self,
        said: Said,
        credentials: &mut HashSet<String>,
        errors: &mut FieldErrors,
    ) -> Result<Makeable, ServiceError> {
        let Said { mut draft, credential, user_name, password, .. } = said;
        let named = credential.trim();
        let typed = !user_name.trim().is_empty() || !password.is_empty();
        let wanted = if named.is_empty() { draft.name.trim() } else { named };
        let known = self.store.find_credential_by_name(wanted).await?;
        if typed {
            let name = wanted.to_owned();
            if known.is_some() || !credentials.insert(name.clone()) {
                errors.add(
                    "credential",
                    "A credential has this name already. To use it, leave user name and password blank.",
                );
            }
            let new =
                NewCredential { name, user_name, password: Secret(password), ..NewCredential::default() };
            if let Err(wrong) = sign_in_with(new.clone()) {
                errors.0.extend(wrong.0);
            }
            // Blank, it is named as the account is, which is judged there.
            if let Some(Err(wrong)) = (!named.is_empty()).then(|| model::field::line(named, 100)) {
                errors.add("credential", wrong);
            }
            return Ok(Makeable { draft, new_credential: Some(new), made_above: None });
        }
        let above = credentials.contains(named).then(|| named.to_owned());
        draft.credential = known.filter(|_| !named.is_empty()).map(|found| found.id);
        if draft.credential.is_none() && above.is_none() {
            errors.add(
                "credential",
                if named.is_empty() {
                    "Name a credential of the vault, or give user name and password."
                } else {
                    "There is no credential of this name."
                },
            );
        }
        Ok(Makeable { draft, new_credential: None, made_above: above })
    }
}

/// Where it is fetched from.
fn server(draft: &AccountDraft) -> String {
    let kind = draft.secure_connection_type.filter(|_| draft.use_safe_connection);
    let security = kind.map_or("not encrypted", model::SecureConnectionType::label);
    let (address, port) = (draft.address.trim(), draft.port.trim());
    let skips = if draft.skip_certificate { ", Skip certificate" } else { "" };
    format!("{} {address}:{port} ({security}{skips})", draft.protocol.label())
}

/// What signs in.
fn sign_in(said: &Said) -> String {
    match (said.user_name.trim(), said.credential.trim()) {
        ("", "") => String::new(),
        ("", credential) => format!("credential {credential}"),
        (user_name, _) => user_name.to_owned(),
    }
}

/// What would come of the rows.
pub fn preview(rows: Vec<Understood>) -> AccountImport {
    let row = |Understood { line, name, server, sign_in, made }| {
        let outcome = made.map_or_else(ImportOutcome::Wrong, |_: Makeable| ImportOutcome::Ready);
        ImportedRow { line, name, server, sign_in, outcome }
    };
    AccountImport { rows: rows.into_iter().map(row).collect() }
}

#[async_trait]
impl AccountImportPort for AccountImports {
    async fn read_accounts(&self, caller: &Person, file: Secret) -> Result<AccountImport, ApiError> {
        authorise(caller, Action::ChangeAccounts, Resource::All)?;
        self.read(&file.0).await.map_err(internal)?.map(preview).map_err(ApiError::Invalid)
    }

    async fn test_row(&self, caller: &Actor, file: Secret, line: u64) -> Result<TestId, ApiError> {
        authorise_actor(caller, Action::ChangeAccounts, Resource::All)?;
        let rows = self.read(&file.0).await.map_err(internal)?.map_err(ApiError::Invalid)?;
        let row = rows.into_iter().find(|row| row.line == line).ok_or(ApiError::NotFound)?;
        let Makeable { draft, new_credential, .. } = row.made.map_err(ApiError::Invalid)?;
        self.tests.start_test(caller, TestRequest { account: None, draft, new_credential }).await
    }

    async fn import_accounts(&self, caller: &Actor, file: Secret) -> Result<AccountImport, ApiError> {
        authorise_actor(caller, Action::ChangeAccounts, Resource::All)?;
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        let rows = self.read(&file.0).await.map_err(internal)?.map_err(ApiError::Invalid)?;
        self.make(caller, rows).await.map_err(internal)
    }
}
