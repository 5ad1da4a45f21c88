//! What is done to accounts: check now, pause, resume. A refusal is said in a toast, because the row that was asked for
//! may be gone from the screen by then.

use crate::api::ApiError;
use crate::api::accounts::{check_now, set_enabled};
use crate::components::feedback::ToastQueue;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::AccountId;
use std::pin::Pin;

/// One thing to do. Its type is erased: what happens around it is in the browser once, whatever is done.
pub type Doing = Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

/// Starts a check of each account; `done` shows the effect.
pub fn check(ids: Vec<AccountId>, toasts: ToastQueue, done: Callback<()>) {
    let checks = ids.into_iter().map(|id| Box::pin(check_now(id)) as Doing);
    one_by_one(checks.collect(), toasts, done);
}

/// Pauses or resumes each account; `done` shows the effect.
pub fn enable(ids: Vec<AccountId>, enabled: bool, toasts: ToastQueue, done: Callback<()>) {
    let changes = ids.into_iter().map(|id| Box::pin(set_enabled(id, enabled)) as Doing);
    one_by_one(changes.collect(), toasts, done);
}

/// Does these things in their order, says why one of them was refused, and is `done` then.
pub fn one_by_one(things: Vec<Doing>, toasts: ToastQueue, done: Callback<()>) {
    spawn_local(async move {
        for thing in things {
            if let Err(error) = thing.await {
                toasts.say(error.to_string());
            }
        }
        // Nobody is there to be told where the page has been left in the meantime.
        done.try_run(());
    });
}
