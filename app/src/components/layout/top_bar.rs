//! The bar at the top: name, Products menu, live dot, theme, person.

use super::palette::PaletteButton;
use crate::api::asked::Asked;
use crate::api::session::current_person;
use crate::components::icon::Icon;
use crate::components::live::{Connection, use_live};
use crate::components::menu::Menu;
use crate::components::theme::ThemeSwitch;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::components::A;

/// The bar at the top of every screen.
#[component]
pub fn TopBar(
    /// The palette is on the screen.
    finding: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <header class="top-bar">
            <a class="brand" href="/">
                <Icon name="mark" />
                <span class="brand-name">"Restante"</span>
            </a>
            <nav aria-label="Products">
                <Menu id="products" label="Products menu" icon="products" hover=true class="bar-button">
                    <li>
                        <A href="/inbox">
                            <Icon name="inbox" />
                            "Inbox"
                        </A>
                    </li>
                    <li>
                        <A href="/reports">
                            <Icon name="clock" />
                            "Reports"
                        </A>
                    </li>
                    <li>
                        <A href="/settings">
                            <Icon name="settings" />
                            "Settings"
                        </A>
                    </li>
                </Menu>
            </nav>
            <span class="bar-gap"></span>
            <PaletteButton open=finding />
            <LiveDot />
            <ThemeSwitch />
            <PersonMenu />
        </header>
    }
}

/// Whether new mail shows up by itself.
#[component]
fn LiveDot() -> impl IntoView {
    let connection = use_live().connection;
    let words = move || match connection.get() {
        Connection::Opening => "Connecting",
        Connection::Open => "Live",
        Connection::Lost => "Reconnecting",
    };
    view! {
        <span
            class="live"
            data-state=move || match connection.get() {
                Connection::Opening => "opening",
                Connection::Open => "open",
                Connection::Lost => "lost",
            }
            title="Live: changes appear by themselves"
        >
            <span class="live-dot"></span>
            <span class="live-word">{words}</span>
        </span>
    }
}

#[component]
fn PersonMenu() -> impl IntoView {
    let person = Asked::once(current_person);
    let name = move || {
        let person = person.get().and_then(Result::ok);
        person
            .and_then(|person| person.as_ref().as_ref().map(|person| person.name.clone()))
            .unwrap_or_default()
    };
    view! {
        <Suspense>
            {move || {
                let name = name();
                (!name.is_empty())
                    .then(|| {
                        view! {
                            <Menu id="person" label=name icon="person" at_end=true class="bar-button">
                                <li>
                                    // A plain form: it works while nothing else does.
                                    <form method="post" action="/sign-out">
                                        <button type="submit">"Sign out"</button>
                                    </form>
                                </li>
                            </Menu>
                        }
                    })
            }}
        </Suspense>
    }
}
