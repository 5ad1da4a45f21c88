//! Writing the reports that are due. Two processes on one database are no problem: each report is claimed by one of them,
//! and where that one dies it is due again.

use super::table::{Table, parameters_of};
use super::{csv, page};
use crate::clock::SharedClock;
use crate::store::{DueReport, NewReport, Store, StoreError};
use app::api::ApiError;
use app::api::services::Services;
use futures_util::StreamExt;
use model::scheduled_report::{ReportFormat, ScheduleDraft};
use model::{Person, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long writing one may take.
const LONGEST: Duration = Duration::from_mins(10);
/// How much later than [`LONGEST`] somebody else may try, in milliseconds.
const CLAIM: i64 = 11 * 60 * 1000;
/// The largest report, in bytes: it is in memory as a whole.
const LARGEST: usize = 32 * 1024 * 1024;

/// Writes what is due until the process ends.
pub async fn run(services: Services, store: Store, clock: SharedClock, mut stop: watch::Receiver<bool>) {
    loop {
        match write_one(&services, &store, &clock, &mut stop).await {
            // There may be more.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "scheduled reports wait"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Writes one report that is due; false where none is.
async fn write_one(
    services: &Services,
    store: &Store,
    clock: &SharedClock,
    stop: &mut watch::Receiver<bool>,
) -> Result<bool, StoreError> {
    let now = clock.now();
    let Some(DueReport { schedule, person }) = store.claim_report(now, now.plus_milliseconds(CLAIM)).await?
    else {
        return Ok(false);
    };
    let writing = async {
        let person = store.find_person(person).await.map_err(|error| error.to_string())?;
        let person = person.ok_or("Whoever asked for it does not exist any more.")?;
        written(services.clone(), person, &schedule.draft, now).await.map_err(|error| error.to_string())
    };
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(LONGEST, writing) => outcome,
        // It is due again when the claim is over.
        _ = stop.wait_for(|stop| *stop) => return Ok(false),
    };
    let outcome = outcome.unwrap_or_else(|_| Err("It was not written within ten minutes.".to_owned()));
    if let Err(error) = &outcome {
        tracing::warn!(report = schedule.draft.name, %error, "a report was not written");
    }
    store.finish_report(&schedule, outcome, schedule.draft.next_after(now), now).await?;
    Ok(true)
}

async fn written(
    services: Services,
    person: Person,
    draft: &ScheduleDraft,
    now: Timestamp,
) -> Result<NewReport, ApiError> {
    let mut table = Table::of(draft.kind, services, person, &parameters_of(&draft.query)).await?;
    let header = table.header;
    let mut text = match draft.format {
        // The mark tells spreadsheets that this is UTF-8.
        ReportFormat::Csv => format!("\u{feff}{}", csv::row(header.iter().copied())),
        ReportFormat::Print => page::head(&draft.name, &now.text("Y-m-d H:M UTC", 0), header),
    };
    let mut rows = 0;
    while let Some(lines) = table.pages.next().await {
        for line in lines? {
            rows += 1;
            text += &match draft.format {
                ReportFormat::Csv => csv::row(line.iter().map(String::as_str)),
                ReportFormat::Print => page::row(&line),
            };
        }
        if text.len() > LARGEST {
            let words = format!("It is larger than {} MB: narrow its search fields.", LARGEST >> 20);
            return Err(ApiError::Conflict(words));
        }
    }
    if draft.format == ReportFormat::Print {
        text += page::FOOT;
    }
    Ok(NewReport { rows, content: text.into_bytes() })
}
