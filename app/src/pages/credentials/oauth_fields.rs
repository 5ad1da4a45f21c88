//! Whom to ask for tokens: a provider that everybody has, or another one by its addresses.

use crate::components::form::{Choice, FieldTexts, SelectField, TextField, TextKind};
use crate::view::view;
use leptos::prelude::*;
use model::oauth::{OAuthDraft, OAuthGrant, OAuthProvider};

/// One line of the draft: its name, its words, where it stands, and when it is asked for.
struct Line {
    field: &'static str,
    label: &'static str,
    help: &'static str,
    text: fn(&mut OAuthDraft) -> &mut String,
    asked: fn(&OAuthDraft) -> bool,
}

const LINES: [Line; 6] = [
    Line {
        field: "tenant",
        label: "Directory",
        help: "The number or domain of the organisation at Microsoft. Left blank, any organisation.",
        text: |draft| &mut draft.tenant,
        asked: |draft| draft.provider == OAuthProvider::Microsoft365,
    },
    Line {
        field: "client_id",
        label: "Client ID",
        help: "The number that the provider gave the application you registered there.",
        text: |draft| &mut draft.client_id,
        asked: |_| true,
    },
    Line {
        field: "authorize_url",
        label: "Authorization address",
        help: "Where people agree.",
        text: |draft| &mut draft.authorize_url,
        asked: |draft| is_other(draft) && draft.grant == OAuthGrant::Browser,
    },
    Line {
        field: "device_url",
        label: "Device code address",
        help: "",
        text: |draft| &mut draft.device_url,
        asked: |draft| is_other(draft) && draft.grant == OAuthGrant::Device,
    },
    Line {
        field: "token_url",
        label: "Token address",
        help: "",
        text: |draft| &mut draft.token_url,
        asked: is_other,
    },
    Line {
        field: "scope",
        label: "Scopes",
        help: "What to ask for, with blanks between: the mailbox, and offline_access where the provider has it.",
        text: |draft| &mut draft.scope,
        asked: is_other,
    },
];

fn is_other(draft: &OAuthDraft) -> bool {
    draft.provider == OAuthProvider::Other
}

/// The fields of `draft`; `texts` says help and error of a field.
#[component]
pub fn OAuthFields(
    draft: RwSignal<OAuthDraft>,
    texts: Callback<(&'static str, Option<&'static str>), FieldTexts>,
) -> impl IntoView {
    let provider = Memo::new(move |_| draft.with(|draft| draft.provider));
    let choose = Callback::new(move |id: String| {
        let provider = OAuthProvider::from_id(&id).unwrap_or_default();
        draft.update(|draft| {
            draft.provider = provider;
            if !provider.grants().contains(&draft.grant) {
                draft.grant = OAuthGrant::default();
            }
        });
    });
    let grant = Callback::new(move |id: String| {
        draft.update(|draft| draft.grant = OAuthGrant::from_id(&id).unwrap_or_default());
    });
    let providers = OAuthProvider::ALL.into_iter().map(|it| Choice::new(it.id(), it.label())).collect();
    // Each has a field of its own: a field that becomes another one keeps what does not belong to it.
    let grants = OAuthProvider::ALL.map(|of| {
        let field = move || {
            (provider.get() == of).then(|| {
                let choices = of.grants().iter().map(|it| Choice::new(it.id(), it.label())).collect();
                let value = Signal::derive(move || draft.with(|draft| draft.grant.id().to_owned()));
                let texts = texts.run(("grant", None));
                view! { <SelectField id="grant" label="Who agrees" value on_change=grant choices texts /> }
            })
        };
        field.into_any()
    });
    let lines = LINES.into_iter().map(move |Line { field, label, help, text, asked }| {
        let asked = Memo::new(move |_| draft.with(asked));
        let line = move || {
            asked.get().then(|| {
                let value = Signal::derive(move || text(&mut draft.get()).clone());
                let typed = Callback::new(move |typed| draft.update(|draft| *text(draft) = typed));
                let texts = texts.run((field, Some(help).filter(|help| !help.is_empty())));
                let kind = if field.ends_with("url") { TextKind::Host } else { TextKind::Text };
                view! { <TextField id=field label value on_input=typed texts kind /> }
            })
        };
        line.into_any()
    });
    let redirect = move || {
        draft.with(|draft| draft.grant == OAuthGrant::Browser).then(|| {
            let site = window().location().origin().unwrap_or_default();
            view! {
                <p class="muted">
                    "Register this address there as the one to come back to: "
                    <code>{format!("{site}/oauth/callback")}</code>
                </p>
            }
        })
    };
    view! {
        <SelectField
            id="provider"
            label="Provider"
            value=Signal::derive(move || provider.get().id().to_owned())
            on_change=choose
            choices=providers
            texts=texts.run(("provider", None))
        />
        {grants.into_iter().collect_view()}
        {lines.collect_view()}
        {redirect}
    }
}
