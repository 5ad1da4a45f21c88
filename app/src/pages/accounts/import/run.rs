//! What the import knows: the file, what the server made of it, and the tests of its rows.

use crate::api::ApiError;
use crate::api::account_import::{import_accounts, read_accounts, test_row};
use crate::api::connection_tests::follow_test;
use crate::api::credentials::Secret;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{AccountImport, Cause, ConnectionTest, ImportOutcome};
use std::collections::BTreeMap;

/// Tests at once.
const SIDE_BY_SIDE: usize = 4;

/// What is known of the connection of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tested {
    /// It is being tested.
    UnderWay,
    /// It works.
    Works,
    /// It does not, and why.
    Fails(String),
}

/// An import, as far as it has got.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    /// The file.
    pub text: RwSignal<Secret>,
    /// What the server made of it.
    pub answer: RwSignal<Option<AccountImport>>,
    /// The tests of its rows, by line.
    pub tested: RwSignal<BTreeMap<u64, Tested>>,
    /// Something is being done with the whole file.
    pub busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    waiting: RwSignal<Vec<u64>>,
}

impl Import {
    /// Nothing is imported yet.
    pub fn new() -> Self {
        Self {
            text: RwSignal::new(Secret::default()),
            answer: RwSignal::new(None),
            tested: RwSignal::new(BTreeMap::new()),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            waiting: RwSignal::new(Vec::new()),
        }
    }

    /// Another file: what was known of the last one means nothing.
    pub fn take(self, text: Secret) {
        self.text.set(text);
        self.answer.set(None);
        self.error.set(None);
        self.tested.update(BTreeMap::clear);
        self.waiting.update(Vec::clear);
    }

    /// True where there is no file yet.
    pub fn is_blank(self) -> bool {
        self.text.with(|text| text.0.trim().is_empty())
    }

    /// What is wrong with the file as a whole.
    pub fn wrong_file(self) -> Option<String> {
        match self.error.get() {
            Some(ApiError::Invalid(errors)) => errors.at("file").map(str::to_owned),
            _ => None,
        }
    }

    /// Why nothing came of what was asked, where the file is not to blame.
    pub fn failure(self) -> Option<String> {
        self.error.get().filter(|error| !matches!(error, ApiError::Invalid(_))).map(|error| error.to_string())
    }

    /// Asks what the file would make.
    pub fn read(self) {
        if self.is_blank() || self.busy.get_untracked() {
            return;
        }
        let text = self.text.get_untracked();
        self.ask(async move { read_accounts(text).await }, Callback::new(|_| ()));
    }

    /// Makes what can be made; `made` hears how many accounts are there now.
    pub fn run(self, made: Callback<usize>) {
        let text = self.text.get_untracked();
        self.ask(async move { import_accounts(text).await }, made);
    }

    fn ask(
        self,
        call: impl Future<Output = Result<AccountImport, ApiError>> + 'static,
        made: Callback<usize>,
    ) {
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = call.await;
            self.busy.try_set(false);
            match answer {
                Ok(answer) => {
                    let created = answer.created();
                    self.answer.try_set(Some(answer));
                    if created > 0 {
                        made.try_run(created);
                    }
                }
                Err(error) => {
                    self.error.try_set(Some(error));
                }
            }
        });
    }

    /// Tests every row that is ready, some side by side.
    pub fn test_all(self) {
        let lines = self.answer.with_untracked(|answer| {
            let rows = answer.iter().flat_map(|answer| &answer.rows);
            rows.filter(|row| row.outcome == ImportOutcome::Ready).map(|row| row.line).rev().collect()
        });
        self.waiting.set(lines);
        for _ in 0..SIDE_BY_SIDE {
            spawn_local(async move {
                while let Some(line) = self.waiting.try_update(Vec::pop).flatten() {
                    self.test_one(line).await;
                }
            });
        }
    }

    /// Tests the row that begins at `line`.
    pub fn test(self, line: u64) {
        spawn_local(self.test_one(line));
    }

    async fn test_one(self, line: u64) {
        self.tested.try_update(|tested| tested.insert(line, Tested::UnderWay));
        let Some(file) = self.text.try_get_untracked() else { return };
        let tested = match outcome(file.clone(), line).await {
            Ok(test) => match test.failure() {
                None => Tested::Works,
                Some(failure) => {
                    let sentence = failure.cause.map(Cause::sentence).unwrap_or_default();
                    Tested::Fails(format!("{sentence} {}", failure.error).trim().to_owned())
                }
            },
            Err(error) => Tested::Fails(error.to_string()),
        };
        // Meanwhile it may be another file.
        if self.text.try_with_untracked(|now| *now == file) == Some(true) {
            self.tested.try_update(|known| known.insert(line, tested));
        }
    }
}

async fn outcome(file: Secret, line: u64) -> Result<ConnectionTest, ApiError> {
    let test = test_row(file, line).await?;
    let mut revision = 0;
    loop {
        let known = follow_test(test, revision).await?;
        if known.ended {
            return Ok(known);
        }
        revision = known.revision;
    }
}
