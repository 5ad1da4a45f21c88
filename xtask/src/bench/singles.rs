//! What is measured against a fixed limit: processor time a message, memory, and what a wire costs. Deliberately absent:
//! peers.

use super::mail::{Dice, large, mixed, small};
use super::ours::Restante;
use super::server::{Mailboxes, Server};
use super::verdict::Line;
use super::{Bench, distance, settle};
use anyhow::Result;
use std::collections::BTreeMap;

const ACCOUNTS: usize = 10;
/// Measurements of a mailbox of one size.
const PROBES: usize = 3;

/// Runs them and adds a line each.
pub fn measure(bench: &Bench, lines: &mut Vec<Line>) -> Result<()> {
    let per_account = bench.scaled(1000);
    let mailboxes = Mailboxes::new(bench.folder.join("lab"))?;
    let (small_count, first) = (bench.scaled(50_000), bench.scaled(10_000));
    let mut dice = Dice::new(11);
    mailboxes.fill("small", 0, small_count, |number| small(&mut dice, number))?;
    mailboxes.fill("large", 0, 1, |_| large(&mut dice, 97_000_000))?;
    for account in 0..ACCOUNTS {
        mailboxes.fill(&format!("ten{account}"), 0, per_account, |number| mixed(&mut dice, number))?;
    }
    let server = mailboxes.serve()?;
    let restante = |user: &str| -> Result<Restante> {
        settle()?;
        let restante = Restante::new(&bench.program, bench.folder.join("store"))?;
        restante.add("imap", server.imap, user, false)?;
        Ok(restante)
    };

    println!("{small_count} messages of 4 KiB");
    let check = restante("small")?.check("small", false, small_count)?;
    let per_second = count(small_count) / check.cost.cpu;
    lines.push(Line::at_least(
        "small messages durable a second of our processor time",
        per_second,
        3000.0,
        "",
    ));

    println!("one message of 100 MB");
    let check = restante("large")?.check("large", true, 1)?;
    lines.push(Line::at_most("peak memory with one message of 100 MB", check.cost.memory, 200.0, "MB"));

    println!("{ACCOUNTS} accounts at once");
    let many = Restante::new(&bench.program, bench.folder.join("store"))?;
    for account in 0..ACCOUNTS {
        many.add("imap", server.imap, &format!("ten{account}"), true)?;
    }
    let memory = many.serve_until(ACCOUNTS * per_account)?;
    lines.push(Line::at_most("peak memory with ten accounts at once", memory, 200.0, "MB"));
    drop(many);

    let grown = bench.scaled(200_000);
    println!("a mailbox that grows from {first} to {grown} messages");
    let growing = restante("growing")?;
    let (probe, beside) = (bench.scaled(5000), bench.folder.join("beside"));
    let growth = growth(&growing, &Restante::new(&bench.program, beside)?, &server, first, grown, probe)?;
    lines.push(Line::at_most("processor time a message at 200,000 stored ÷ at 10,000", growth, 1.2, "×"));
    distance::later_checks(&growing, &server, "growing", grown + PROBES * probe, lines)?;
    drop(growing);

    let mut dice = Dice::new(23);
    server.mailboxes().fill("calm", 0, 100, |number| small(&mut dice, number))?;
    let calm = restante("calm")?;
    calm.check("calm", false, 100)?;
    distance::later_checks(&calm, &server, "calm", 100, lines)?;
    drop(calm);
    distance::first_fetch(bench, &server, lines)
}

/// How much more of the processor a message needs in the mailbox that has grown. The small mailbox is measured before and
/// after, because machines that are shared are not as fast at one moment as at another: each time some probes, of which
/// the middle one counts.
fn growth(
    growing: &Restante,
    beside: &Restante,
    server: &Server,
    first: usize,
    grown: usize,
    probe: usize,
) -> Result<f64> {
    let mut delivered = BTreeMap::new();
    let mut fetch = |restante: &Restante, user: &str, new: usize| -> Result<f64> {
        let before = delivered.entry(user.to_owned()).or_insert(0);
        let mut dice = Dice::new(13 + u64::try_from(*before)?);
        server.mailboxes().fill(user, *before, new, |number| small(&mut dice, number))?;
        *before += new;
        settle()?;
        Ok(restante.check(user, false, new)?.cost.cpu / count(new))
    };
    fetch(growing, "growing", first)?;
    let mut early = Vec::new();
    for _ in 0..PROBES {
        early.push(fetch(growing, "growing", probe)?);
    }
    fetch(growing, "growing", grown.saturating_sub(first + PROBES * probe).max(1))?;
    let mut late = Vec::new();
    for _ in 0..PROBES {
        late.push(fetch(growing, "growing", probe)?);
    }
    beside.add("imap", server.imap, "beside", false)?;
    fetch(beside, "beside", first)?;
    for _ in 0..PROBES {
        early.push(fetch(beside, "beside", probe)?);
    }
    Ok(middle(late) / middle(early))
}

/// The median; of an even number the mean of the two in the middle.
fn middle(mut costs: Vec<f64>) -> f64 {
    costs.sort_by(f64::total_cmp);
    let (lower, upper) = (costs.get((costs.len() - 1) / 2), costs.get(costs.len() / 2));
    lower.zip(upper).map_or(f64::NAN, |(lower, upper)| f64::midpoint(*lower, *upper))
}

fn count(messages: usize) -> f64 {
    f64::from(u32::try_from(messages).unwrap_or(u32::MAX))
}
