//! The agent: dials out to the server, and reaches for it what its allow-list holds.

pub mod allow;
pub mod control;
pub mod enrol;
pub mod install;
pub mod key_file;
pub mod link;
pub mod reach;
pub mod run;
pub mod session;

use connector::frame::Refusal;
use connector::keys::KeyError;
use connector::noise::HandshakeError;
use std::io;
use std::path::PathBuf;

/// Why the agent does not do what it should; each is a sentence for whoever runs it.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// It was called wrongly.
    #[error("{0}")]
    Usage(String),
    /// The key file cannot be read or written.
    #[error("{}: {error}", path.display())]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
    /// The server listens to nobody from here for a while.
    #[error("{0} had too many wrong tries from this address: it listens again within a quarter of an hour")]
    NotHeard(String),
    /// The server cannot be reached.
    #[error("{server} cannot be reached: {error}")]
    Unreachable {
        /// The server.
        server: String,
        /// What the network said.
        error: io::Error,
    },
    /// Whoever answered there is not the server that was enrolled with.
    #[error("{server}: {error}")]
    Handshake {
        /// The server.
        server: String,
        /// What was wrong.
        error: HandshakeError,
    },
    /// The server does not let it in.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A key is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl AgentError {
    /// It may be otherwise later, without anybody doing anything here.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Handshake { .. } | Self::Refused(_) | Self::NotHeard(_)
        )
    }

    /// 2 called wrongly, 3 not let in, 1 anything else.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused(Refusal::Unknown | Refusal::Revoked) => 3,
            _ => 1,
        }
    }
}

/// Says something on stderr, where systemd and containers look for it.
#[expect(clippy::print_stderr, reason = "the agent has no other log")]
pub fn log(words: &str) {
    eprintln!("{words}");
}
