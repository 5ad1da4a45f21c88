//! The command line: one file a subcommand. Every command works whether or not a server is running.

mod account;
mod account_fields;
mod account_import;
mod agent;
mod audit;
mod backup;
mod check;
mod config;
mod connector;
mod consent;
mod credential;
mod discover;
mod dry_run;
mod export;
mod folders;
mod import;
mod message;
mod operator;
mod output;
mod parameter;
mod person;
mod quarantine;
mod receipts;
mod restore;
mod serve;
mod test;
mod trust;
mod vault;

use crate::config::{Config, ConfigError, Flags};
use crate::services::ServiceError;
use crate::store::StoreError;
use crate::{Program, StartError};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Restante: fetches IMAP and POP3 mailboxes, keeps them safe, and shows them in a browser.
#[derive(Debug, Parser)]
#[command(
    name = "restante",
    version,
    about = "Fetches IMAP and POP3 mailboxes, keeps them safe, and shows them in a browser"
)]
#[command(max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags of every command. Their words are the help text, which is no Markdown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(clippy::doc_markdown, rustdoc::bare_urls, reason = "shown by --help as they are")]
pub struct Global {
    /// Folder that holds everything [default: ./data] [variable: RESTANTE_DATA]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Database: postgres://… or sqlite:PATH [default: inside the data folder] [variable: RESTANTE_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Configuration file in TOML [variable: RESTANTE_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Key of the vault [default: restante.key inside the data folder] [variable: RESTANTE_KEY_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Address to serve on; :0 picks a free port [default: 127.0.0.1:3000] [variable: RESTANTE_LISTEN]
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// How browsers reach the server, such as https://mail.example.org [variable: RESTANTE_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Certificate of our own, with those that lead to its authority, in PEM; read anew when it changes [variable: RESTANTE_TLS_CERT]
    #[arg(long, global = true, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key, in PEM [variable: RESTANTE_TLS_KEY]
    #[arg(long, global = true, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Proxies in front whose X-Forwarded-For is believed, such as 127.0.0.1, 10.0.0.0/8 [default: none] [variable: RESTANTE_TRUSTED_PROXIES]
    #[arg(long, global = true, value_name = "NETWORKS")]
    trusted_proxies: Option<String>,
    /// Form of the log on stderr: text or json [default: text] [variable: RESTANTE_LOG_FORMAT]
    #[arg(long, global = true, value_name = "FORM")]
    log_format: Option<String>,
    /// Which log lines, such as info or server=debug [default: info for serve, warn otherwise] [variable: RESTANTE_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console and check the accounts (the default)
    Serve,
    /// Print the effective configuration and where each value came from
    Config,
    /// People who sign in to the console
    #[command(subcommand)]
    Person(person::Command),
    /// Mail accounts
    #[command(subcommand)]
    Account(Box<account::Command>),
    /// Find the settings of an account from its e-mail address
    Discover(discover::Arguments),
    /// Named secrets that accounts sign in with
    #[command(subcommand)]
    Credential(credential::Command),
    /// Network Connectors: ways into networks that this server does not reach by itself
    #[command(subcommand)]
    Connector(connector::Command),
    /// The key that secrets are sealed with
    #[command(subcommand)]
    Vault(vault::Command),
    /// Check accounts now; returns when what is new is durable
    Check(check::Arguments),
    /// Test the connection of an account stage by stage; nothing changes anywhere
    Test(test::Arguments),
    /// List the stored messages of an account, newest first
    Messages(message::ListArguments),
    /// Show one stored message
    Message(message::ShowArguments),
    /// Write the stored messages of an account to files
    Export(export::Arguments),
    /// Read messages from files into an account
    Import(import::Arguments),
    /// Global settings
    #[command(subcommand)]
    Parameter(parameter::Command),
    /// List who did what, newest first
    Audit(audit::Arguments),
    /// List what was deleted on the server of an account, and why
    Receipts(receipts::Arguments),
    /// Messages that could not be taken in and stay on their server
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// Write everything but the vault's key to one file, while a server may be running
    Backup(backup::Arguments),
    /// Fill an empty data folder from such a file
    Restore(restore::Arguments),
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Exit {
    /// It failed, and said so already.
    #[error("failed")]
    Failed,
    /// It failed; the sentence says why.
    #[error("{0}")]
    Because(String),
    /// It was called wrongly; the sentence says how.
    #[error("{0}")]
    Usage(String),
    /// Another process holds the account.
    #[error("another process is checking this account")]
    Busy,
}

impl Exit {
    /// 1 failed, 2 usage, 3 busy.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed | Self::Because(_) => 1,
            Self::Usage(_) => 2,
            Self::Busy => 3,
        }
    }

    /// What to print, where it was not printed already.
    pub fn sentence(&self) -> Option<String> {
        (!matches!(self, Self::Failed)).then(|| self.to_string())
    }
}

macro_rules! because {
    ($($error:ty),*) => { $(impl From<$error> for Exit {
        fn from(error: $error) -> Self {
            Self::Because(error.to_string())
        }
    })* };
}
because!(StartError, StoreError, ServiceError, crate::checks::CheckError, std::io::Error);

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<model::FieldErrors> for Exit {
    fn from(errors: model::FieldErrors) -> Self {
        Self::Usage(errors.to_string())
    }
}

impl Cli {
    /// Does what the command line asks for.
    ///
    /// # Errors
    /// Why not, with the exit code.
    pub async fn run(self) -> Result<(), Exit> {
        let Self { global, command } = self;
        let json = global.json;
        let command = command.unwrap_or(Command::Serve);
        let config = Config::load(&flags(global, matches!(command, Command::Serve | Command::Config)))?;
        crate::telemetry::start(&config);
        match command {
            Command::Serve => Box::pin(serve::run(config)).await,
            Command::Config => config::run(&config, json),
            Command::Person(command) => command.run(&config, json).await,
            Command::Account(command) => Box::pin(command.run(&config, json)).await,
            Command::Discover(arguments) => arguments.run(&config, json).await,
            Command::Credential(command) => Box::pin(command.run(&config, json)).await,
            Command::Connector(command) => Box::pin(command.run(&config, json)).await,
            Command::Vault(command) => command.run(&config, json).await,
            Command::Check(arguments) => arguments.run(&config, json).await,
            Command::Test(arguments) => arguments.run(&config, json).await,
            Command::Messages(arguments) => arguments.run(&config, json).await,
            Command::Message(arguments) => arguments.run(&config, json).await,
            Command::Export(arguments) => arguments.run(&config, json).await,
            Command::Import(arguments) => arguments.run(&config, json).await,
            Command::Parameter(command) => command.run(&config, json).await,
            Command::Audit(arguments) => arguments.run(&config, json).await,
            Command::Receipts(arguments) => arguments.run(&config, json).await,
            Command::Quarantine(command) => command.run(&config, json).await,
            Command::Backup(arguments) => arguments.run(&config, json).await,
            Command::Restore(arguments) => arguments.run(&config, json).await,
        }
    }
}

fn flags(global: Global, serves: bool) -> Flags {
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    let quiet = (!serves && std::env::var_os("RESTANTE_LOG").is_none()).then(|| "warn".to_owned());
    let given = [
        ("data", path(global.data)),
        ("database_url", global.database_url),
        ("key_file", path(global.key_file)),
        ("listen", global.listen),
        ("public_url", global.public_url),
        ("tls_cert", path(global.tls_cert)),
        ("tls_key", path(global.tls_key)),
        ("trusted_proxies", global.trusted_proxies),
        ("log_format", global.log_format),
        ("log", global.log.or(quiet)),
    ];
    let values = given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    Flags { config: global.config, values }
}

/// Opens the program for one command.
async fn open(config: &Config) -> Result<Program, Exit> {
    // Nothing is listening and nothing asks it to stop: a command runs to its end.
    let (_, stop) = tokio::sync::watch::channel(false);
    // A server that runs with the same configuration is not to be dialled either.
    let own = if config.listen.port() == 0 { Vec::new() } else { vec![config.listen] };
    Ok(Program::open(config, own, stop).await?)
}

/// The account of that name.
async fn account(program: &Program, name: &str) -> Result<model::AccountSummary, Exit> {
    let found = program.store.find_account_by_name(name, program.clock.now()).await?;
    found.ok_or_else(|| Exit::Because(format!("there is no account named {name:?}")))
}
