//! Two hundred people open the inbox at once while thousands of messages are fetched: everybody is answered, and nobody waits
//! much longer than without the fetch. Both are measured in one run, as a ratio. `RESTANTE_SOAK=1` fetches 10,000.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::dovecot::{Dovecot, message};
use support::ledger::soaks;
use support::restante::Restante;
use support::server::Server;

const PEOPLE: usize = 200;
/// The fetch may make the slowest answer so many times slower.
const SLOWER: u32 = 4;
/// Below this nobody notices, and a busy machine makes any ratio.
const UNNOTICED: Duration = Duration::from_millis(250);

/// No fetch among so many readers takes longer.
const LONGEST: Duration = Duration::from_mins(3);

/// All of them ask for the list at once, again and again until it is `over`, at least twice; the 99th percentile.
fn crowd(server: &Server, cookie: &str, over: &AtomicBool) -> Duration {
    let times = Mutex::new(Vec::new());
    let end = Instant::now() + LONGEST;
    thread::scope(|scope| {
        for person in 0..PEOPLE {
            let times = &times;
            scope.spawn(move || {
                let query =
                    json!({ "query": { "filter": { "account": null }, "page_size": 30 + person % 20 } });
                let mut asked = 0;
                while asked < 2 || (!over.load(Ordering::Relaxed) && Instant::now() < end) {
                    let began = Instant::now();
                    let answer = server.call("messages/list", cookie, &query);
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    times.lock().unwrap().push(began.elapsed());
                    asked += 1;
                }
            });
        }
    });
    let mut times = times.into_inner().unwrap();
    times.sort();
    times.get(times.len() * 99 / 100).copied().unwrap()
}

#[test]
fn two_hundred_readers_are_answered_while_thousands_of_messages_come() {
    let messages = if soaks() { 10_000 } else { 1000 };
    let dovecot = Dovecot::start();
    for number in 0..messages {
        dovecot.deliver("many", number, &message(number));
    }
    let restante = Restante::new();
    // What is listed before the fetch as well.
    dovecot.deliver("few", 0, &message(0));
    restante.add_account("few", "imap", dovecot.imap, "none", &[]);
    restante.check("few");
    restante.add_account("many", "imap", dovecot.imap, "none", &[]);
    let (server, cookie) = Server::start_signed_in(&restante);

    let over = AtomicBool::new(true);
    crowd(&server, &cookie, &over);
    let alone = crowd(&server, &cookie, &over);
    let stored = || restante.numbers("SELECT COUNT(*) FROM message").first().copied().unwrap_or(0);
    let begun = server.call("accounts/check", &cookie, &json!({ "id": 2 }));
    assert_eq!(begun.status, 200, "{}", begun.body);
    let all = i64::try_from(messages).unwrap() + 1;
    over.store(false, Ordering::Relaxed);
    let beside = thread::scope(|scope| {
        scope.spawn(|| {
            let end = Instant::now() + LONGEST;
            while stored() < all && Instant::now() < end {
                thread::sleep(Duration::from_millis(200));
            }
            over.store(true, Ordering::Relaxed);
        });
        crowd(&server, &cookie, &over)
    });
    assert_eq!(stored(), all, "the fetch went on as well");
    println!(
        "counted: p99 of {PEOPLE} readers {alone:.1?} alone, {beside:.1?} while {messages} messages came"
    );
    assert!(beside <= UNNOTICED.max(alone * SLOWER), "{beside:?} instead of {alone:?}");
}
