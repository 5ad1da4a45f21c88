//! What a server far away costs, in round trips and in bytes. Deliberately absent: how long the machine takes over it.

use super::mail::{Dice, small};
use super::ours::Restante;
use super::server::Server;
use super::verdict::Line;
use super::wire::Wire;
use super::{Bench, settle};
use anyhow::Result;
use std::time::Duration;

const ROUND_TRIP: Duration = Duration::from_millis(80);
/// Messages that arrive in a mailbox of many.
const FEW: usize = 20;

/// How long 500 small messages take over a wire of 80 ms there and back, in round trips.
pub fn first_fetch(bench: &Bench, server: &Server, lines: &mut Vec<Line>) -> Result<()> {
    println!("500 messages from far away");
    let mut dice = Dice::new(17);
    server.mailboxes().fill("far", 0, 500, |number| small(&mut dice, number))?;
    let wire = Wire::to(server.imap, ROUND_TRIP / 2)?;
    settle()?;
    let restante = Restante::new(&bench.program, bench.folder.join("store"))?;
    restante.add("imap", wire.port, "far", false)?;
    let check = restante.check("far", false, 500)?;
    let trips = check.durable / ROUND_TRIP.as_secs_f64();
    lines.push(Line::at_most("500 messages at 80 ms a round trip, sign-in included", trips, 40.0, "trips"));
    Ok(())
}

/// What a check costs that finds nothing, and one that finds [`FEW`], where `restante` holds the mailbox of `user`.
pub fn later_checks(
    restante: &Restante,
    server: &Server,
    user: &str,
    stored: usize,
    lines: &mut Vec<Line>,
) -> Result<()> {
    // Far enough away that what is said in one breath is heard before the answer comes.
    let wire = Wire::to(server.imap, ROUND_TRIP / 2)?;
    restante.reach(user, wire.port)?;
    restante.check(user, false, 0)?;
    let (_, turns) = wire.count();
    let measure = if stored > 1000 {
        "round trips after the sign-in where nothing is new, in the large mailbox"
    } else {
        "round trips after the sign-in where nothing is new, in a small mailbox"
    };
    lines.push(Line::at_most(measure, as_number(turns), 3.0, "trips"));
    if stored > 1000 {
        let mut dice = Dice::new(19);
        let sent = server.mailboxes().fill(user, stored, FEW, |number| small(&mut dice, number))?;
        restante.check(user, false, FEW)?;
        let (heard, _) = wire.count();
        lines.push(Line::at_most(
            "bytes heard for 20 new messages in the large mailbox ÷ their own",
            as_number(heard) / as_number(sent),
            1.5,
            "×",
        ));
    }
    Ok(())
}

fn as_number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
