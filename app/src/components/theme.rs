//! Light, dark, or whatever the system says; remembered in the cookie `theme`, which the server reads before it
//! renders, so that no page flashes in the wrong colours.

use super::icon::Icon;
use crate::view::view;
use leptos::prelude::*;

/// The colours of the screen, where a person has chosen them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// The stable id, in the cookie and in `data-theme`: `light` or `dark`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.id() == id)
    }
}

/// What the cookie `theme` of the request says; `None` follows the system. The server provides it as context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ThemeChoice(pub Option<Theme>);

#[cfg(feature = "ssr")]
impl ThemeChoice {
    /// The choice among the `Cookie` headers of a request.
    pub fn from_cookies<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        let pairs =
            headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let chosen = pairs.filter(|(name, _)| *name == "theme").find_map(|(_, value)| Theme::from_id(value));
        Self(chosen)
    }
}

/// The choice between the system's colours, light and dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let choice = RwSignal::new(initial_choice());
    let button = move |theme: Option<Theme>, label: &'static str, icon: &'static str| {
        view! {
            <button
                type="button"
                class="theme-choice"
                title=label
                aria-label=label
                aria-pressed=move || if choice.get() == theme { "true" } else { "false" }
                on:click=move |_| {
                    choice.set(theme);
                    apply(theme);
                }
            >
                <Icon name=icon />
            </button>
        }
    };
    view! {
        <div class="theme-switch" role="group" aria-label="Theme">
            {button(None, "System theme", "system")}
            {button(Some(Theme::Light), "Light theme", "light")}
            {button(Some(Theme::Dark), "Dark theme", "dark")}
        </div>
    }
}

#[cfg(not(feature = "hydrate"))]
fn initial_choice() -> Option<Theme> {
    use_context::<ThemeChoice>().and_then(|choice| choice.0)
}

/// What the server has written into the document.
#[cfg(feature = "hydrate")]
fn initial_choice() -> Option<Theme> {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("data-theme"))
        .and_then(|id| Theme::from_id(&id))
}

#[cfg(not(feature = "hydrate"))]
fn apply(_: Option<Theme>) {}

#[cfg(feature = "hydrate")]
fn apply(theme: Option<Theme>) {
    use wasm_bindgen::JsCast;
    if let Some(html) = document().document_element() {
        let _ = match theme {
            Some(theme) => html.set_attribute("data-theme", theme.id()),
            None => html.remove_attribute("data-theme"),
        };
    }
    let cookie = theme.map_or_else(
        || "theme=; Path=/; Max-Age=0; SameSite=Lax".to_owned(),
        |theme| format!("theme={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.id()),
    );
    // A browser that refuses cookies forgets the choice at the next visit; nothing else is lost.
    let _ = document().unchecked_into::<web_sys::HtmlDocument>().set_cookie(&cookie);
}
