//! `restante-connector`: reaches mail servers of its own network for a Restante server elsewhere. It dials out, listens
//! nowhere, needs no rights, and keeps one file: its key.

mod agent;

use agent::AgentError;
use agent::allow::{AllowList, Pattern};
use agent::link::ServerUrl;
use clap::{Args, Parser, Subcommand};
use connector::keys::PublicKey;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::PathBuf;
use std::process::ExitCode;

/// Reaches mail servers of this network for a Restante server elsewhere.
#[derive(Parser)]
#[command(name = "restante-connector", version, max_term_width = 100)]
struct Arguments {
    /// The file with the key [default: key in the state folder: /var/lib/restante-connector for root]
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Stay connected and reach mail servers, until it is told to end
    Run(Allowed),
    /// Become known to a server; the code from its screen is read from stdin
    Enrol {
        /// The server, such as `https://mail.example.org`
        server: ServerUrl,
        /// The key that the server has to prove, from the same screen
        // One of 64 keys begins with a dash.
        #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
        server_key: PublicKey,
        /// Forget whatever this agent was enrolled with before
        #[arg(long)]
        replace: bool,
    },
    /// Ask the server how this agent stands; 0 where it is connected
    Status,
    /// Write a unit for systemd, which runs the agent without any rights
    Install {
        #[command(flatten)]
        allowed: Allowed,
        /// Print it instead
        #[arg(long)]
        print: bool,
    },
}

#[derive(Args)]
struct Allowed {
    /// What it may reach, whatever the server asks: *:993, imap.example.org:993, *.example.org:143, 10.1.0.0/16:110
    /// [default: *:143 *:993 *:110 *:995]
    #[arg(long = "allow", value_name = "HOST:PORT")]
    patterns: Vec<Pattern>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    raise_open_files();
    // One thread: the network is the limit, and memory counts.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(AgentError::Io).and_then(|runtime| runtime.block_on(run(arguments)));
    match done {
        Ok(code) => code,
        Err(error) => {
            agent::log(&format!("error: {error}"));
            ExitCode::from(error.code())
        }
    }
}

/// As many as the system lets us: what is usual is fewer than the streams that an agent carries.
fn raise_open_files() {
    let most = getrlimit(Resource::Nofile).maximum;
    // Without it there are fewer streams at once, which is said to whoever asks for one too many.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most });
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
async fn run(arguments: Arguments) -> Result<ExitCode, AgentError> {
    let key_file = arguments.key_file.unwrap_or_else(agent::key_file::usual_place);
    match arguments.command {
        Command::Run(Allowed { patterns }) => agent::run::run(&key_file, AllowList::new(patterns)).await?,
        Command::Enrol { server, server_key, replace } => {
            let code = agent::enrol::code()?;
            let connector = agent::enrol::enrol(server, server_key, code, &key_file, replace).await?;
            println!("This agent serves {connector} from now on. Its key is in {}.", key_file.display());
            println!("Start it: restante-connector run, or for good: restante-connector install");
        }
        Command::Status => {
            let (identity, connector, connected) = agent::enrol::status(&key_file).await?;
            let words = if connected { "connected" } else { "not connected" };
            println!("{connector} at {}: {words}", identity.server);
            println!("key: {}", identity.key.public());
            return Ok(ExitCode::from(u8::from(!connected)));
        }
        Command::Install { allowed, print } if print => {
            print!("{}", agent::install::unit(&std::env::current_exe()?, &allowed.patterns));
        }
        Command::Install { allowed, .. } => {
            agent::install::install(&allowed.patterns)?;
            println!("Wrote {}. Start it with:", agent::install::UNIT);
            println!("  systemctl daemon-reload && systemctl enable --now restante-connector");
        }
    }
    Ok(ExitCode::SUCCESS)
}
