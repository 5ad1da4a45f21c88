//! Lives full of faults: whatever breaks, one after the other, in the middle of what the last fault left behind. After each
//! every message that was ever on the server is here or still there, and none is here twice; a check that nothing
//! disturbs finishes all of it. `RESTANTE_SOAK=1` runs 600 faults, which with the 400 deaths of `kills` make 1,000.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::disk::{Lock, limited, skip, strace_works, syncs_of};
use support::dovecot::{Dovecot, large_message, message};
use support::ledger::{
    Dice, check_until_empty, check_until_ok, hash, here, here_whole, receipts_are, soaks, there,
};
use support::postgres::Postgres;
use support::proxy::{Moment, Next, Proxy};
use support::restante::Restante;

/// Faults in one life.
const ROUNDS: u64 = 5;
/// What comes between two faults.
const ARRIVE: usize = 3;
/// Longer than anything may take: whatever is not over then, hangs.
const LONGEST: Duration = Duration::from_secs(90);

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The connection to the mail server ends after so many bytes of either side.
    Cut(u64),
    /// The program is killed after so many bytes of either side.
    Kill(u64),
    /// The connection to the database ends after so many bytes of either side.
    Database(u64),
    /// Of each thread the nth sync fails.
    Sync(u64),
    /// No file may grow beyond so many KiB.
    Full(u32),
    /// Somebody else holds the database for so many milliseconds.
    Locked(u64),
}

impl Fault {
    fn kind(self) -> &'static str {
        match self {
            Self::Cut(_) => "cuts of the connection to the mail server",
            Self::Kill(_) => "deaths",
            Self::Database(_) => "cuts of the connection to the database",
            Self::Sync(_) => "failing syncs",
            Self::Full(_) => "full disks",
            Self::Locked(_) => "locked databases",
        }
    }
}

/// Where the lives take place.
struct World {
    dovecot: Dovecot,
    restante: Restante,
    /// The wire to the database, where there is one.
    database: Option<Proxy>,
    dice: Dice,
    /// What a whole check says, in bytes: to the mail server and to the database.
    whole: BTreeMap<&'static str, (u64, u64)>,
    happened: BTreeMap<&'static str, u64>,
}

impl World {
    fn new(restante: Restante, database: Option<Proxy>) -> Self {
        let (dovecot, dice) = (Dovecot::start(), Dice(11));
        let mut world =
            Self { dovecot, restante, database, dice, whole: BTreeMap::new(), happened: BTreeMap::new() };
        for protocol in ["imap", "pop3"] {
            let mut life = Life::begin(&world, protocol, "measured");
            life.arrive(&world);
            let before = world.database.as_ref().map_or(0, Proxy::passed);
            check_until_ok(&world.restante, &life.user, "measuring");
            let database = world.database.as_ref().map_or(0, Proxy::passed) - before;
            world.whole.insert(protocol, (life.proxy.passed(), database));
        }
        world
    }

    fn fault(&mut self, protocol: &str) -> Fault {
        let (mail, database) = self.whole[protocol];
        let chance = self.dice.roll(100);
        if self.database.is_some() {
            return match chance {
                0..60 => Fault::Cut(self.dice.roll(mail)),
                60..80 => Fault::Kill(self.dice.roll(mail)),
                _ => Fault::Database(self.dice.roll(database)),
            };
        }
        match chance {
            0..50 => Fault::Cut(self.dice.roll(mail)),
            50..70 => Fault::Kill(self.dice.roll(mail)),
            70..82 if strace_works() => Fault::Sync(1 + self.dice.roll(4)),
            82..94 => Fault::Full(8 << self.dice.roll(5)),
            // Now and then for longer than anybody waits for it.
            94 => Fault::Locked(11_000),
            _ => Fault::Locked(self.dice.roll(1000)),
        }
    }

    /// Lives until so many faults have happened.
    fn suffers(mut self, faults: u64) {
        for number in 0.. {
            let protocol = if number % 2 == 0 { "imap" } else { "pop3" };
            let mut life = Life::begin(&self, protocol, &number.to_string());
            for _ in 0..ROUNDS {
                life.arrive(&self);
                let fault = self.fault(protocol);
                let what = format!("{protocol} life {number}, {fault:?}");
                if life.suffer(&self, fault, &what) {
                    *self.happened.entry(fault.kind()).or_default() += 1;
                }
                // First what is still there: a server may finish what it was told after the wire was cut.
                let there = there(&self.dovecot, &life.user);
                assert_eq!(
                    &here(&self.restante, &life.user, &what) | &there,
                    life.ever,
                    "{what}: here or there"
                );
            }
            let what = format!("{protocol} life {number}");
            check_until_empty(&self.restante, &self.dovecot, &life.user, &what);
            assert_eq!(here_whole(&self.restante, &life.user, &what), life.ever, "{what}: all of it is here");
            receipts_are(&self.restante, &life.user, &life.ever, &what);
            if self.happened.values().sum::<u64>() >= faults {
                break;
            }
        }
        let each: Vec<_> = self.happened.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let database = if self.database.is_some() { "PostgreSQL" } else { "SQLite" };
        let _ = writeln!(std::io::stderr(), "\ncounted: on {database} {}", each.join(", "));
    }
}

/// One account, and everything that was ever on its server.
struct Life {
    user: String,
    proxy: Proxy,
    ever: BTreeSet<String>,
}

impl Life {
    fn begin(world: &World, protocol: &str, name: &str) -> Self {
        let user = format!("{protocol}-{name}");
        let proxy = Proxy::to(if protocol == "imap" { world.dovecot.imap } else { world.dovecot.pop3 });
        world.restante.add_account(&user, protocol, proxy.port, "none", &["--keep-copy", "no"]);
        Self { user, proxy, ever: BTreeSet::new() }
    }

    fn arrive(&mut self, world: &World) {
        for number in self.ever.len()..self.ever.len() + ARRIVE {
            let mut raw = if number.is_multiple_of(ARRIVE) { large_message(number) } else { message(number) };
            // No two accounts have a message in common: what is here already would cost nothing.
            raw.extend(format!("{}\r\n", self.user).bytes());
            world.dovecot.deliver(&self.user, number, &raw);
            self.ever.insert(hash(&raw));
        }
    }

    /// A check in which a fault happens; false where the check was over before.
    fn suffer(&self, world: &World, fault: Fault, what: &str) -> bool {
        let arguments = ["check", &self.user, "--json"];
        let mut command = world.restante.command(&arguments);
        let begun = Instant::now();
        let (output, happened) = match (fault, &world.database) {
            (Fault::Cut(bytes), _) => cut(&self.proxy, bytes, &mut command),
            (Fault::Database(bytes), Some(database)) => cut(database, bytes, &mut command),
            (Fault::Database(_), None) => return false,
            (Fault::Kill(bytes), _) => return self.proxy.kill_after(&mut silent(command), bytes),
            (Fault::Sync(when), _) => {
                let asks = ["BODY.PEEK[]", "TOP "];
                let (output, failed) =
                    syncs_of(&self.proxy, &asks, &mut command, Some(&when.to_string()), None);
                (output, !failed.is_empty())
            }
            (Fault::Full(kib), _) => {
                let starter = limited(kib);
                let starter: Vec<&str> = starter.iter().map(String::as_str).collect();
                let output = world.restante.command_under(&starter, &arguments).output().unwrap();
                let happened = !output.status.success();
                (output, happened)
            }
            (Fault::Locked(milliseconds), _) => self.while_locked(world, &mut command, milliseconds),
        };
        assert!(begun.elapsed() < LONGEST, "{what} hangs");
        assert!(output.status.code().is_some(), "{what}: {:?}", output.status);
        let said = String::from_utf8_lossy(&output.stdout);
        let words = String::from_utf8_lossy(&output.stderr);
        // Where the program could not even open its database it says so in a sentence.
        let typed = ["\"ok\"", "\"failed\"", "\"busy\""].iter().any(|outcome| said.contains(outcome));
        assert!(typed || words.contains("database"), "{what}: {said} {words}");
        assert!(!words.contains("panicked"), "{what}: {words}");
        happened
    }

    /// Somebody takes the database as the program asks for bodies, and gives it back some time later.
    fn while_locked(&self, world: &World, command: &mut Command, milliseconds: u64) -> (Output, bool) {
        let data = world.restante.data().to_owned();
        let (sender, holding) = std::sync::mpsc::channel();
        let mut first = true;
        self.proxy.on(&["BODY.PEEK[]", "TOP "], Moment::Before, move |_| {
            if std::mem::take(&mut first) {
                let lock = Lock::take(&data);
                let given_back = std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(milliseconds));
                    drop(lock);
                });
                sender.send(given_back).unwrap();
            }
            Next::GoOn
        });
        let output = command.output().unwrap();
        self.proxy.calm();
        let Ok(given_back) = holding.try_recv() else { return (output, false) };
        given_back.join().unwrap();
        (output, true)
    }
}

fn cut(proxy: &Proxy, bytes: u64, command: &mut Command) -> (Output, bool) {
    proxy.cut_after(bytes);
    let output = command.output().unwrap();
    let happened = proxy.calm();
    (output, happened)
}

fn silent(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn any_faults_in_a_row_lose_and_double_nothing_on_sqlite() {
    if !strace_works() {
        skip("syncs that fail", "strace does not work here");
    }
    World::new(Restante::new(), None).suffers(if soaks() { 400 } else { 20 });
}

#[test]
fn any_faults_in_a_row_lose_and_double_nothing_on_postgresql() {
    let postgres = Postgres::start();
    let database = Proxy::to(postgres.port());
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", database.port);
    World::new(Restante::on(url), Some(database)).suffers(if soaks() { 200 } else { 10 });
}
