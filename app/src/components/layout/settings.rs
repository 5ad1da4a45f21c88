//! The settings: a side menu and, beside it, one screen of them. Under 900 px the menu is a drawer.

use crate::components::icon::Icon;
use crate::view::view;
use leptos::html::Nav;
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};

/// The side menu and the chosen screen.
#[component]
pub fn SettingsFrame() -> impl IntoView {
    let drawer = NodeRef::<Nav>::new();
    let close = move |_| {
        if let Some(drawer) = drawer.get_untracked() {
            // It refuses where it is not open as a drawer: nothing to close then.
            let _ = drawer.hide_popover();
        }
    };
    view! {
        <div class="settings">
            <button type="button" class="button button-small drawer-button" popovertarget="side-menu">
                <Icon name="menu" />
                "Settings menu"
            </button>
            <nav class="side" id="side-menu" popover="auto" aria-label="Settings" node_ref=drawer>
                <p class="side-group">"E-mail"</p>
                <ul on:click=close>
                    {entry("/settings/email/accounts", "mail", "IMAP Configuration / POP3")}
                    {entry("/settings/credentials", "key", "Credentials")}
                    {entry("/settings/connectors", "route", "Network Connectors")} {entry("/settings/audit", "eye", "Audit")}
                </ul>
                <p class="side-group">"System Parameters"</p>
                <ul on:click=close>{entry("/settings/parameters", "settings", "Global › Application")}</ul>
            </nav>
            <div class="settings-screen">
                <Outlet />
            </div>
        </div>
    }
}

/// A screen of the settings.
fn entry(href: &'static str, icon: &'static str, label: &'static str) -> AnyView {
    view! {
        <li>
            <A href=href>
                <Icon name=icon />
                {label}
            </A>
        </li>
    }
}
