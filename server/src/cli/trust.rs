//! Whose certificates an account accepts, as flags of `account add` and `account edit`.

use super::Exit;
use clap::Args;
use model::AccountDraft;

/// What takes a rung away again.
const NONE: &str = "none";

/// The rungs between the system's roots and no look at all.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Accept certificates of the authorities in this file (PEM) in place of the system's; none: the system's again
    #[arg(long, value_name = "FILE|none")]
    ca_file: Option<String>,
    /// Accept the key of the certificate in this file (PEM) and no other; none: no such key
    #[arg(long, value_name = "FILE|none")]
    trust_certificate: Option<String>,
}

impl Arguments {
    /// Writes what was given into `draft`.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate, and a key where any is accepted.
    pub fn apply(&self, draft: &mut AccountDraft) -> Result<(), Exit> {
        if let Some(file) = &self.ca_file {
            draft.authority = if file == NONE { String::new() } else { read(file)? };
        }
        if let Some(file) = &self.trust_certificate {
            let described = |pem: &str| {
                let certificate = mail::net::certificate::in_pem(pem);
                certificate.ok_or_else(|| {
                    Exit::Usage(format!("--trust-certificate: {file} holds no certificate in PEM"))
                })
            };
            if file != NONE && draft.skip_certificate {
                let sentence = "--trust-certificate means nothing where any certificate is accepted: --skip-certificate no";
                return Err(Exit::Usage(sentence.to_owned()));
            }
            draft.pinned = if file == NONE { None } else { Some(described(&read(file)?)?) };
        }
        Ok(())
    }
}

fn read(file: &str) -> Result<String, Exit> {
    std::fs::read_to_string(file).map_err(|error| Exit::Because(format!("{file}: {error}")))
}
