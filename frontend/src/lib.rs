//! The browser's entry: takes over the page that the server has rendered. Deliberately absent: everything else.

/// Called once by the page when the WASM has been loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Without it a panic is the one word "unreachable". People get the small build, which has no words to print.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    leptos::mount::hydrate_lazy(app::App);
}
