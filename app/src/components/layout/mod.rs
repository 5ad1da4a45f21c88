//! The frame around every screen: top bar with the Products menu, side menu of the settings, banner while offline.

mod palette;
mod settings;
mod top_bar;

pub use settings::SettingsFrame;

use super::feedback::OfflineBanner;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use palette::Palette;
use top_bar::TopBar;

/// Top bar, then the screen.
#[component]
pub fn Frame() -> impl IntoView {
    let finding = RwSignal::new(false);
    view! {
        <a class="skip-link" href="#content">"Skip to the content"</a>
        <TopBar finding />
        <Palette open=finding />
        <OfflineBanner />
        <Outlet />
    }
}
