//! The first page of a PDF as a picture. A stranger's PDF is the most intricate thing that a message can bring along, so it
//! is read by a process of its own: this program started anew, which may use so much memory and time, holds three pipes and
//! can open nothing else, no file and no connection. Whatever becomes of it, the server goes on.
//!
//! Deliberately absent: other pages, text, forms and whatever a PDF would like to run.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

/// The word that starts the process that draws; no command for people.
pub const COMMAND: &str = "pdf-page";

/// Bytes of a PDF that is looked into.
const LARGEST: usize = 32 << 20;
/// Bytes of its picture.
const LARGEST_PICTURE: u64 = 16 << 20;
/// Pixels of the longer edge.
const EDGE: f32 = 1400.0;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Seconds of a processor, and bytes of memory.
const CPU: u64 = 10;
const MEMORY: u64 = 1 << 30;
/// How the process ends that was given a PDF with a password.
const LOCKED: u8 = 3;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPage {
    /// A PNG.
    Picture(Vec<u8>),
    /// It wants a password.
    Locked,
    /// It is larger than what is looked into.
    TooLarge,
    /// It could not be read, or not within its limits.
    Unreadable,
}

/// Draws the first page of `pdf`.
pub async fn first_page(pdf: &[u8]) -> FirstPage {
    if pdf.len() > LARGEST {
        return FirstPage::TooLarge;
    }
    let drawn = timeout(PATIENCE, draw_elsewhere(pdf)).await;
    let (code, picture) = match drawn {
        Ok(Ok(drawn)) => drawn,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the process that draws PDFs could not be used");
            return FirstPage::Unreadable;
        }
        // The process ended with its handle.
        Err(_) => return FirstPage::Unreadable,
    };
    match code {
        Some(0) if !picture.is_empty() => FirstPage::Picture(picture),
        Some(code) if code == i32::from(LOCKED) => FirstPage::Locked,
        _ => FirstPage::Unreadable,
    }
}

/// How the process ended, and what it wrote.
async fn draw_elsewhere(pdf: &[u8]) -> std::io::Result<(Option<i32>, Vec<u8>)> {
    let mut child = Command::new(this_program()?)
        .arg(COMMAND)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let writing = async {
        if let Some(stdin) = &mut stdin {
            // Whoever has read enough closes its end, which is no failure.
            drop(stdin.write_all(pdf).await);
        }
        drop(stdin);
    };
    let reading = async {
        let mut picture = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(LARGEST_PICTURE).read_to_end(&mut picture).await?;
        }
        std::io::Result::Ok(picture)
    };
    let ((), picture) = tokio::join!(writing, reading);
    Ok((child.wait().await?.code(), picture?))
}

/// The file of this program, also where a newer one has taken its name.
fn this_program() -> std::io::Result<std::path::PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() }
}

/// The process that draws: a PDF comes in, a PNG goes out.
pub fn draw() -> ExitCode {
    if !give_up_everything() {
        return ExitCode::FAILURE;
    }
    let mut pdf = Vec::new();
    if std::io::stdin().lock().take(LARGEST as u64 + 1).read_to_end(&mut pdf).is_err() {
        return ExitCode::FAILURE;
    }
    match picture_of(pdf) {
        Ok(picture) if std::io::stdout().lock().write_all(&picture).is_ok() => ExitCode::SUCCESS,
        Err(LoadPdfError::Decryption(_)) => ExitCode::from(LOCKED),
        _ => ExitCode::FAILURE,
    }
}

/// From here on no file and no connection can be opened, whatever happens; false where that cannot be had.
fn give_up_everything() -> bool {
    let limits = [
        (Resource::Nofile, 3),
        (Resource::As, MEMORY),
        (Resource::Cpu, CPU),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ];
    for (resource, most) in limits {
        if setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_err() {
            return false;
        }
    }
    true
}

fn picture_of(pdf: Vec<u8>) -> Result<Vec<u8>, LoadPdfError> {
    let pdf = Pdf::new(pdf)?;
    let page = pdf.pages().iter().next().ok_or(LoadPdfError::Invalid)?;
    let (width, height) = page.render_dimensions();
    let scale = (EDGE / width.max(height)).min(3.0);
    // A page of no extent, or of none that is a number.
    let fits = |edge: f32| (1.0..=EDGE + 1.0).contains(&(edge * scale));
    if !fits(width) || !fits(height) {
        return Err(LoadPdfError::Invalid);
    }
    let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &pixels,
    );
    drawn.into_png().map_err(|_| LoadPdfError::Invalid)
}
