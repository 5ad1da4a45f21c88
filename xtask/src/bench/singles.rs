//! What is measured against a fixed limit: processor time a message, memory, and what a wire costs. Deliberately absent:
//! peers.

use super::mail::{Dice, large, mixed, small};
use super::ours::Restante;
use super::server::Mailboxes;
use super::verdict::Line;
use super::{Bench, distance, settle};
use anyhow::Result;

const ACCOUNTS: usize = 10;

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

    let (grown, window) = (bench.scaled(200_000), bench.scaled(20_000));
    println!("a mailbox that grows to {} messages", grown + window);
    let mut dice = Dice::new(13);
    server.mailboxes().fill("growing", 0, grown + window, |number| small(&mut dice, number))?;
    let growing = restante("growing")?;
    let growth = growth(&growing, first, grown, window)?;
    lines.push(Line::at_most("processor time a message at 200,000 stored ÷ at 10,000", growth, 1.2, "×"));
    distance::later_checks(&growing, &server, "growing", grown + window, lines)?;
    drop(growing);

    let mut dice = Dice::new(23);
    server.mailboxes().fill("calm", 0, 100, |number| small(&mut dice, number))?;
    let calm = restante("calm")?;
    calm.check("calm", false, 100)?;
    distance::later_checks(&calm, &server, "calm", 100, lines)?;
    drop(calm);
    distance::first_fetch(bench, &server, lines)
}

/// How much more of the processor a message needs where `grown` are stored than where `first` are: a `window` of messages
/// each, within one check, so that both are measured on the same machine at nearly the same time.
fn growth(restante: &Restante, first: usize, grown: usize, window: usize) -> Result<f64> {
    let marks = [first, first + window, grown, grown + window];
    let [before, early, later, end] = restante.check_by_marks("growing", marks)?;
    let each = |from: (usize, f64), to: (usize, f64)| (to.1 - from.1) / count(to.0 - from.0);
    Ok(each(later, end) / each(before, early))
}

fn count(messages: usize) -> f64 {
    f64::from(u32::try_from(messages).unwrap_or(u32::MAX))
}
