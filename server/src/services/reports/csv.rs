//! One CSV row (RFC 4180) that a spreadsheet cannot mistake for a formula.

/// The fields as one line with CRLF at its end.
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        line.push_str(&cell(field));
    }
    line.push_str("\r\n");
    line
}

fn cell(field: &str) -> String {
    let field: String = field.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let formula = field.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let field = if formula { format!("'{field}") } else { field };
    if field.contains([',', '"', '\'', ';']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn formulas_stay_text_and_rows_stay_rows() {
        let cases = [
            (vec!["a", "b"], "a,b\r\n"),
            (vec!["a,\"b\""], "\"a,\"\"b\"\"\"\r\n"),
            (vec!["=HYPERLINK(1)"], "\"'=HYPERLINK(1)\"\r\n"),
            (vec!["\t-1", "@x", "+1"], "\"' -1\",\"'@x\",\"'+1\"\r\n"),
            (vec!["two\r\nlines"], "two  lines\r\n"),
        ];
        for (fields, expected) in cases {
            assert_eq!(row(fields.iter().copied()), expected);
        }
    }
}
