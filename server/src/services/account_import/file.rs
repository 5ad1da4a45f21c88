//! Reading a file of accounts: its separator, its headings, its rows. Whatever is wrong is said with its line; nothing is
//! looked up here.

use super::columns::{Column, Said, column};
use csv::{ReaderBuilder, StringRecord};
use model::FieldErrors;

/// The largest file, in bytes.
const LARGEST: usize = 1024 * 1024;
/// The most rows of one file.
const MOST_ROWS: usize = 2_000;

/// One row as it was read.
#[derive(Debug)]
pub struct Row {
    /// The line where it begins.
    pub line: u64,
    /// What it says.
    pub said: Said,
    /// What is wrong with it so far, by column.
    pub errors: FieldErrors,
}

/// The rows of `text`. Blank ones are left out.
///
/// # Errors
/// One sentence, where it is no such file at all.
pub fn rows(text: &str, check_interval_minutes: &str) -> Result<Vec<Row>, String> {
    if text.len() > LARGEST {
        return Err("The file is larger than 1 MB.".to_owned());
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        ReaderBuilder::new().delimiter(separator(text)).flexible(true).from_reader(text.as_bytes());
    let columns = headings(reader.headers().map_err(|error| unreadable(&error))?)?;
    let (mut rows, mut lines) = (Vec::new(), Lines { text, line: 1, at: 0 });
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST_ROWS {
            return Err(format!("The file has more than {MOST_ROWS} rows. Take it in parts."));
        }
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        rows.push(row(line, &record, &columns, check_interval_minutes));
    }
    if rows.is_empty() {
        return Err("There is no account below the headings.".to_owned());
    }
    Ok(rows)
}

/// Spreadsheets separate by what their country uses.
fn separator(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    let mut best = b',';
    for other in [b';', b'\t'] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}

fn headings(record: &StringRecord) -> Result<Vec<Option<&'static Column>>, String> {
    let mut columns = Vec::with_capacity(record.len());
    let (mut unknown, mut named) = (Vec::new(), Vec::new());
    for heading in record {
        match column(heading) {
            Ok(known) => {
                if let Some(column) = known {
                    if named.contains(&column.name) {
                        return Err(format!("The column {} is there twice.", column.name));
                    }
                    named.push(column.name);
                }
                columns.push(known);
            }
            Err(_) => unknown.push(heading.trim().chars().take(40).collect::<String>()),
        }
    }
    if !named.contains(&"name") || !named.contains(&"address") {
        return Err("The first line has to name the columns, name and address among them.".to_owned());
    }
    if unknown.is_empty() {
        return Ok(columns);
    }
    let known: Vec<_> = super::columns::COLUMNS.iter().map(|column| column.name).collect();
    Err(format!("Unknown columns: {}. Known ones: {}.", unknown.join(", "), known.join(", ")))
}

/// Counts lines as an editor does; the reader takes CRLF for half a line more.
struct Lines<'a> {
    text: &'a str,
    line: u64,
    at: usize,
}

impl Lines<'_> {
    /// The line of the row that begins at or behind this byte; rows come in their order.
    fn of(&mut self, byte: u64) -> u64 {
        let rest = usize::try_from(byte).ok().and_then(|byte| self.text.get(byte..)).unwrap_or_default();
        let begins = self.text.len() - rest.trim_start_matches(['\r', '\n']).len();
        let passed = self.text.get(self.at..begins).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count() as u64;
        self.at = begins;
        self.line
    }
}

fn row(
    line: u64,
    record: &StringRecord,
    columns: &[Option<&'static Column>],
    check_interval_minutes: &str,
) -> Row {
    let (mut said, mut errors) = (Said::nothing(check_interval_minutes), FieldErrors::default());
    for (column, cell) in columns.iter().zip(record) {
        let Some(column) = column else { continue };
        let cell = if column.is_text { without_guard(cell) } else { cell };
        if let Err(message) = column.take(&mut said, cell) {
            errors.add(column.name, message);
        }
    }
    if record.len() > columns.len() {
        errors.add("name", "The row has more cells than there are columns: is a comma not quoted?");
    }
    said.settle();
    Row { line, said, errors }
}

/// The apostrophe that keeps a spreadsheet from taking a cell for a formula is not part of it.
fn without_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) => rest,
        _ => cell,
    }
}

fn unreadable(error: &csv::Error) -> String {
    let line = error.position().map_or_else(String::new, |position| format!(" in line {}", position.line()));
    format!("The file cannot be read{line}: it is no CSV in UTF-8.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Protocol, Security};

    fn read(text: &str) -> Vec<Row> {
        rows(text, "5").unwrap()
    }

    #[test]
    fn separators_quotes_and_blank_rows() {
        let comma = "\u{feff}Name,Address,Notes\r\n\"Sales, north\",mail.example.org,\"two\nlines\"\n,,\nb,c.example\n";
        let rows = read(comma);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(rows[0].said.draft.name, "Sales, north");
        assert_eq!(rows[0].said.draft.notes, "two\nlines");
        for text in ["Name;Address\na;b.example\n", "Name\tAddress\na\tb.example"] {
            assert_eq!(read(text)[0].said.draft.address, "b.example");
        }
    }

    #[test]
    fn the_connection_has_the_defaults_of_the_dialog() {
        let cases = [
            ("", "", "", Ok(Security::ImplicitTls), "993"),
            ("pop3", "", "", Ok(Security::ImplicitTls), "995"),
            ("IMAP", "TLS", "", Ok(Security::StartTls), "143"),
            ("POP3", "none", "", Ok(Security::Plaintext), "110"),
            ("", "", "No", Ok(Security::Plaintext), "143"),
            ("", "SSL", "yes", Ok(Security::ImplicitTls), "993"),
            ("", "SSL", "no", Err(()), ""),
            ("", "", "yes", Err(()), ""),
        ];
        for (protocol, kind, secure, security, port) in cases {
            let text = format!(
                "name,address,protocol,security,secure_connection\na,b.example,{protocol},{kind},{secure}"
            );
            let draft = &read(&text)[0].said.draft;
            assert_eq!(draft.security().map_err(|_| ()), security, "{text}");
            assert_eq!(draft.port, port, "{text}");
        }
        let named = read("name,address,port,protocol\na,b.example,2993,POP3");
        assert_eq!((&*named[0].said.draft.port, named[0].said.draft.protocol), ("2993", Protocol::Pop3));
    }

    #[test]
    fn what_is_no_such_file_is_said_at_once() {
        for (text, part) in [
            ("", "name the columns"),
            ("a,b\n1,2", "name the columns"),
            ("name,address", "no account below"),
            ("name,address,colour\na,b,red", "Unknown columns: colour. Known ones: name,"),
            ("name,address,Account name\na,b,c", "twice"),
        ] {
            let why = rows(text, "5").unwrap_err();
            assert!(why.contains(part), "{text:?}: {why}");
        }
        let many = format!("name,address\n{}", "a,b\n".repeat(2_001));
        assert!(rows(&many, "5").unwrap_err().contains("2000 rows"));
        assert!(rows(&"x".repeat(LARGEST + 1), "5").unwrap_err().contains("1 MB"));
    }

    #[test]
    fn what_is_wrong_with_a_cell_stands_at_its_column() {
        let rows = read("name,address,protocol,keep_copy,instant\na,b.example,smtp,perhaps,1,extra");
        let errors = &rows[0].errors;
        assert_eq!(errors.at("protocol"), Some("IMAP or POP3."));
        assert_eq!(errors.at("keep_copy"), Some("Yes or No."));
        assert!(errors.at("instant").is_none() && errors.at("name").unwrap().contains("more cells"));
    }

    #[test]
    fn a_formula_that_was_made_harmless_is_itself_again_and_a_password_stays_as_it_is() {
        let rows = read("name,address,password\n'=SUM(1),b.example,' =x ");
        assert_eq!(rows[0].said.draft.name, "=SUM(1)");
        assert_eq!(rows[0].said.password, "' =x ");
    }
}
