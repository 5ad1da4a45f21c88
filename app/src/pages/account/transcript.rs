//! *Protocol transcript*: what is said to the mail server, written down while an administrator wants it, without passwords,
//! tokens and mail.

use super::table;
use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::transcripts::{start_transcript, stop_transcript};
use crate::components::feedback::use_toasts;
use crate::components::icon::Icon;
use crate::components::time::When;
use crate::pages::accounts::act::one_by_one;
use crate::view::view;
use leptos::prelude::*;
use model::{AccountId, TranscriptView, transcript};

const ID: &str = "transcript";

/// The section.
pub fn section(id: Memo<AccountId>, transcript: Asked<Option<TranscriptView>>) -> AnyView {
    let again = Callback::new(move |()| transcript.refetch());
    let body = move |()| {
        let known = match transcript.get()? {
            Ok(known) => known,
            // Its buttons would be refused as well.
            Err(ApiError::Forbidden) => {
                let words = "Only who may check the account can have one written.";
                return Some(Ok(view! { <p class="muted">{words}</p> }));
            }
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(view! {
            <div class="account-tools">
                <p class="muted">
                    "What is said to the mail server and what it answers, for whoever looks for a fault: without passwords, tokens and the text of mail. It is kept in memory alone, and for an hour."
                </p>
                {buttons(id, (*known).as_ref(), again)}
            </div>
            {(*known).as_ref().map(|known| written(id, known))}
        }))
    };
    table::section(ID, "Protocol transcript", Callback::new(body), again)
}

fn buttons(id: Memo<AccountId>, known: Option<&TranscriptView>, again: Callback<()>) -> AnyView {
    let toasts = use_toasts();
    let act = move |minutes: Option<u32>| {
        let id = id.get_untracked();
        one_by_one(
            vec![Box::pin(async move {
                match minutes {
                    Some(minutes) => start_transcript(id, minutes).await,
                    None => stop_transcript(id).await,
                }
            })],
            toasts,
            again,
        );
    };
    if known.is_some_and(|known| known.goes_on) {
        return view! {
            <button type="button" class="button" on:click=move |_| act(None)>
                <Icon name="pause" />
                "Stop"
            </button>
        };
    }
    let start = |minutes: u32| {
        view! {
            <button type="button" class="button" on:click=move |_| act(Some(minutes))>
                {format!("Write for {minutes} minutes")}
            </button>
        }
    };
    view! { <div class="account-buttons">{transcript::MINUTES.map(start).collect_view()}</div> }
}

fn written(id: Memo<AccountId>, known: &TranscriptView) -> AnyView {
    let state = if known.goes_on {
        view! { "Checks that begin before " <When at=known.until /> " are written down." }
    } else {
        view! { "Written until " <When at=known.until /> "." }
    };
    let text = match known.text.as_str() {
        "" if known.goes_on => {
            view! { <p class="muted">"Nothing was said yet: "<em>"Check now"</em>" shows it."</p> }
        }
        "" => view! { <p class="muted">"Nothing was said meanwhile."</p> },
        text => {
            let href = format!("/api/transcripts/{}/transcript.txt", id.get_untracked().0);
            view! {
                <pre class="transcript" tabindex="0" role="group" aria-labelledby=ID>{text.to_owned()}</pre>
                <p>
                    <a class="button" href=href rel="external" download>
                        <Icon name="download" />
                        "Download the transcript"
                    </a>
                </p>
            }
        }
    };
    view! {
        <p role="status">{state}</p>
        {text}
    }
}
