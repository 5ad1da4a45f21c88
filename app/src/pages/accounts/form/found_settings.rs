//! *E-mail address* and *Find settings*: what is known about the servers of an address, ranked, each filled in by one click.
//! Everything stays editable afterwards. Deliberately absent: talking to a mail server, and saving.

use super::state::{AccountForm, control_id};
use crate::api::ApiError;
use crate::api::discovery::find_settings;
use crate::components::feedback::Notice;
use crate::components::form::{FieldTexts, TextField};
use crate::view::view;
use leptos::prelude::*;
use model::{Discovery, Proposal, SignInHint};

/// At the top of a new account's dialog.
#[component]
pub fn FoundSettings(
    /// The form that is filled in.
    form: RwSignal<AccountForm>,
) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let used = RwSignal::new(None::<String>);
    let search = Action::new(move |address: &String| find_settings(address.clone()));
    let asked = StoredValue::new(String::new());
    let start = move || {
        if !search.pending().get_untracked() {
            used.set(None);
            asked.set_value(address.get_untracked());
            search.dispatch(address.get_untracked());
        }
    };
    let apply = Callback::new(move |proposal: Proposal| {
        form.update(|form| form.fill_in(&proposal, &asked.get_value()));
        used.set(Some(server(&proposal)));
    });
    // What needs no choice is filled in at once.
    Effect::new(move |_| {
        if let Some(Ok(found)) = search.value().get()
            && let Some(only) = found.only_answer()
        {
            apply.run(only.clone());
        }
    });
    let texts = FieldTexts {
        help: Signal::stored(Some(
            "Finds address, port and security. Or fill in the fields below yourself.".to_owned(),
        )),
        warning: Signal::default(),
        error: Signal::derive(move || {
            search.value().get().and_then(Result::err).map(|error| sentence(&error))
        }),
    };
    view! {
        <div class="form-section found-settings">
            // Enter searches; it must not save a form that is half filled in.
            <div on:keydown=move |event| {
                if event.key() == "Enter" {
                    event.prevent_default();
                    start();
                }
            }>
                <TextField
                    id=control_id("email_address")
                    label="E-mail address"
                    value=address
                    on_input=Callback::new(move |text| address.set(text))
                    texts
                    autofocus=true
                />
            </div>
            <div class="found-settings-actions">
                <button
                    type="button"
                    class="button"
                    disabled=move || search.pending().get() || address.with(|text| text.trim().is_empty())
                    on:click=move |_| start()
                >
                    "Find settings"
                </button>
            </div>
            <div role="status">
                {move || {
                    if search.pending().get() {
                        return view! { <p class="muted">"Looking for settings: at most 15 seconds…"</p> }.into_any();
                    }
                    match search.value().get() {
                        Some(Ok(found)) => view! { <Answer found used apply /> }.into_any(),
                        _ => ().into_any(),
                    }
                }}
            </div>
        </div>
    }
}

/// The proposals, or what was tried in vain.
#[component]
fn Answer(found: Discovery, used: RwSignal<Option<String>>, apply: Callback<Proposal>) -> impl IntoView {
    let Discovery { proposals, help, tried } = found;
    let nothing = proposals.is_empty();
    let tried = tried.into_iter().map(|tried| {
        view! {
            <li>
                <strong>{tried.source.label()}</strong>
                ": "
                {tried.outcome}
            </li>
        }
    });
    let tried = tried.collect_view();
    let rows = proposals.into_iter().map(|proposal| view! { <Row proposal used apply /> }).collect_view();
    view! {
        {help.map(|help| view! { <Notice kind="info">{help}</Notice> })}
        {if nothing {
            view! {
                <Notice kind="warning">
                    <p>"No settings were found. Fill in the fields below. What was tried:"</p>
                    <ul>{tried}</ul>
                </Notice>
            }
                .into_any()
        } else {
            view! {
                <ul class="found-settings-list" aria-label="Found settings">
                    {rows}
                </ul>
            }
                .into_any()
        }}
    }
}

#[component]
fn Row(proposal: Proposal, used: RwSignal<Option<String>>, apply: Callback<Proposal>) -> impl IntoView {
    let title = server(&proposal);
    let security = if proposal.is_safe() {
        format!("{} · signs in as {}", words(&proposal), proposal.user_name)
    } else {
        "Not encrypted".to_owned()
    };
    let why = format!("{}: {}", proposal.source.label(), proposal.why);
    let name = title.clone();
    let is_used = Memo::new(move |_| used.with(|used| used.as_ref() == Some(&name)));
    let chosen = StoredValue::new(proposal);
    view! {
        <li class="found-settings-row" class:found-settings-used=move || is_used.get()>
            <div>
                <strong>{title.clone()}</strong>
                <p>{security}</p>
                <p class="muted">{why}</p>
            </div>
            <button
                type="button"
                class="button"
                aria-label=format!("Use these settings: {title}")
                disabled=move || is_used.get()
                on:click=move |_| apply.run(chosen.get_value())
            >
                {move || if is_used.get() { "Filled in below" } else { "Use these settings" }}
            </button>
        </li>
    }
}

fn server(proposal: &Proposal) -> String {
    let Proposal { protocol, host, port, .. } = proposal;
    format!("{} {host}:{port} ({})", protocol.label(), proposal.security_label())
}

fn words(proposal: &Proposal) -> &'static str {
    match proposal.sign_in {
        SignInHint::Password => "Encrypted",
        SignInHint::AppPassword => "Encrypted · wants an app password",
        SignInHint::OAuth2 => "Encrypted · wants OAuth2",
    }
}

/// What is wrong with the address, or why nobody could search.
fn sentence(error: &ApiError) -> String {
    match error {
        ApiError::Invalid(errors) => errors.0.first().map(|error| error.message.clone()).unwrap_or_default(),
        error => error.to_string(),
    }
}
