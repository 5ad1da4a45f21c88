//! A report as one page of HTML, for people and printers: no script, no style from elsewhere, nothing to load.

use std::fmt::Write;

/// What stands before the rows of a table called `title`, made `at`.
pub fn head(title: &str, at: &str, header: &[&str]) -> String {
    let title = escaped(title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n<style>{STYLE}</style></head>\n\
         <body><h1>{title}</h1><p>{at}</p>\n<table><thead><tr>"
    );
    for name in header {
        // Writing into a text cannot fail.
        let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(name));
    }
    html + "</tr></thead>\n<tbody>\n"
}

/// One row.
pub fn row(cells: &[String]) -> String {
    let mut html = String::from("<tr>");
    for cell in cells {
        html.push_str("<td>");
        html.push_str(&escaped(cell));
        html.push_str("</td>");
    }
    html + "</tr>\n"
}

/// What stands after the rows.
pub const FOOT: &str = "</tbody></table></body></html>\n";

const STYLE: &str = "body{font:12px/1.4 system-ui,sans-serif;margin:2em}table{border-collapse:collapse;width:100%}\
                     th,td{border:1px solid #bbb;padding:.3em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
                     thead{display:table-header-group}tr{break-inside:avoid}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{head, row};

    #[test]
    fn what_mail_says_stays_text() {
        let evil = "<script>alert(1)</script>\" & co".to_owned();
        let html = head(&evil, "now", &["<b>"]) + &row(&[evil]);
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;alert(1)&lt;/script&gt;&quot; &amp; co").count(), 3);
    }
}
