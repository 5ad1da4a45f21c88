//! System parameters that somebody set, as text. Deliberately absent: which there are, what fits, and their defaults.

use super::audit::record;
use super::connection::{in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store};
use model::{Actor, AuditAction, Change, Deed, Noun, Parameter, Timestamp};

/// A parameter that is to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSetting {
    /// Which.
    pub parameter: Parameter,
    /// Its value; `None`: the default again.
    pub value: Option<String>,
    /// The default, for the record.
    pub default: String,
}

impl Store {
    /// What somebody set, by stable id.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn parameters(&self) -> Result<Vec<(String, String)>> {
        const SQL: &str = "SELECT id, value FROM parameter ORDER BY id";
        Ok(with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?))
    }

    /// Sets parameters, all in one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn save_parameters(
        &self,
        settings: &[ParameterSetting],
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        const BEFORE: &str = "SELECT value FROM parameter WHERE id = $1";
        const SET: &str = "INSERT INTO parameter (id, value) VALUES ($1, $2) \
                           ON CONFLICT (id) DO UPDATE SET value = excluded.value";
        const RESET: &str = "DELETE FROM parameter WHERE id = $1";
        let mut tx = self.begin().await?;
        let mut changed = false;
        for ParameterSetting { parameter, value, default } in settings {
            let id = parameter.id();
            let before: Option<String> = in_tx!(&mut tx, connection => {
                sqlx::query_scalar(BEFORE).bind(id).fetch_optional(connection).await?
            });
            if before == *value {
                continue;
            }
            in_tx!(&mut tx, connection => match value {
                Some(value) => sqlx::query(SET).bind(id).bind(value).execute(connection).await?.rows_affected(),
                None => sqlx::query(RESET).bind(id).execute(connection).await?.rows_affected(),
            });
            let action =
                if value.is_some() { AuditAction::ParameterChanged } else { AuditAction::ParameterReset };
            let (was, is) = (before.as_ref().unwrap_or(default), value.as_ref().unwrap_or(default));
            let deed = Deed::new(action, Noun::Parameter, None, id).with(vec![Change::between(id, was, is)]);
            record(&mut tx, by, &deed, now).await?;
            changed = true;
        }
        if changed {
            bump(&mut tx, Changed::Parameters).await?;
        }
        tx.commit().await
    }
}
