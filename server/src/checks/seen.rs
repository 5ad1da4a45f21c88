//! What a check sees on its way: how long each stage takes, and what the server shows of itself.

use mail::Observed;
use mail::net::certificate::describe;
use model::Stage;
use model::health::{ServerShown, StageTime};
use std::time::Instant;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Seen {
    times: Vec<StageTime>,
    present: Option<(Stage, Instant)>,
    shown: ServerShown,
    signed_in: bool,
}

impl Seen {
    /// Takes what the opening of a session tells.
    pub fn observe(&mut self, observed: Observed) {
        match observed {
            Observed::Stage(stage) => self.enter(stage),
            Observed::Certificates(certificates) => {
                self.shown.certificates = certificates.iter().filter_map(describe).collect();
            }
            Observed::Secured { version, cipher } => {
                self.shown.protection = Some(format!("{version} with {cipher}"));
            }
            Observed::Through(_)
            | Observed::HostKey(_)
            | Observed::Addresses(_)
            | Observed::Tried { .. }
            | Observed::Words(_)
            | Observed::Mechanism(_) => {}
        }
    }

    /// A stage begins, or goes on.
    pub fn enter(&mut self, stage: Stage) {
        self.pause();
        self.present = Some((stage, Instant::now()));
    }

    /// Somebody is signed in to a server that can do this.
    pub fn signed_in(&mut self, capabilities: &[String]) {
        self.shown.capabilities = capabilities.to_vec();
        self.signed_in = true;
    }

    /// The times of all stages, in the order in which they began, and what the server showed where somebody signed in.
    pub fn end(mut self) -> (Vec<StageTime>, Option<ServerShown>) {
        self.pause();
        (self.times, self.signed_in.then_some(self.shown))
    }

    fn pause(&mut self) {
        let Some((stage, since)) = self.present.take() else { return };
        let took = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.times.iter_mut().find(|time| time.stage == stage) {
            Some(time) => time.milliseconds = time.milliseconds.saturating_add(took),
            None => self.times.push(StageTime { stage, milliseconds: took }),
        }
    }
}
