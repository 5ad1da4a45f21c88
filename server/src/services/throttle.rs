//! How often a password may be guessed: ten tries a name and a hundred an address in a quarter of an hour, and never a
//! lock-out that lasts.

use model::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const WINDOW: i64 = 15 * 60 * 1000;
const TRIES_A_NAME: usize = 10;
const TRIES_AN_ADDRESS: usize = 100;
/// Beyond this many keys the oldest windows are forgotten, so that a flood of names cannot fill the memory.
const MOST_KEYS: usize = 100_000;

/// The failed tries of the last quarter of an hour.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, Vec<i64>>>);

impl Throttle {
    /// True where `name` from `address` may try (again) now.
    pub fn permits(&self, name: &str, address: &str, now: Timestamp) -> bool {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |key: &str| {
            tries.get(key).map_or(0, |times| times.iter().filter(|at| now.0 - **at < WINDOW).count())
        };
        recent(&name_key(name)) < TRIES_A_NAME && recent(&address_key(address)) < TRIES_AN_ADDRESS
    }

    /// True for the first try of a quarter of an hour that is refused for what is used up, the name's tries or the
    /// address's: who goes on trying does not fill the records.
    pub fn is_first_refusal(&self, name: &str, address: &str, now: Timestamp) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent =
            |times: &Vec<i64>| times.iter().filter(|at| now.0 - **at < WINDOW).count() >= TRIES_AN_ADDRESS;
        let used_up = if tries.get(&address_key(address)).is_some_and(recent) {
            address_key(address)
        } else {
            name_key(name)
        };
        let told = tries.entry(format!("r:{used_up}")).or_default();
        told.retain(|at| now.0 - *at < WINDOW);
        let first = told.is_empty();
        if first {
            told.push(now.0);
        }
        first
    }

    /// Remembers a failed try.
    pub fn failed(&self, name: &str, address: &str, now: Timestamp) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() > MOST_KEYS {
            tries.retain(|_, times| times.iter().any(|at| now.0 - *at < WINDOW / 15));
        }
        for key in [name_key(name), address_key(address)] {
            let times = tries.entry(key).or_default();
            times.retain(|at| now.0 - *at < WINDOW);
            times.push(now.0);
        }
    }

    /// Forgets the tries of a name that has just signed in.
    pub fn succeeded(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&name_key(name));
    }
}

fn name_key(name: &str) -> String {
    format!("n:{}", name.to_lowercase().chars().take(200).collect::<String>())
}

fn address_key(address: &str) -> String {
    format!("a:{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_a_name_then_a_pause_that_ends() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            assert!(throttle.permits("Ana", "::1", Timestamp(0)));
            throttle.failed("ana", "::1", Timestamp(0));
        }
        assert!(!throttle.permits("ANA", "other", Timestamp(WINDOW - 1)));
        assert!(throttle.permits("ana", "other", Timestamp(WINDOW)));
        assert!(throttle.permits("bruno", "::1", Timestamp(0)), "others are not locked out with her");
        throttle.succeeded("ana");
        assert!(throttle.permits("ana", "::1", Timestamp(0)));
    }

    #[test]
    fn a_hundred_tries_an_address() {
        let throttle = Throttle::default();
        for number in 0..100 {
            throttle.failed(&format!("name{number}"), "::1", Timestamp(0));
        }
        assert!(!throttle.permits("fresh", "::1", Timestamp(0)));
        assert!(throttle.permits("fresh", "::2", Timestamp(0)));
    }
}
