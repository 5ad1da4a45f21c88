//! What the accounts report does to accounts: check now, pause, resume. A refusal is said in a toast, because the
//! row that was asked for may be gone from the screen by then.

use crate::api::ApiError;
use crate::api::accounts::{check_now, set_enabled};
use crate::api::asked::Asked;
use crate::components::feedback::ToastQueue;
use leptos::task::spawn_local;
use model::{AccountId, AccountSummary, Page};

/// The list that shows the effect.
type List = Asked<Page<AccountSummary>>;

/// Starts a check of each account.
pub fn check(ids: Vec<AccountId>, toasts: ToastQueue, list: List) {
    spawn_local(async move {
        for id in ids {
            say(toasts, check_now(id).await);
        }
        list.refetch();
    });
}

/// Pauses or resumes each account.
pub fn enable(ids: Vec<AccountId>, enabled: bool, toasts: ToastQueue, list: List) {
    spawn_local(async move {
        for id in ids {
            say(toasts, set_enabled(id, enabled).await);
        }
        list.refetch();
    });
}

fn say(toasts: ToastQueue, result: Result<(), ApiError>) {
    if let Err(error) = result {
        toasts.say(error.to_string());
    }
}
