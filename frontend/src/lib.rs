//! The browser's entry: takes over the page that the server has rendered, when its piece of the program has arrived.
//! Deliberately absent: everything else.

/// Called once by the page when the WASM has been loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| app::stopped(&panic.to_string())));
    wasm_bindgen_futures::spawn_local(async {
        app::pages::pieces::arrived().await;
        leptos::mount::hydrate_body(app::App);
    });
}
