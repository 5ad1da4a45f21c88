//! What the pages ahead of the product have in common: a document without scripts, and a card with one plain form.

use crate::view::view;
use leptos::prelude::*;

/// A whole document around `body`. It goes to the browser as it is and never comes alive.
pub fn document_of<V: IntoView + 'static>(
    title: &'static str,
    stylesheet: String,
    body: impl FnOnce() -> V + 'static,
) -> String {
    let owner = Owner::new();
    owner.with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="description" content="E-mail accounts, fetched, kept and read in one place." />
                    <meta name="color-scheme" content="light dark" />
                    // Without a referrer a browser calls the origin of a posted form `null`, which no guard can let in.
                    <meta name="referrer" content="same-origin" />
                    <meta name="robots" content="noindex" />
                    <title>{format!("{title} – Restante")}</title>
                    <link rel="stylesheet" href=stylesheet />
                </head>
                <body class="entrance">
                    <main class="entrance-main">
                        <header class="entrance-name">
                            <h1 class="entrance-brand">"Restante"</h1>
                            <p class="muted">"Your team's IMAP and POP3 mailboxes, fetched and safe to read."</p>
                        </header>
                        {body()}
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}

/// A card with one form.
#[component]
pub fn Entrance(
    /// The heading of the card.
    title: &'static str,
    /// Where the form is posted to.
    action: &'static str,
    /// The words on the button.
    button: &'static str,
    /// What is wrong with the form as a whole.
    error: Option<String>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <form class="entrance-card" method="post" action=action>
            <h2 class="entrance-title">{title}</h2>
            {error.map(|error| view! { <p class="error-summary" role="alert">{error}</p> })}
            {children()}
            <button type="submit" class="button button-primary">
                {button}
            </button>
        </form>
    }
}

/// A labelled line of the form, with its help and its error.
#[component]
pub fn EntranceField(
    /// The name it is posted under; also its id.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// What stands in it.
    #[prop(optional)]
    value: String,
    /// True for a password.
    #[prop(optional)]
    secret: bool,
    /// What it is for.
    #[prop(optional, into)]
    help: String,
    /// What is wrong with it.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// What a browser may fill in (HTML, autofill field names).
    autocomplete: &'static str,
    /// True for the field to start with.
    autofocus: bool,
) -> impl IntoView {
    // An error that repeats the help takes its place.
    let help = if error.as_ref() == Some(&help) { String::new() } else { help };
    let help_id = format!("{name}-help");
    let error_id = format!("{name}-error");
    let described_by = match (help.is_empty(), error.is_some()) {
        (true, false) => None,
        (false, false) => Some(help_id.clone()),
        (true, true) => Some(error_id.clone()),
        (false, true) => Some(format!("{error_id} {help_id}")),
    };
    view! {
        <div class="entrance-field">
            <label class="field-label" for=name>
                {label}
            </label>
            <input
                class="input"
                id=name
                name=name
                type=if secret { "password" } else { "text" }
                value=(!secret).then_some(value)
                required
                autofocus=autofocus
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by
            />
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id=error_id>
                            {error}
                        </p>
                    }
                })}
            {(!help.is_empty())
                .then(|| {
                    view! {
                        <p class="field-help" id=help_id>
                            {help}
                        </p>
                    }
                })}
        </div>
    }
}
