//! The report of a connection test, as it grows.

use mail::net::certificate::describe;
use mail::{MailError, Observed};
use model::{
    AccountSettings, Certificate, ConnectionTest, Fact, Remedy, Security, Stage, StageFailure, StageReport,
    Timestamp, Trust,
};
use std::net::IpAddr;
use std::time::Instant;

/// A certificate that ends sooner than this is worth a word.
const SOON_DAYS: i64 = 21;

/// What is known, and who is told of each change.
pub struct Report<'a> {
    settings: &'a AccountSettings,
    now: Timestamp,
    test: ConnectionTest,
    /// Where the present stage stands in the list, and since when it goes on.
    present: Option<(usize, Instant)>,
    told: &'a mut (dyn FnMut(&ConnectionTest) + Send),
}

/// Something good to know.
pub fn fact(text: impl Into<String>) -> Fact {
    Fact { text: text.into(), warns: false }
}

/// Something that somebody should know.
pub fn warning(text: impl Into<String>) -> Fact {
    Fact { text: text.into(), warns: true }
}

impl<'a> Report<'a> {
    /// Nothing is known so far.
    pub fn new(
        settings: &'a AccountSettings,
        now: Timestamp,
        told: &'a mut (dyn FnMut(&ConnectionTest) + Send),
    ) -> Self {
        Self { settings, now, test: ConnectionTest::default(), present: None, told }
    }

    /// Takes what the opening tells.
    pub fn observe(&mut self, seen: Observed) {
        match seen {
            Observed::Stage(stage) => self.enter(stage),
            Observed::Through(connector) => self.note(fact(format!(
                "The Network Connector {connector} looks {} up in its own network.",
                self.settings.address
            ))),
            Observed::HostKey(shown) => {
                self.note(fact(format!("The Network Connector shows the host key {shown}.")));
            }
            Observed::Addresses(addresses) => {
                let list: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
                let host = &self.settings.address;
                let text = match host.parse::<IpAddr>() {
                    Ok(_) => "An address needs no look-up.".to_owned(),
                    Err(_) => format!("{host} leads to {}.", list.join(", ")),
                };
                self.note(fact(text));
            }
            Observed::Tried { address, trouble: None } => self.note(fact(format!("{address} answered."))),
            Observed::Tried { trouble: Some(trouble), .. } => self.note(warning(trouble)),
            Observed::Certificates(certificates) => {
                let described: Vec<_> = certificates.iter().filter_map(describe).collect();
                self.change(|stage| stage.certificates = described);
            }
            Observed::Secured { version, cipher } => {
                self.note(fact(format!("{version} with {cipher}.")));
                self.judge_certificate();
            }
            Observed::Words(words) => self.change(|stage| stage.server_reply = Some(words)),
            Observed::Mechanism(mechanism) => self.note(fact(format!("Signed in by {mechanism}."))),
        }
    }

    /// A stage begins, or goes on where it went on before.
    pub fn enter(&mut self, stage: Stage) {
        self.pause();
        if stage == Stage::Greeting && self.settings.security == Security::Plaintext {
            self.tell_of_plain_text();
        }
        let at = self.place(stage);
        self.present = Some((at, Instant::now()));
        if let Some(report) = self.test.stages.get_mut(at) {
            report.ended = false;
        }
        self.tell();
    }

    /// Adds to a stage that was there.
    pub fn at(&mut self, stage: Stage, change: impl FnOnce(&mut StageReport)) {
        let at = self.place(stage);
        if let Some(report) = self.test.stages.get_mut(at) {
            change(report);
        }
        self.tell();
    }

    /// Adds to the present stage.
    pub fn note(&mut self, fact: Fact) {
        self.change(|stage| stage.facts.push(fact));
    }

    /// The server's own certificate, where it showed one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.test.stages.iter().find_map(|stage| stage.certificates.first())
    }

    /// Everything went well.
    pub fn succeeded(mut self) -> ConnectionTest {
        self.pause();
        self.end()
    }

    /// The server, or the way to it, let it go no further.
    pub fn failed(self, error: &MailError, remedy: Option<Remedy>) -> ConnectionTest {
        let failure = StageFailure { cause: Some(error.kind), error: error.detail.clone(), remedy };
        self.failed_with(error.stage, failure, error.server_reply.clone())
    }

    /// It could not be tried, for a reason of ours.
    pub fn failed_here(self, stage: Stage, error: String) -> ConnectionTest {
        self.failed_with(stage, StageFailure { cause: None, error, remedy: None }, None)
    }

    /// It ended at `stage`.
    fn failed_with(
        mut self,
        stage: Stage,
        failure: StageFailure,
        server_reply: Option<String>,
    ) -> ConnectionTest {
        self.pause();
        let at = self.place(stage);
        if let Some(report) = self.test.stages.get_mut(at) {
            report.ended = true;
            report.failure = Some(failure);
            report.server_reply = server_reply.or(report.server_reply.take());
        }
        self.end()
    }

    fn end(mut self) -> ConnectionTest {
        self.test.ended = true;
        self.tell();
        self.test
    }

    /// The present stage waits, or is over.
    fn pause(&mut self) {
        if let Some((at, since)) = self.present.take()
            && let Some(report) = self.test.stages.get_mut(at)
        {
            let took = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            report.milliseconds = report.milliseconds.saturating_add(took);
            report.ended = true;
        }
    }

    fn place(&mut self, stage: Stage) -> usize {
        if let Some(at) = self.test.stages.iter().position(|report| report.stage == stage) {
            return at;
        }
        self.test.stages.push(StageReport {
            stage,
            ended: true,
            milliseconds: 0,
            facts: Vec::new(),
            certificates: Vec::new(),
            server_reply: None,
            failure: None,
        });
        self.test.stages.len() - 1
    }

    fn change(&mut self, change: impl FnOnce(&mut StageReport)) {
        if let Some((at, _)) = self.present
            && let Some(report) = self.test.stages.get_mut(at)
        {
            change(report);
        }
        self.tell();
    }

    fn tell(&mut self) {
        self.test.revision += 1;
        (self.told)(&self.test);
    }

    fn tell_of_plain_text(&mut self) {
        let here = self.settings.address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let told = if here {
            fact("Nothing protects the connection, which does not leave this machine.")
        } else {
            warning("Nothing protects the connection: everybody on the way can read the password.")
        };
        self.at(Stage::Security, |stage| stage.facts.push(told));
    }

    fn judge_certificate(&mut self) {
        let judged = match self.settings.trust() {
            Trust::SystemRoots => None,
            Trust::Authority(_) => Some(fact("An authority that was uploaded vouches for the certificate.")),
            Trust::Pinned(_) => Some(fact("The key is the one that is trusted.")),
            Trust::Any => Some(warning("The certificate was not looked at: Skip certificate is Yes.")),
        };
        if let Some(judged) = judged {
            self.note(judged);
        }
        if let Some(left) = self.certificate().map(|shown| shown.not_after.since(self.now) / 86_400_000)
            && (0..SOON_DAYS).contains(&left)
        {
            self.note(warning(format!("The certificate is valid for {left} more days.")));
        }
    }
}
