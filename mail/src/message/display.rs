//! Text from a message as it may stand on a screen or in a database column: without control characters, without
//! the characters that turn the reading direction over, and of bounded length.

/// One line of at most `longest` characters: whitespace and control characters fold into single spaces.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut space = false;
    for character in text.chars().filter(|&c| !is_invisible(c)) {
        if character.is_whitespace() || character.is_control() {
            space = length > 0;
            continue;
        }
        if length + usize::from(space) >= longest {
            break;
        }
        if space {
            line.push(' ');
            length += 1;
            space = false;
        }
        line.push(character);
        length += 1;
    }
    line
}

/// Text of several lines and at most `longest` bytes: line ends become `\n`, other control characters go. The
/// second value is true where something was cut off.
pub(super) fn lines(text: &str, longest: usize) -> (String, bool) {
    let mut kept = String::with_capacity(text.len().min(longest));
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let character = match character {
            '\r' if characters.peek() == Some(&'\n') => continue,
            '\r' | '\u{2028}' | '\u{2029}' => '\n',
            '\n' | '\t' => character,
            '\u{202d}' | '\u{202e}' | '\u{feff}' => continue,
            other if other.is_control() => continue,
            other => other,
        };
        if kept.len() + character.len_utf8() > longest {
            return (kept, true);
        }
        kept.push(character);
    }
    (kept, false)
}

/// True for characters that change how their neighbours read and show nothing themselves.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The longest beginning of `text` within `longest` bytes that ends between two characters.
pub(super) fn beginning(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{beginning, lines, one_line};

    #[test]
    fn a_line_has_neither_controls_nor_overrides() {
        assert_eq!(one_line("  a\r\n\tb\0c \u{202e}txt.exe ", 100), "a b c txt.exe");
        assert_eq!(one_line("abcdef", 3), "abc");
        assert_eq!(one_line("ab cd", 3), "ab");
    }

    #[test]
    fn lines_keep_their_ends_in_one_form() {
        assert_eq!(lines("a\r\nb\rc\0\td", 100), ("a\nb\nc\td".to_owned(), false));
        assert_eq!(lines("grün", 3), ("gr".to_owned(), true));
    }

    #[test]
    fn a_beginning_never_cuts_a_character() {
        assert_eq!(beginning("grün", 3), "gr");
        assert_eq!(beginning("grün", 99), "grün");
    }
}
