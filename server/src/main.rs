//! `restante`: reads the command line and hands over.

use clap::Parser;
use server::cli::{Cli, Exit};
use server::pdf_page;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything is read or opened: the process that looks into strangers' files has none of its own.
    if std::env::args_os().nth(1).is_some_and(|word| word == pdf_page::COMMAND) {
        return pdf_page::draw();
    }
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
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
