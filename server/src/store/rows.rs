//! Statements that take one row or many at a time, each prepared once. Deliberately absent: what the rows are.

use super::connection::Tx;

/// How many rows are written by one statement, which is prepared once for exactly so many.
pub(super) const TOGETHER: usize = 32;

/// A statement for one row and for [`TOGETHER`], on each database.
pub(super) struct RowStatement {
    sqlite: [String; 2],
    postgres: [String; 2],
}

impl RowStatement {
    /// `make` puts the rows, of so many `columns` each, into their statement.
    pub(super) fn new(columns: usize, make: impl Fn(&str) -> String) -> Self {
        let both = |row: fn(usize, usize) -> String| {
            [1, TOGETHER].map(|rows| {
                let rows: Vec<_> = (0..rows).map(|at| row(at, columns)).collect();
                make(&rows.join(", "))
            })
        };
        Self { sqlite: both(nameless), postgres: both(numbered) }
    }

    /// The statement for `rows` rows, which are 1 or [`TOGETHER`].
    pub(super) fn of(&'static self, tx: &Tx, rows: usize) -> &'static str {
        match tx {
            Tx::Sqlite(_) => self.sqlite(rows),
            Tx::Postgres(_) => self.postgres(rows),
        }
    }

    /// [`Self::of`] for SQLite.
    pub(super) fn sqlite(&'static self, rows: usize) -> &'static str {
        let [one, many] = &self.sqlite;
        if rows == 1 { one } else { many }
    }

    /// [`Self::of`] for PostgreSQL.
    pub(super) fn postgres(&'static self, rows: usize) -> &'static str {
        let [one, many] = &self.postgres;
        if rows == 1 { one } else { many }
    }
}

/// `($1, $2)`, then `($3, $4)`, and so on.
fn numbered(row: usize, columns: usize) -> String {
    let binds: Vec<_> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
    format!("({})", binds.join(", "))
}

/// `(?, ?)`: SQLite looks a named bind up by reading all names before it, for each of hundreds.
fn nameless(_row: usize, columns: usize) -> String {
    format!("({})", vec!["?"; columns].join(", "))
}
