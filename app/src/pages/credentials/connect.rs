//! *Access*: whether a provider gives tokens for a credential, and the way to its consent.

use crate::api::ApiError;
use crate::api::asked::{Asked, follow};
use crate::api::consents::{begin_consent, consent};
use crate::api::live::LiveEvent;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::feedback::{Notice, SkeletonRows};
use crate::components::live::use_live;
use crate::components::time::When;
use crate::pages::accounts::page_of;
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::oauth::{Consent, ConsentStep, ConsentView, DeviceCode, OAuthGrant, OAuthStatus};
use model::{AccountId, CredentialId};
use std::time::Duration;

/// How often the server is asked whether somebody has typed the code.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Where the access of a credential is shown; `account` is whose page comes after it.
pub fn address(credential: CredentialId, account: Option<AccountId>) -> String {
    let account = account.map(|account| format!("&account={}", account.0)).unwrap_or_default();
    format!("{}?connect={}{account}", super::PATH, credential.0)
}

/// The dialog of one credential.
#[component]
pub fn ConnectDialog(
    id: CredentialId,
    account: Option<AccountId>,
    #[prop(into)] close: Callback<()>,
) -> impl IntoView {
    let view = Asked::new(Signal::stored(id), consent);
    use_live().refetch_on(|event| matches!(event, LiveEvent::Accounts), move || view.refetch());
    Effect::new(move |_| {
        let waits = move || view.get().and_then(Result::ok).is_some_and(|view| view.code.is_some());
        let look = move || {
            if waits() {
                view.refetch();
            }
        };
        if let Ok(looking) = set_interval_with_handle(look, LOOK_EVERY) {
            on_cleanup(move || looking.clear());
        }
    });
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let begin = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match begin_consent(id, account).await {
                Ok(ConsentStep::Visit(address)) => {
                    // Whatever keeps the browser here, the button can be pressed again.
                    let _ = window().location().set_href(&address);
                }
                Ok(_) => {
                    refusal.set(None);
                    view.refetch();
                }
                Err(error) => refusal.set(Some(error)),
            }
            busy.set(false);
        });
    });
    let body = move || {
        view.get().map(|answer| match answer {
            Ok(view) => body(&view),
            Err(error) => view! { <Notice kind="bad">{error.to_string()}</Notice> },
        })
    };
    let shown = move || view.get().and_then(Result::ok);
    let words = follow(move || shown().and_then(|view| words(&view)));
    let first = follow(move || shown().is_some_and(|view| view.status.consent != Consent::Given));
    let action = move || {
        words.get().map(|words| {
            view! {
                <button
                    type="button"
                    class="button"
                    class:button-primary=move || first.get()
                    disabled=move || busy.get()
                    on:click=move |_| begin.run(())
                >
                    {words}
                </button>
            }
        })
    };
    let done = account.map_or_else(
        || view! { <button type="button" class="button" on:click=move |_| close.run(())>"Close"</button> },
        |account| view! { <a class="button" href=page_of(account)>"Back to the account"</a> },
    );
    view! {
        <Dialog id="connect-dialog" title="Access with OAuth2" size=DialogSize::Small on_dismiss=close>
            <div class="dialog-body" aria-live="polite">
                <Transition fallback=|| view! { <SkeletonRows rows=2 /> }>{body}</Transition>
                {move || refusal.get().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
            </div>
            <footer class="dialog-footer">{done} <Transition>{action}</Transition></footer>
        </Dialog>
    }
}

fn body(view: &ConsentView) -> AnyView {
    let whose = format!("{} · {}", view.name, view.user_name);
    let failure = view.failure.clone().map(|failure| view! { <Notice kind="bad">{failure}</Notice> });
    view! {
        <p class="muted">{whose}</p>
        {state(&view.status)}
        {failure}
        {view.code.as_ref().map(typed)}
    }
}

/// Whether there is a consent, in whole sentences.
pub fn state(status: &OAuthStatus) -> AnyView {
    let provider = status.provider.label();
    match status.consent {
        Consent::Needed => {
            view! { <p>{format!("{provider} has not been asked yet, so nothing can sign in with it.")}</p> }
        }
        Consent::Ended => {
            let words =
                format!("{provider} gives no tokens any more: the access was taken back, or it has run out.");
            view! { <Notice kind="bad">{words}</Notice> }
        }
        Consent::Given => {
            let since = status.consented.map(|at| view! { " since " <When at /> });
            let token = status.token_until.map(|at| {
                view! { " The present token ends " <When at /> ", and is renewed before that without anybody." }
            });
            let ends = status.consent_until.map(|at| view! { " The access ends " <When at /> "." });
            view! { <p>{format!("Connected with {provider}")} {since} "." {token} {ends}</p> }
        }
    }
}

/// What to type, and where.
fn typed(code: &DeviceCode) -> AnyView {
    let (address, shown) = (code.address.clone(), code.address.clone());
    // What a provider says of itself is shown; a link leads to a web page alone.
    let is_page = address.starts_with("https://") || address.starts_with("http://");
    let place = if is_page {
        view! { <a href=address target="_blank" rel="noopener noreferrer external">{shown}</a> }
    } else {
        shown.into_any()
    };
    view! {
        <p>"On any device, go to " {place} " and type this code:"</p>
        <p class="device-code">{code.code.clone()}</p>
        <p class="muted">"Waiting until " <When at=code.until /> ". This window may be closed meanwhile."</p>
    }
}

/// The words on the button; none while somebody types the code.
fn words(view: &ConsentView) -> Option<String> {
    let provider = view.status.provider.label();
    Some(match (view.status.grant, view.status.consent) {
        (OAuthGrant::Device, _) if view.code.is_some() => return None,
        (OAuthGrant::Browser, Consent::Needed) => format!("Continue at {provider}"),
        (OAuthGrant::Device, Consent::Needed) => "Get a code".to_owned(),
        (OAuthGrant::Application, Consent::Needed) => "Connect".to_owned(),
        _ => "Reconnect".to_owned(),
    })
}
