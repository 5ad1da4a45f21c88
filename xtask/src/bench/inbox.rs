//! The Inbox report of a hundred thousand and of a million messages: how long the server takes to answer a page, a count
//! and a search. Each question goes to the running program over its own door, one after the other.
//! Deliberately absent: the browser.

use super::mail::{Dice, distinct};
use super::ours::Restante;
use super::postgres::Postgres;
use super::visitor::Visitor;
use super::{Bench, settle};
use anyhow::{Context, Result};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// How often each question is asked; each time a little differently.
const TIMES: u32 = 200;

/// A question to the list.
struct Question {
    name: &'static str,
    /// Milliseconds that it should take at p99.
    aim: u32,
    ask: fn(&Deep, u32) -> Value,
}

/// What a question needs to know of the messages.
struct Deep {
    /// The place after the first half of all messages.
    cursor: String,
}

const QUESTIONS: [Question; 8] = [
    Question { name: "first page", aim: 15, ask: |_, _| page(&json!({}), 30) },
    Question { name: "page after half of all rows", aim: 15, ask: |deep, _| after(&deep.cursor, 30) },
    Question { name: "next message", aim: 15, ask: |deep, _| after(&deep.cursor, 1) },
    Question { name: "unread count", aim: 15, ask: |_, _| page(&json!({ "unread": true }), 1) },
    Question { name: "rare word", aim: 50, ask: |_, n| said(&format!("rare{} ", n % 50)) },
    Question { name: "two words", aim: 50, ask: |_, n| said(&format!("topic{} person{} ", n % 40, n % 7)) },
    Question { name: "a sender", aim: 50, ask: |_, n| said(&format!("from:sender{}@example.org ", n % 900)) },
    Question { name: "a common word", aim: 150, ask: |_, _| said("common ") },
];

fn page(filter: &Value, size: u32) -> Value {
    json!({ "query": { "filter": filter, "page_size": size } })
}

fn said(search: &str) -> Value {
    page(&json!({ "search": search }), 50)
}

fn after(cursor: &str, size: u32) -> Value {
    json!({ "query": { "filter": {}, "cursor": cursor, "page_size": size } })
}

/// The median and the worst but two of `TIMES`, in milliseconds.
type Times = (f64, f64);

/// Measures both sizes on each of these databases, the smaller one first; a title and a table each, in which a size that is
/// scaled down says so. Behind SQLite the medians of PostgreSQL are compared with its own.
pub fn measure(bench: &Bench, engines: &[Engine]) -> Result<Vec<(String, String)>> {
    let sizes = [bench.scaled(100_000), bench.scaled(1_000_000)];
    let mut before: Option<Vec<Times>> = None;
    let mut tables = Vec::new();
    for engine in engines {
        let [few, many] = sizes;
        let (few, many) = (of_size(bench, *engine, few)?, of_size(bench, *engine, many)?);
        tables.push((format!("Inbox on {}", engine.name()), table(sizes, &few, &many, before.as_deref())));
        before = Some(many);
    }
    Ok(tables)
}

fn table(sizes: [usize; 2], few: &[Times], many: &[Times], other: Option<&[Times]>) -> String {
    let [small, large] = sizes;
    let (head, rule) = other.map_or(("", ""), |_| (" p50 ÷ SQLite's |", "---:|"));
    let mut table = format!(
        "| p50 · p99 of {TIMES} calls in ms | {small} messages | {large} messages | p50 grows by | aim (p99) |{head}\n\
         |---|---:|---:|---:|---:|{rule}\n"
    );
    for (at, (question, (few, many))) in QUESTIONS.iter().zip(few.iter().zip(many)).enumerate() {
        let ms = |(p50, p99): &Times| format!("{p50:.1} · {p99:.1}");
        let (name, aim, growth) = (question.name, question.aim, many.0 / few.0);
        let _ = write!(table, "| {name} | {} | {} | {growth:.2} | {aim} |", ms(few), ms(many));
        if let Some(other) = other.and_then(|other| other.get(at)) {
            let _ = write!(table, " {:.1} |", many.0 / other.0);
        }
        table.push('\n');
    }
    table
}

/// Which database holds the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The file in the data folder.
    Sqlite,
    /// A server of its own.
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

fn of_size(bench: &Bench, engine: Engine, size: usize) -> Result<Vec<Times>> {
    println!("an inbox of {size} messages on {engine:?}");
    std::fs::create_dir_all(&bench.folder)?;
    let mbox = bench.folder.join("inbox.mbox");
    write_mbox(&mbox, size)?;
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Postgres::start(bench.folder.join("postgres"))?),
    };
    settle()?;
    let database = postgres.as_ref().map(Postgres::url);
    let restante = Restante::on(database, &bench.program, bench.folder.join("store"))?;
    restante.add("imap", 9, "inbox", false)?;
    let started = Instant::now();
    restante.import("inbox", &mbox)?;
    println!("imported and searchable in {:.0} s", started.elapsed().as_secs_f64());
    std::fs::remove_file(&mbox)?;
    let visitor = Visitor::of(&restante)?;
    let half = Deep { cursor: cursor_after(&visitor, size)? };
    QUESTIONS.iter().map(|question| asked(&visitor, &half, question)).collect()
}

fn asked(visitor: &Visitor, deep: &Deep, question: &Question) -> Result<Times> {
    let mut times = Vec::new();
    for n in 0..TIMES {
        let body = (question.ask)(deep, n).to_string();
        let started = Instant::now();
        let answer = visitor.call("messages/list", &body)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        let answer: Value = serde_json::from_str(&answer).with_context(|| answer.clone())?;
        let rows = answer.get("rows").and_then(Value::as_array).map(Vec::len);
        if n == 0 {
            println!("{}: {} rows", question.name, rows.context("an answer without rows")?);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |place: u32| times.get(place as usize).copied().unwrap_or(f64::NAN);
    Ok((at(TIMES / 2), at(TIMES - 3)))
}

/// Where the second half of the list begins. A cursor is the server's own matter; this one is the server's own with
/// another time in it.
fn cursor_after(visitor: &Visitor, size: usize) -> Result<String> {
    // The messages of the mbox are a minute apart, newest last; the list is newest first.
    let half = mail_time(size / 2) * 1000;
    let body = page(&json!({ "before": half }), 1).to_string();
    let answer: Value = serde_json::from_str(&visitor.call("messages/list", &body)?)?;
    let next = answer.get("next").and_then(Value::as_str).context("there is no second half")?;
    Ok(next.to_owned())
}

fn mail_time(number: usize) -> u64 {
    1_500_000_000 + number as u64 * 60
}

fn write_mbox(path: &Path, size: usize) -> Result<()> {
    let mut dice = Dice::new(17);
    let mut out = BufWriter::new(File::create(path)?);
    for number in 0..size {
        writeln!(out, "From bench@example.org Thu Jan  1 00:00:00 1970")?;
        out.write_all(&distinct(&mut dice, number, &date(mail_time(number))))?;
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

/// `1 Jan 1970 00:00:00 +0000` (RFC 5322 §3.3).
fn date(seconds: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Civil from days: the year begins in March, so that a leap day is its last.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + u64::from(month <= 2);
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or("Jan");
    format!("{day} {month} {year} {:02}:{:02}:{:02} +0000", second / 3600, second / 60 % 60, second % 60)
}
