//! What a screen says about itself: nothing here yet, nothing found, failed and why, offline, done.

mod toasts;

pub use toasts::{ToastQueue, Toasts, provide_toasts, use_toasts};

use super::icon::Icon;
use super::live::{Connection, use_live};
use crate::api::ApiError;
use crate::view::view;
use leptos::prelude::*;

/// Nothing is here yet: what this is, and the next step (the children).
#[component]
pub fn Empty(
    /// A picture from the sprite.
    icon: &'static str,
    /// What there is none of, such as `No accounts yet`.
    title: &'static str,
    /// What this screen is for, in one sentence.
    text: &'static str,
    /// The next step, as a link or a button.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="state">
            <span class="state-icon">
                <Icon name=icon />
            </span>
            <h2>{title}</h2>
            <p class="muted">{text}</p>
            <div class="state-actions">{children()}</div>
        </div>
    }
}

/// The rows exist, but none fits the search.
#[component]
pub fn NoMatch(
    /// The same screen without search and filters.
    clear: String,
) -> impl IntoView {
    view! {
        <div class="state">
            <span class="state-icon">
                <Icon name="search" />
            </span>
            <h2>"Nothing matches"</h2>
            <p class="muted">"No row fits this search and these filters."</p>
            <div class="state-actions">
                <a class="button" href=clear>"Clear the filter"</a>
            </div>
        </div>
    }
}

/// It did not work: what happened, why, and another try.
#[component]
pub fn Failed(
    /// What happened, such as `The accounts could not be loaded`.
    title: &'static str,
    /// Why.
    error: ApiError,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let signed_out = error == ApiError::SignedOut;
    view! {
        <div class="state" role="alert">
            <span class="state-icon state-bad">
                <Icon name="bad" />
            </span>
            <h2>{title}</h2>
            <p class="muted">{error.to_string()}</p>
            <div class="state-actions">
                {if signed_out {
                    view! { <a class="button button-primary" href="/sign-in" rel="external">"Sign in"</a> }
                } else {
                    view! {
                        <button type="button" class="button" on:click=move |_| retry.run(())>
                            <Icon name="refresh" />
                            "Retry"
                        </button>
                    }
                }}
            </div>
        </div>
    }
}

/// A sentence that stays where it is: `info`, `good`, `warning` or `bad`.
#[component]
pub fn Notice(
    /// `info`, `good`, `warning` or `bad`.
    kind: &'static str,
    /// The sentence, and whatever belongs to it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("notice notice-{kind}")>
            <Icon name=kind />
            <div>{children()}</div>
        </div>
    }
}

/// A short word with its meaning: `good`, `warning`, `bad`, `info` or `quiet`.
#[component]
pub fn Badge(
    /// `good`, `warning`, `bad`, `info` or `quiet`.
    kind: &'static str,
    /// A picture from the sprite, because a meaning never speaks by colour alone.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// The word.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <span class=format!("badge badge-{kind}")>
            {icon.map(|name| view! { <Icon name=name /> })}
            {text}
        </span>
    }
}

/// Grey lines where rows will be, so that nothing moves when they arrive.
#[component]
pub fn SkeletonRows(
    /// How many.
    rows: u32,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="said">"Loading"</span>
            {(0..rows).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
}

/// Says that the server cannot be reached, while the page keeps what it has.
#[component]
pub fn OfflineBanner() -> impl IntoView {
    let connection = use_live().connection;
    view! {
        <div class="banner" role="status" hidden=move || connection.get() != Connection::Lost>
            <Icon name="warning" />
            "The server cannot be reached. What you see may be out of date; it is refreshed by itself."
        </div>
    }
}
