//! The screens of Restante and the API they call: here the document, the application and its route table, and
//! nothing else. Deliberately absent: mail, SQL, tokio.
#![recursion_limit = "256"]
#![expect(missing_docs, reason = "the macros of leptos write public fields without any")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties, read or not")]

// RUSTFLAGS in the environment replace those of the house, and pages would render and never come alive.
#[cfg(not(erase_components))]
compile_error!("build with `--cfg erase_components`: see .cargo/config.toml, and unset RUSTFLAGS");

pub mod api;
pub mod components;
pub mod pages;
mod view;

use components::feedback::{Toasts, provide_toasts};
use components::layout::{Frame, SettingsFrame};
use components::live::provide_live;
pub use components::theme::{Theme, ThemeChoice};
use leptos::html::Div;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{SsrMode, path};
use pages::not_found::NotFoundPage;
use pages::pieces::Screen;
use view::view;

/// The HTML document around every page. [`ThemeChoice`] comes from the context, so that no page flashes in the
/// wrong colours; the sprite stands at the end, so that no icon needs a request.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::MetaTags;
    let theme = use_context::<ThemeChoice>().and_then(|choice| choice.0).map(Theme::id);
    let display = components::display::line();
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    let icon = format!("/{}/icon.svg", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-display=display>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content="E-mail accounts, fetched, kept and read in one place." />
                <meta name="color-scheme" content="light dark" />
                <meta name="referrer" content="same-origin" />
                <link rel="stylesheet" href=stylesheet />
                <link rel="icon" type="image/svg+xml" href=icon />
                <HydrationScripts options=options.clone() />
                <MetaTags />
            </head>
            <body>
                <App />
                // Shown by the style sheet, because by then no code runs.
                <p class="stopped" role="alert">
                    "This page has stopped working. Nothing that is stored was lost. "
                    <a href="" rel="external">"Reload the page"</a>
                </p>
                <div hidden inner_html=include_str!("../../style/icons.svg")></div>
            </body>
        </html>
    }
}

/// The application: what every screen shares, and the route table.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_toasts();
    let live = provide_live();
    // The last element to come alive: from then on the page answers to clicks and follows what happens. Not earlier:
    // what changes while the lazy routes are still on their way would be missed by the elements to come.
    let last = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if last.get().is_some() {
            mark_hydrated();
            live.open();
        }
    });
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Restante".to_owned() } else { as_html(format!("{title} · Restante")) }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view={Screen::Overview} ssr=SsrMode::Async />
                    <Route path=path!("inbox") view={Screen::Inbox} ssr=SsrMode::Async />
                    <Route
                        path=path!("accounts/:id/inbox")
                        view={Screen::Inbox}
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("messages/:id") view={Screen::Message} ssr=SsrMode::Async />
                    <Route path=path!("reports") view={Screen::Reports} ssr=SsrMode::Async />
                    <ParentRoute path=path!("settings") view=SettingsFrame ssr=SsrMode::Async>
                        <Route
                            path=path!("")
                            view=|| view! { <Redirect path=pages::accounts::PATH /> }
                            ssr=SsrMode::Async
                        />
                        <ParentRoute
                            path=path!("email/accounts")
                            view={Screen::Accounts}
                            ssr=SsrMode::Async
                        >
                            <Route path=path!("") view=|| () ssr=SsrMode::Async />
                            <Route
                                path=path!("new")
                                view={Screen::AccountForm}
                                ssr=SsrMode::Async
                            />
                            <Route
                                path=path!("import")
                                view={Screen::AccountImport}
                                ssr=SsrMode::Async
                            />
                            <Route
                                path=path!(":id/edit")
                                view={Screen::AccountForm}
                                ssr=SsrMode::Async
                            />
                        </ParentRoute>
                        <Route
                            path=path!("email/accounts/:id")
                            view={Screen::Account}
                            ssr=SsrMode::Async
                        />
                        <Route
                            path=path!("credentials")
                            view={Screen::Credentials}
                            ssr=SsrMode::Async
                        />
                        <Route
                            path=path!("connectors")
                            view={Screen::Connectors}
                            ssr=SsrMode::Async
                        />
                        <Route path=path!("audit") view={Screen::Audit} ssr=SsrMode::Async />
                        <Route
                            path=path!("parameters")
                            view={Screen::Parameters}
                            ssr=SsrMode::Async
                        />
                    </ParentRoute>
                </ParentRoute>
            </Routes>
            <Toasts place=last />
        </Router>
    }
}

/// Says in the console what went wrong, and to the reader that this page does not answer any more. For a panic: nothing of
/// the application is called again.
pub fn stopped(why: &str) {
    leptos::logging::error!("{why}");
    if let Some(body) = document().body() {
        // Setting an attribute with a plain name cannot fail.
        let _ = body.set_attribute("data-stopped", "");
    }
}

/// Says on the document that the page answers to clicks.
fn mark_hydrated() {
    if let Some(body) = document().body() {
        // Setting an attribute with a plain name cannot fail.
        let _ = body.set_attribute("data-hydrated", "");
    }
}

/// A title as it is written down: what `leptos_meta` puts between the tags is not escaped there, and an account may be called
/// anything. In the browser it is text already.
fn as_html(title: String) -> String {
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;") } else { title }
}
