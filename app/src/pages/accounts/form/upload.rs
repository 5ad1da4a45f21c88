//! A small text file that somebody chose, as text. Deliberately absent: sending it anywhere.

use leptos::ev::Event;
use leptos::prelude::*;

/// Gives the text of the file that was chosen to `on_text`; a file that is no text gives what of it is.
#[cfg(feature = "hydrate")]
pub fn read_text(event: &Event, on_text: Callback<String>) {
    use leptos::wasm_bindgen::JsCast;
    use leptos::wasm_bindgen::closure::Closure;
    use leptos::web_sys::{FileReader, HtmlInputElement};
    let input = event_target::<HtmlInputElement>(event);
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    let Ok(reader) = FileReader::new() else { return };
    let source = reader.clone();
    let read = Closure::once_into_js(move || {
        if let Some(text) = source.result().ok().and_then(|text| text.as_string()) {
            on_text.run(text);
        }
    });
    reader.set_onload(Some(read.unchecked_ref()));
    let _ = reader.read_as_text(&file);
}

/// No file is chosen on the server.
#[cfg(not(feature = "hydrate"))]
pub fn read_text(_: &Event, _: Callback<String>) {}
