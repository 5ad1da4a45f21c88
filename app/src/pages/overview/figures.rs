//! The numbers of the overview, counted over all accounts.

use crate::api::ApiError;
use crate::api::accounts::list_accounts;
use model::{AccountStatus, AccountSummary, ReportQuery, Timestamp, Trust};
use serde::{Deserialize, Serialize};

/// More accounts than this are not counted one by one.
const MOST_PAGES: usize = 50;

/// The numbers of the overview.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Accounts in all.
    pub accounts: u64,
    /// Accounts by status, in the order of [`AccountStatus::ALL`].
    by_status: Vec<u64>,
    /// Messages stored here.
    pub messages: u64,
    /// Of these, unread.
    pub unread: u64,
    /// The accounts that fail.
    pub failing: Vec<Failing>,
}

/// An account that fails, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failing {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// How far its last check got.
    pub stage: String,
    /// Why it failed.
    pub sentence: String,
    /// When it last worked.
    pub last_success: Option<Timestamp>,
    /// Any certificate of its server is accepted.
    pub skips: bool,
}

impl Figures {
    /// How many accounts have this status.
    pub fn with_status(&self, status: AccountStatus) -> u64 {
        let place = AccountStatus::ALL.iter().position(|other| *other == status);
        place.and_then(|place| self.by_status.get(place)).copied().unwrap_or(0)
    }

    fn add(&mut self, rows: &[AccountSummary]) {
        for (place, status) in AccountStatus::ALL.into_iter().enumerate() {
            let count = rows.iter().filter(|row| row.status == status).count() as u64;
            match self.by_status.get_mut(place) {
                Some(sum) => *sum += count,
                None => self.by_status.push(count),
            }
        }
        self.messages += rows.iter().map(|row| row.messages).sum::<u64>();
        self.unread += rows.iter().map(|row| row.unread).sum::<u64>();
        self.failing.extend(rows.iter().filter(|row| row.status == AccountStatus::Failing).map(failing));
    }
}

/// Asks for all accounts, page by page.
///
/// # Errors
/// Whatever [`list_accounts`] says.
pub async fn load() -> Result<Figures, ApiError> {
    let mut figures = Figures::default();
    let mut query = ReportQuery { page_size: Some(200), ..ReportQuery::default() };
    for _ in 0..MOST_PAGES {
        let page = list_accounts(query.clone()).await?;
        figures.accounts = page.total.count;
        figures.add(&page.rows);
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    Ok(figures)
}

fn failing(row: &AccountSummary) -> Failing {
    let failure = row.failure.as_ref();
    let sentence = failure.map(|failure| {
        failure.cause.map_or_else(|| failure.error.clone(), |cause| cause.sentence().to_owned())
    });
    Failing {
        id: row.id.0,
        name: row.settings.name.clone(),
        stage: failure.map_or_else(String::new, |failure| failure.stage.label().to_owned()),
        sentence: sentence.unwrap_or_default(),
        last_success: row.last_success,
        skips: row.settings.trust() == Trust::Any,
    }
}
