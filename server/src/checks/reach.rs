//! What a Network Connector reaches: a connection test as far as that needs no account. Deliberately absent: whose
//! certificate it is, which an account judges, and signing in.

use super::run::CheckError;
use super::{Checks, way};
use mail::net::certificate::describe;
use mail::{Dialer, Limits, MailError, Observed, Secret, Target, Trust};
use model::{Cause, ConnectorStage, ConnectorSummary, ConnectorTest, Protocol, Security, Stage};
use std::time::{Duration, Instant};

/// How long a server may take to greet where it may as well wait for TLS.
const SHORT_GREETING: Duration = Duration::from_secs(5);
/// Bytes of what is said about a stage.
const WORDS: usize = 500;

impl Checks {
    /// Tries to reach a mail server through a connector, and tells each stage that went well. It comes to its end within
    /// four times the limit of a sign-in.
    pub async fn reach(&self, connector: &ConnectorSummary, address: &str, port: u16) -> ConnectorTest {
        let began = Instant::now();
        let mut trial = Trial { address: address.to_owned(), port, ..Trial::default() };
        let failure = self.try_to_reach(connector, &mut trial).await.err().map(CheckError::into_failure);
        let host_key = trial.host_key.filter(|shown| *shown != connector.settings.host_key);
        let (stages, greeting) = (trial.stages, trial.greeting);
        ConnectorTest {
            stages,
            milliseconds: whole_milliseconds(began.elapsed()),
            greeting,
            failure,
            host_key,
        }
    }

    async fn try_to_reach(&self, connector: &ConnectorSummary, trial: &mut Trial) -> Result<(), CheckError> {
        let dialer = way::through(self, connector).await?;
        let (mut target, is_known) = target(&trial.address, trial.port, self.limits());
        let offered = match trial.sound_out(&target, dialer.as_ref()).await {
            // A port that says nothing about what is there.
            Err(error) if error.kind == Cause::WrongProtocol && !is_known => {
                target.protocol = Protocol::Pop3;
                trial.sound_out(&target, dialer.as_ref()).await?
            }
            Err(error) if error.kind == Cause::PlainOnTlsPort && !is_known => {
                target.security = Security::ImplicitTls;
                trial.sound_out(&target, dialer.as_ref()).await?
            }
            outcome => outcome?,
        };
        let starts_tls = |word: &String| matches!(word.as_str(), "STARTTLS" | "STLS");
        if target.security == Security::Plaintext && offered.iter().any(starts_tls) {
            target.security = Security::StartTls;
            trial.sound_out(&target, dialer.as_ref()).await?;
        }
        Ok(())
    }
}

/// What is usual on a port, and whether anything is.
fn target(address: &str, port: u16, limits: Limits) -> (Target, bool) {
    let protocol = if matches!(port, 110 | 995) { Protocol::Pop3 } else { Protocol::Imap };
    let is_known = matches!(port, 110 | 143 | 993 | 995);
    let greeting = if is_known { limits.greeting } else { limits.greeting.min(SHORT_GREETING) };
    let security = if matches!(port, 993 | 995) { Security::ImplicitTls } else { Security::Plaintext };
    let target = Target {
        protocol,
        address: address.to_owned(),
        port,
        security,
        trust: Trust::SkipVerification,
        user_name: String::new(),
        secret: Secret::Password(String::new().into()),
        limits: Limits { greeting, ..limits },
        transcript: None,
    };
    (target, is_known)
}

/// What went well so far, and what is under way.
#[derive(Default)]
struct Trial {
    address: String,
    port: u16,
    stages: Vec<ConnectorStage>,
    present: Option<(Stage, Instant, String)>,
    greeting: Option<String>,
    host_key: Option<String>,
}

impl Trial {
    async fn sound_out(&mut self, target: &Target, dialer: &dyn Dialer) -> Result<Vec<String>, MailError> {
        self.stages.clear();
        self.present = None;
        let offered = mail::sound_out(target, dialer, &mut |seen| self.observe(seen)).await?;
        if !offered.is_empty() {
            self.note(&offered.join(" "));
        }
        self.pass();
        Ok(offered)
    }

    fn observe(&mut self, seen: Observed) {
        match seen {
            Observed::Stage(stage) => {
                self.pass();
                self.present = Some((stage, Instant::now(), String::new()));
            }
            Observed::Through(name) => {
                self.note(&format!("{name} looks {} up in its own network.", self.address));
            }
            Observed::HostKey(shown) => self.host_key = Some(shown),
            Observed::Certificates(chain) => {
                if let Some(own) = chain.first().and_then(describe) {
                    self.note(&format!("The certificate of {}, by {}.", own.subject, own.issuer));
                }
            }
            Observed::Secured { version, .. } => {
                self.note(&format!("{version}. Whether that certificate is trusted, the account judges."));
            }
            Observed::Words(words) => {
                self.note(&words);
                self.greeting = Some(words);
            }
            Observed::Addresses(_) | Observed::Tried { .. } | Observed::Mechanism(_) => {}
        }
    }

    /// Something is known about what is under way.
    fn note(&mut self, text: &str) {
        if let Some((_, _, words)) = &mut self.present {
            if !words.is_empty() {
                words.push(' ');
            }
            words.extend(text.chars().take(WORDS));
        }
    }

    /// What was under way went well.
    fn pass(&mut self) {
        let Some((stage, since, mut words)) = self.present.take() else { return };
        if words.is_empty() {
            words = match stage {
                Stage::Connect => format!("{}:{} answers.", self.address, self.port),
                Stage::Greeting => self.greeting.clone().unwrap_or_else(|| "It greets.".to_owned()),
                _ => "Nothing to tell.".to_owned(),
            };
        }
        self.stages.push(ConnectorStage { stage, milliseconds: whole_milliseconds(since.elapsed()), words });
    }
}

fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
