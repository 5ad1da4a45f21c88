//! What is done to accounts: check now, pause, resume. A refusal is said in a toast, because the row that was asked for
//! may be gone from the screen by then.

use crate::api::ApiError;
use crate::api::accounts::{check_now, set_enabled};
use crate::components::feedback::ToastQueue;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::AccountId;

/// Starts a check of each account; `done` shows the effect.
pub fn check(ids: Vec<AccountId>, toasts: ToastQueue, done: Callback<()>) {
    spawn_local(async move {
        for id in ids {
            say(toasts, check_now(id).await);
        }
        done.run(());
    });
}

/// Pauses or resumes each account; `done` shows the effect.
pub fn enable(ids: Vec<AccountId>, enabled: bool, toasts: ToastQueue, done: Callback<()>) {
    spawn_local(async move {
        for id in ids {
            say(toasts, set_enabled(id, enabled).await);
        }
        done.run(());
    });
}

/// Says why something was refused, where it was.
pub fn say(toasts: ToastQueue, result: Result<(), ApiError>) {
    if let Err(error) = result {
        toasts.say(error.to_string());
    }
}
