//! `restante`: reads the command line and hands over.

use clap::Parser;
use server::cli::{Cli, Exit};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match Box::pin(cli.run()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if let Some(sentence) = exit.sentence() {
                #[expect(clippy::print_stderr, reason = "the last word of a command line")]
                {
                    eprintln!("restante: {sentence}");
                }
            }
            ExitCode::from(Exit::code(&exit))
        }
    }
}
