//! `restante person …`

use super::operator::operator;
use super::{Exit, open, output};
use crate::config::Config;
use crate::services::people::People;
use clap::Subcommand;
use model::{CredentialKind, Role};
use secrecy::SecretString;
use std::io::Read;
use std::sync::Arc;

/// Bytes of a secret that is a file.
const MOST_BYTES: u64 = 20_000;

/// People who sign in to the console.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a person
    Add {
        /// The name they sign in with
        name: String,
        /// What they may do: administrator
        #[arg(long, value_parser = role)]
        role: Role,
        /// Read the password from the first line of stdin
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

fn role(id: &str) -> Result<Role, String> {
    Role::from_id(id).ok_or_else(|| "expected administrator".to_owned())
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let Self::Add { name, role, password_stdin: _ } = self;
        let password = password_from_stdin()?;
        let program = open(config).await?;
        let people = People::load(program.store.clone(), Arc::clone(&program.clock)).await?;
        let id = people.add(&operator(), &name, role, password).await??;
        if json {
            output::json(&serde_json::json!({ "id": id, "name": name.trim(), "role": role }))
        } else {
            output::line(&format!("{} was added as {}", output::plain(name.trim()), role.id()))
        }
    }
}

/// The first line of stdin, without its line break.
pub fn password_from_stdin() -> Result<SecretString, Exit> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    one_line(&line)
}

/// The same, or the whole of stdin where the secret is a file.
pub fn secret_from_stdin(kind: CredentialKind) -> Result<SecretString, Exit> {
    if kind != CredentialKind::SshKey {
        return password_from_stdin();
    }
    let mut text = String::new();
    std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(SecretString::from(text))
}

fn one_line(line: &str) -> Result<SecretString, Exit> {
    let password = line.strip_suffix('\n').unwrap_or(line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Exit::Usage("expected a password on stdin".to_owned()));
    }
    Ok(SecretString::from(password))
}
