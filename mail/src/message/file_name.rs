//! File names that a sender chose, made safe to show and to save. They are display data: nothing is ever stored
//! under them here.

use super::display;

/// Longest name in bytes.
const LONGEST: usize = 150;
/// Longest extension, with its dot, that is kept when a name is cut.
const LONGEST_EXTENSION: usize = 20;

/// A name that no file system and no screen misreads: one path component, no control or direction characters, no
/// leading dot, no reserved Windows name, at most 150 bytes with its extension kept, never empty (`attachment`).
pub fn safe_file_name(name: &str) -> String {
    let line = display::one_line(name, 1000);
    let plain = |c: char| if "/\\:*?\"<>|".contains(c) || is_slash(c) { '_' } else { c };
    let replaced: String = line.chars().map(plain).collect();
    // Windows drops dots and spaces at the end, and with them an extension's disguise.
    let trimmed = replaced.trim_start_matches(['.', ' ', '~']).trim_end_matches(['.', ' ']);
    let cut = shortened(trimmed);
    if cut.chars().all(|c| c == '_' || c.is_whitespace()) {
        return "attachment".to_owned();
    }
    let stem = cut.split('.').next().unwrap_or_default().trim_end();
    if is_reserved(stem) { format!("_{cut}") } else { cut }
}

/// Characters that look like a path separator.
fn is_slash(character: char) -> bool {
    matches!(character, '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}' | '\u{2024}')
}

fn is_reserved(stem: &str) -> bool {
    let stem = stem.to_ascii_uppercase();
    let numbered = ["COM", "LPT"].into_iter().find_map(|device| stem.strip_prefix(device));
    let number = numbered.is_some_and(|rest| {
        let mut characters = rest.chars();
        matches!((characters.next(), characters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    });
    number || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].contains(&stem.as_str())
}

fn shortened(name: &str) -> String {
    // One byte is left for the underscore in front of a reserved name.
    let longest = LONGEST - 1;
    if name.len() <= longest {
        return name.to_owned();
    }
    let at = name.rfind('.').filter(|&at| name.len() - at <= LONGEST_EXTENSION).unwrap_or(name.len());
    let (stem, extension) = name.split_at(at);
    let stem = display::beginning(stem, longest - extension.len());
    format!("{}{extension}", stem.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::safe_file_name;

    #[test]
    fn a_name_is_one_harmless_component() {
        for (name, safe) in [
            ("report.pdf", "report.pdf"),
            ("Grüße 2024 (final).docx", "Grüße 2024 (final).docx"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\..\\boot.ini", "_.._boot.ini"),
            ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
            (".bashrc", "bashrc"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nb\0c.txt", "a b c.txt"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1 .txt", "_com1 .txt"),
            ("com10.txt", "com10.txt"),
            ("", "attachment"),
            (" . ", "attachment"),
            ("///", "attachment"),
            ("x.exe. . ", "x.exe"),
            ("a\u{2215}b", "a_b"),
            ("<script>.html", "_script_.html"),
        ] {
            assert_eq!(safe_file_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let safe = safe_file_name(&format!("{}.pdf", "ü".repeat(400)));
        assert!(safe.len() <= 150 && safe.ends_with("ü.pdf"), "{safe}");
        assert!(safe_file_name(&format!("a.{}", "b".repeat(400))).len() <= 150);
    }
}
