//! A real authorization server, which does what a test wants of it.

use super::{Running, lab};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// An authorization server on loopback; its tokens are for the mailbox `ana`.
pub struct Authorization {
    pub url: String,
    agent: ureq::Agent,
    _process: Running,
}

impl Authorization {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        let mut process = Command::new("node")
            .arg(lab("authorization_server.mjs"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0);
        Self { url, agent: config.build().into(), _process: Running(process) }
    }

    /// Where Dovecot asks about tokens.
    pub fn introspection(&self) -> String {
        format!("{}/introspect", self.url)
    }

    /// Tells it what a test wants, such as `/set?revoke=refresh`.
    pub fn tell(&self, path: &str) {
        let answer = self.agent.get(format!("{}{path}", self.url)).call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }

    /// The grants that were asked for, the first one first.
    pub fn asked(&self) -> Vec<String> {
        let mut answer = self.agent.get(format!("{}/asked", self.url)).call().unwrap();
        let asked: Vec<Value> = answer.body_mut().read_json().unwrap();
        asked.into_iter().map(|grant| grant.as_str().unwrap().to_owned()).collect()
    }

    /// Where somebody is sent back to who agrees (`allow`) or does not (`refuse`) on the page `address`.
    pub fn decide(&self, address: &str, decision: &str) -> String {
        let address = address.replacen("/authorize?", &format!("/{decision}?"), 1);
        let answer = self.agent.get(address).call().unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// The arguments that name it as the provider.
    pub fn arguments(&self, grant: &str, client: &str) -> Vec<String> {
        [
            ("--provider", "other".to_owned()),
            ("--grant", grant.to_owned()),
            ("--client-id", client.to_owned()),
            ("--authorize-url", format!("{}/authorize", self.url)),
            ("--device-url", format!("{}/device", self.url)),
            ("--token-url", format!("{}/token", self.url)),
            ("--scope", "mail offline_access".to_owned()),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag.to_owned(), value])
        .collect()
    }
}
