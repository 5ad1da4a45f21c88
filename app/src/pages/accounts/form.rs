//! The dialog *POP3/IMAP account registration*: a new account, or one that exists.
//!
//! Save is instant and talks to no mail server; *Test connection* does, and how the first check goes is shown in the list.

mod binding;
mod body;
mod connector_fields;
mod credential_fields;
mod found_settings;
mod server_fields;
mod state;
mod test;
mod trust_fields;
mod upload;

pub(super) use upload::read_text;

use super::PATH;
use crate::api::ApiError;
use crate::api::accounts::get_account;
use crate::api::asked::Asked;
use crate::api::connectors::list_connectors;
use crate::api::credentials::list_credentials;
use crate::api::discovery::discovery_available;
use crate::components::dialog::{Confirm, Dialog};
use crate::components::feedback::{Failed, SkeletonRows};
use crate::view::view;
use body::FormBody;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map, use_query_map};
use model::{AccountId, AccountSummary, ConnectorSummary, CredentialSummary};
use serde::{Deserialize, Serialize};
use state::AccountForm;

const TITLE: &str = "POP3/IMAP account registration";

/// What the dialog is opened for; from the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Purpose {
    /// `…/new`
    New,
    /// `…/new?copy=ID`: prefilled with another account's settings.
    Copy(AccountId),
    /// `…/ID/edit`
    Edit(AccountId),
}

/// What the dialog needs from the server before it can be filled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Loaded {
    account: Option<AccountSummary>,
    credentials: Vec<CredentialSummary>,
    connectors: Vec<ConnectorSummary>,
    /// Settings can be found from an e-mail address: for a new account, where a source is switched on.
    finds: bool,
}

/// The dialog above the accounts report. The form's URL is a child of the report's, whose filter it keeps.
#[component]
pub fn AccountFormPage() -> impl IntoView {
    let purpose = purpose();
    let loaded = Asked::new(purpose, load);
    // Made where it is shown, so that no field outlives the signals that it shows.
    let shown = StoredValue::new(None::<RwSignal<AccountForm>>);
    let leave = leave();
    let asked = RwSignal::new(false);
    let dismiss = Callback::new(move |()| {
        let form = shown.get_value();
        if form.and_then(|form| form.try_with_untracked(AccountForm::changed)).unwrap_or(false) {
            asked.set(true);
        } else {
            leave.run(());
        }
    });
    view! {
        <Title text=TITLE />
        <Dialog id="account-dialog" title=TITLE on_dismiss=dismiss>
            <noscript>
                <p class="dialog-note">
                    "Saving needs JavaScript, which is switched off in this browser. " <a href=PATH>"Back to the accounts"</a>
                </p>
            </noscript>
            <Transition fallback=|| {
                view! {
                    <div class="dialog-body">
                        <SkeletonRows rows=10 />
                    </div>
                }
            }>
                {move || {
                    loaded.get().map(|answer| match answer {
                        Err(error) => view! { <Failed title="The form could not be loaded" error retry=move |()| loaded.refetch() /> },
                        Ok(loaded) => {
                            let Loaded { account, credentials, connectors, finds } = loaded.as_ref().clone();
                            let purpose = purpose.get_untracked();
                            let form = RwSignal::new(begin(purpose, account.as_ref(), &credentials));
                            shown.set_value(Some(form));
                            let edited = account.filter(|_| matches!(purpose, Purpose::Edit(_)));
                            view! { <FormBody form edited credentials connectors finds test_at_once=tests() dismiss leave /> }
                        }
                    })
                }}
            </Transition>
            <Show when=move || asked.get()>
                <Confirm
                    title="Drop the changes?"
                    text="What you typed here has not been saved."
                    confirm="Drop"
                    cancel="Keep editing"
                    destructive=true
                    on_confirm=move |()| leave.run(())
                    on_cancel=move |()| asked.set(false)
                />
            </Show>
        </Dialog>
    }
}

fn purpose() -> Memo<Purpose> {
    let params = use_params_map();
    let query = use_query_map();
    let path = use_location().pathname;
    Memo::new(move |before: Option<&Purpose>| {
        // On the way out the URL is the report's already, and the dialog still what it was.
        if let Some(before) = before.filter(|_| path.with(|path| path.trim_end_matches('/') == PATH)) {
            return *before;
        }
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).map(AccountId);
        let edited = params.with(|params| number(params.get("id")));
        let copied = query.with(|query| number(query.get("copy")));
        match (edited, copied) {
            (Some(id), _) => Purpose::Edit(id),
            (None, Some(id)) => Purpose::Copy(id),
            (None, None) => Purpose::New,
        }
    })
}

async fn load(purpose: Purpose) -> Result<Loaded, ApiError> {
    let account = match purpose {
        Purpose::New => None,
        Purpose::Copy(id) | Purpose::Edit(id) => Some(get_account(id).await?),
    };
    // Without an answer the fields are still there to be filled in.
    let finds = purpose == Purpose::New && discovery_available().await.unwrap_or(false);
    let (credentials, connectors) = (list_credentials().await?, list_connectors().await?);
    Ok(Loaded { account, credentials, connectors, finds })
}

fn begin(
    purpose: Purpose,
    account: Option<&AccountSummary>,
    credentials: &[CredentialSummary],
) -> AccountForm {
    match (purpose, account) {
        (Purpose::Edit(_), Some(account)) => AccountForm::of(account),
        (Purpose::Copy(_), Some(account)) => AccountForm::copy_of(&account.settings),
        _ => AccountForm::blank(credentials.is_empty()),
    }
}

/// True where the dialog was opened to test the account as it is.
fn tests() -> bool {
    use_query_map().with_untracked(|query| query.get_str("test").is_some())
}

/// The parameter with which the account's own page opens the dialog, to be come back to.
const BACK: &str = "back";

/// Back to the report as it was: with its filter, its order and its page, without what was ours. Or back to the page of
/// the account.
fn leave() -> Callback<()> {
    let navigate = use_navigate();
    let location = use_location();
    Callback::new(move |()| {
        let query = location.query.get_untracked();
        let path = location.pathname.get_untracked();
        let account = path.strip_suffix("/edit").filter(|_| query.get_str(BACK).is_some());
        let to = if let Some(account) = account {
            account.to_owned()
        } else {
            let mut query = query;
            query.remove("copy");
            query.remove("test");
            format!("{PATH}{}", query.to_query_string())
        };
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    })
}
