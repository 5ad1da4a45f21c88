//! A list costs the same however long it is: ten times as many messages, and the median of a page stays where it was. Both
//! sizes take turns in one run, so that a busy machine is busy for both.

use crate::engine::Engine;
use crate::told::{NOW, batch, inbox, list, message, only};
use model::{MessageFilter, MessageKey, MessageSummary, Page, ReportQuery, Timestamp};
use server::store::Store;
use std::time::{Duration, Instant};

const SMALL: u32 = 1_500;
const TIMES: u32 = 10;
const ROUNDS: usize = 60;
/// A slow moment may fall on one of them: it is tried again.
const TRIES: usize = 4;
/// A page of many may take this many times as long as one of few.
const MOST: f64 = 1.5;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_the_same_however_many_messages_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let few = filled(Engine::sqlite(folder.path().join("few")), SMALL).await;
    let many = filled(Engine::sqlite(folder.path().join("many")), SMALL * TIMES).await;
    for name in ["first page", "page after half of all rows", "unread count"] {
        let questions = [question(&few, name, SMALL).await, question(&many, name, SMALL * TIMES).await];
        let mut ratios = Vec::new();
        for _ in 0..TRIES {
            let ratio = ratio(&few, &many, &questions).await;
            ratios.push(ratio);
            if ratio < MOST {
                break;
            }
        }
        assert!(ratios.iter().any(|ratio| *ratio < MOST), "{name}: {ratios:?}");
    }
}

async fn ratio(few: &Store, many: &Store, questions: &[ReportQuery<MessageFilter>; 2]) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for ((store, question), times) in [few, many].into_iter().zip(questions).zip(&mut times) {
            let began = Instant::now();
            let page: Page<MessageSummary> = list(store, question).await;
            times.push(began.elapsed());
            assert!(!page.rows.is_empty());
        }
    }
    let [few, many] = times.map(median);
    many.as_secs_f64() / few.as_secs_f64()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn question(store: &Store, name: &str, size: u32) -> ReportQuery<MessageFilter> {
    match name {
        "first page" => ReportQuery { page_size: Some(30), ..ReportQuery::default() },
        "unread count" => {
            let unread = MessageFilter { unread: Some(true), ..MessageFilter::default() };
            ReportQuery { page_size: Some(1), ..only(unread) }
        }
        _ => {
            let before = MessageFilter { before: Some(minute(size / 2)), ..MessageFilter::default() };
            let page = list(store, &ReportQuery { page_size: Some(1), ..only(before) }).await;
            ReportQuery { page_size: Some(30), cursor: page.next, ..ReportQuery::default() }
        }
    }
}

/// Messages a minute apart.
async fn filled(engine: Engine, size: u32) -> Store {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let numbers: Vec<u32> = (1..=size).collect();
    for numbers in numbers.chunks(500) {
        let messages = numbers.iter().map(|number| {
            let mut message =
                message(MessageKey::Uid(*number), format!("Subject: Number {number}\r\n\r\nText.\r\n"));
            message.received = minute(*number);
            message.internet_message_id = Some(format!("{number}@example.org"));
            message
        });
        store.store_batch(&lease, batch(mailbox, Some(7), messages.collect()), NOW).await.unwrap();
    }
    store
}

fn minute(number: u32) -> Timestamp {
    Timestamp(NOW.0 + i64::from(number) * 60_000)
}
