//! The one place that writes to stdout.

use super::Exit;
use serde::Serialize;
use std::io::Write;

/// One line, flushed. A reader that went away (`| head`) ends the command quietly.
pub fn line(text: &str) -> Result<(), Exit> {
    bytes(format!("{text}\n").as_bytes())
}

/// Exact bytes, flushed.
pub fn bytes(bytes: &[u8]) -> Result<(), Exit> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|_| Exit::Failed)
}

/// One JSON value on one line.
pub fn json(value: &impl Serialize) -> Result<(), Exit> {
    let text = serde_json::to_string(value).map_err(|error| Exit::Because(error.to_string()))?;
    line(&text)
}

/// Something for the person who waits, on stderr.
pub fn progress(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody reading the progress is no reason to stop.
    let _ = writeln!(stderr, "{text}");
}

/// Columns under headings, padded to their widest cell.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> Result<(), Exit> {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let padded = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(&padded(&mut headings.iter().copied()))?;
    rows.iter().try_for_each(|row| line(&padded(&mut row.iter().map(String::as_str))))
}

/// Text from a mail, made safe for a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
