//! Style attributes: which declarations are harmless. Deliberately absent: style sheets, which are dropped whole.

/// Every property that may stay. None of them takes a box out of the flow or loads anything.
pub(super) const PROPERTIES: [&str; 63] = [
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
];

const DISPLAYS: [&str; 10] = [
    "block",
    "inline",
    "inline-block",
    "none",
    "table",
    "table-row",
    "table-cell",
    "table-row-group",
    "list-item",
    "inline-table",
];

/// The harmless declarations of a style attribute.
pub(super) fn harmless(style: &str) -> String {
    let mut kept = String::new();
    for declaration in style.replace(['\n', '\r', '\t'], " ").split(';').take(100) {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        // `background: #222 url(…)`: without the picture the colour still decides whether the text can be read.
        let (name, value) = match value.split(' ').find(|word| word.starts_with('#')) {
            Some(colour) if name == "background" => ("background-color".to_owned(), colour),
            _ => (name, value),
        };
        if PROPERTIES.contains(&name.as_str()) && is_harmless(&name, value) {
            kept.push_str(&name);
            kept.push(':');
            kept.push_str(value);
            kept.push(';');
        }
    }
    kept
}

/// True where CSS would load something from the net.
pub(super) fn loads(css: &str) -> bool {
    let css = css.to_ascii_lowercase();
    let remote = css.contains("//") || css.contains("http");
    remote && (css.contains("url") || css.contains("@import") || css.contains("image") || css.contains('\\'))
}

fn is_harmless(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let plain = |c: char| c.is_alphanumeric() || " #%.,'\"!()+-_".contains(c);
    let words = ["url", "expression", "image", "script", "binding", "fixed", "absolute", "sticky"];
    let balanced = ['"', '\''].into_iter().all(|quote| value.matches(quote).count().is_multiple_of(2));
    value.len() <= 300
        && value.chars().all(plain)
        && balanced
        && !words.into_iter().any(|word| value.contains(word))
        && only_colour_functions(&value)
        && !has_negative(&value)
        && (name != "display" || DISPLAYS.contains(&value.trim_end_matches("!important").trim_end()))
}

fn only_colour_functions(value: &str) -> bool {
    let colour = |before: &str| ["rgb", "rgba", "hsl", "hsla"].into_iter().any(|name| before.ends_with(name));
    value.match_indices('(').all(|(at, _)| value.get(..at).is_some_and(colour))
        && value.matches('(').count() == value.matches(')').count()
}

fn has_negative(value: &str) -> bool {
    let number =
        |at: usize| value.as_bytes().get(at + 1).is_some_and(|&byte| byte.is_ascii_digit() || byte == b'.');
    value.match_indices('-').any(|(at, _)| number(at))
}

#[cfg(test)]
mod tests {
    use super::{harmless, loads};

    #[test]
    fn looks_stay_and_everything_else_goes() {
        for (style, kept) in [
            (
                "Color: RED; font-family: 'Segoe UI', -apple-system",
                "color:RED;font-family:'Segoe UI', -apple-system;",
            ),
            ("background: rgb(1, 2, 3) !important", "background:rgb(1, 2, 3) !important;"),
            ("background: url(https://x.example/a.png)", ""),
            ("background: #222 url(https://x.example/a.png)", "background-color:#222;"),
            ("background: u\\72l(//x.example)", ""),
            ("background: ur/**/l(//x.example)", ""),
            ("position: fixed; top: 0; color: blue", "color:blue;"),
            ("margin-left: -9999px; width: expression(alert(1))", ""),
            ("width: calc(1px); color: var(--x)", ""),
            ("display: flex; display: none", "display:none;"),
            ("behavior: url(x.htc); -moz-binding: url(x)", ""),
            ("color: red} body {color: blue", ""),
            ("@import 'x'; font-size: 12px", "font-size:12px;"),
        ] {
            assert_eq!(harmless(style), kept, "{style}");
        }
    }

    #[test]
    fn a_sheet_that_loads_is_noticed() {
        assert!(loads("a{background:URL('//x.example/p')}"));
        assert!(loads("@import \"https://x.example\""));
        assert!(!loads("p{color:red}"));
    }
}
