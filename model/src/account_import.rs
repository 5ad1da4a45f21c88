//! Accounts from a file, as they were understood: what each row would make, made, or what is wrong with it. Deliberately
//! absent: the file, which only the server reads.

use crate::{AccountId, FieldErrors};
use serde::{Deserialize, Serialize};

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountImport {
    /// Its rows, in its order.
    pub rows: Vec<ImportedRow>,
}

impl AccountImport {
    /// How many rows make an account that is not there yet.
    pub fn ready(&self) -> usize {
        self.rows.iter().filter(|row| row.outcome == ImportOutcome::Ready).count()
    }

    /// How many rows have made theirs.
    pub fn created(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.outcome, ImportOutcome::Created(_))).count()
    }

    /// How many rows cannot make one.
    pub fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.outcome, ImportOutcome::Wrong(_))).count()
    }
}

/// One row of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// The line where it begins; the heading is the first.
    pub line: u64,
    /// The account's name, as far as there is one.
    pub name: String,
    /// Where it is fetched from, such as `IMAP mail.example.org:993 (SSL)`.
    pub server: String,
    /// What signs in, such as `anna` or `credential Sales`.
    pub sign_in: String,
    /// What came of it.
    pub outcome: ImportOutcome,
}

/// What came of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It can be made.
    Ready,
    /// It was made.
    Created(AccountId),
    /// It cannot, and why. Fields are named as the columns of the file.
    Wrong(FieldErrors),
}
