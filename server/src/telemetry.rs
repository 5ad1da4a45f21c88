//! Log lines on stderr. Deliberately absent: secrets, at any level.

use crate::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// These log whole commands and answers, passwords and bodies included, below this level.
/// yamux and russh say a line for whatever a hostile agent or SSH server makes up.
const QUIET: [&str; 6] =
    ["async_imap=info", "imap_proto=info", "sqlx=warn", "rustls=info", "yamux=off", "russh=off"];

/// Starts logging as the configuration says.
pub fn start(config: &Config) {
    let mut filter = EnvFilter::builder().parse_lossy(&config.log);
    for directive in QUIET {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let registry = tracing_subscriber::registry().with(filter);
    // A second start (tests) keeps the first one's choice.
    let _ = match config.log_format {
        LogFormat::Text => registry.with(layer().with_writer(std::io::stderr)).try_init(),
        LogFormat::Json => registry.with(layer().json().with_writer(std::io::stderr)).try_init(),
    };
}
