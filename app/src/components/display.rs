//! How screens look, as the system parameters say: the server provides it as context and writes it into the document as one
//! line, where the browser reads it once. Deliberately absent: changing it (a page that was loaded keeps it until it is
//! loaded again), and reading more of the line than a screen needs, which would be kilobytes of WASM.

/// A word of [`model::Display::line`].
#[derive(Debug, Clone, Copy)]
pub enum Look {
    /// Records per page unless a person chooses.
    PageSize,
    /// The sizes to choose from, with commas between them.
    PageSizes,
    /// `n`: the search fields are open until somebody closes them.
    HideFilters,
    /// `y`: date filters ask for hour and minute.
    TimeInFilters,
    /// Minutes, as a new account starts with.
    CheckInterval,
    /// As [`model::Timestamp::text`] reads it.
    DateFormat,
}

/// How this page looks.
pub fn look(word: Look) -> String {
    line().splitn(6, ' ').nth(word as usize).unwrap_or_default().to_owned()
}

/// The whole line.
#[cfg(not(feature = "hydrate"))]
pub fn line() -> String {
    leptos::prelude::use_context::<model::Display>().unwrap_or_default().line()
}

/// The whole line, as the server wrote it into the document.
#[cfg(feature = "hydrate")]
fn line() -> &'static str {
    use std::sync::OnceLock;
    static LINE: OnceLock<String> = OnceLock::new();
    LINE.get_or_init(|| {
        let html = leptos::prelude::document().document_element();
        html.and_then(|html| html.get_attribute("data-display")).unwrap_or_default()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use leptos::prelude::{Owner, provide_context};
    use model::Display;

    #[test]
    fn each_word_is_found_in_the_line() {
        Owner::new().with(|| {
            let date_format = "d b Y H:M".to_owned();
            provide_context(Display {
                page_size: 7,
                page_sizes: vec![7, 9],
                date_format,
                ..Display::default()
            });
            let words = [Look::PageSize, Look::PageSizes, Look::HideFilters, Look::TimeInFilters];
            assert_eq!(words.map(look), ["7", "7,9", "y", "n"]);
            assert_eq!([Look::CheckInterval, Look::DateFormat].map(look), ["5", "d b Y H:M"]);
        });
    }
}
