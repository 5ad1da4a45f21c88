//! The form inside the dialog: its sections, Save, and what the server answers.

use super::binding::{AnswerOf, TextOf, texts, typed};
use super::found_settings::FoundSettings;
use super::server_fields::ServerFields;
use super::state::{AccountForm, control_id, label};
use super::test::{TestPanel, Testing};
use crate::api::ApiError;
use crate::api::accounts::save_account;
use crate::components::feedback::use_toasts;
use crate::components::form::{
    ErrorSummary, Field, Problem, TextKind, described_by, focus_element, show_element,
};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use model::{AccountId, AccountSummary, ConnectorSummary, CredentialSummary, report::grouped};

/// The fields and the buttons.
#[component]
pub fn FormBody(
    /// What is being filled in.
    form: RwSignal<AccountForm>,
    /// The account that is changed; none where one is created.
    edited: Option<AccountSummary>,
    /// The vault.
    credentials: Vec<CredentialSummary>,
    /// The ways into other networks.
    connectors: Vec<ConnectorSummary>,
    /// Settings can be found from an e-mail address.
    finds: bool,
    /// The account is tested as soon as the form is there.
    test_at_once: bool,
    /// The person wants to leave without saving.
    dismiss: Callback<()>,
    /// It is saved.
    leave: Callback<()>,
) -> impl IntoView {
    let (id, stored) = edited.map(|account| (account.id, account.messages)).unzip();
    let failure = RwSignal::new(None::<ApiError>);
    let raised = RwSignal::new(0_u32);
    let save = Action::new(move |form: &AccountForm| {
        let AccountForm { draft, new_credential, .. } = form.clone();
        async move { save_account(id, draft, new_credential).await }
    });
    let toasts = use_toasts();
    let offer_the_inbox = move |form: RwSignal<AccountForm>, AccountId(saved)| {
        let text = form.with_untracked(|AccountForm { draft, .. }| {
            let first =
                if draft.enabled && draft.automatic_check { " Its first check begins now." } else { "" };
            format!("{} is saved.{first}", draft.name.trim())
        });
        toasts.offer(text, "View inbox", format!("/accounts/{saved}/inbox"));
    };
    Effect::new(move |_| match save.value().get() {
        None => (),
        Some(Ok(saved)) => {
            if id.is_none() {
                offer_the_inbox(form, saved);
            }
            leave.run(());
        }
        Some(Err(error)) => {
            refuse(form, failure, error);
            raised.update(|raised| *raised += 1);
        }
    });
    let testing = Testing::new(form, id);
    let test = Callback::new(move |()| {
        failure.set(None);
        testing.begin(Callback::new(move |error| {
            refuse(form, failure, error);
            raised.update(|raised| *raised += 1);
        }));
        request_animation_frame(|| show_element(super::test::ID));
    });
    let empties = Memo::new(move |_| form.with(AccountForm::empties));
    // How many messages are on the server now is said, or why nobody knows.
    let counted = Memo::new(move |_| empties.get() && testing.tells_of_now() && !testing.goes_on());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        failure.set(None);
        let mut fine = false;
        form.update(|form| fine = form.judge_all());
        if !fine {
            raised.update(|raised| *raised += 1);
        } else if empties.get_untracked() && !counted.get_untracked() {
            test.run(());
        } else if !save.pending().get_untracked() {
            save.dispatch(form.get_untracked());
        }
    };
    let problems = Signal::derive(move || problems(form, failure));
    let alive = RwSignal::new(false);
    Effect::new(move |_| {
        alive.set(true);
        if test_at_once {
            test.run(());
        } else {
            start_at_the_top(finds);
        }
    });
    view! {
        // Without JavaScript the form goes nowhere: a password must never end up in a URL.
        <form class="account-form" method="dialog" novalidate autocomplete="off" on:submit=on_submit>
            <div class="dialog-body">
                <ErrorSummary problems raised />
                {finds.then(|| view! { <FoundSettings form /> })}
                <PolicyFields form />
                <ServerFields form credentials connectors />
                <MovedNote form stored />
                <AdvancedFields form />
                <TestPanel testing again=test />
                <p class="form-note" role="status">{move || counted.get().then(|| emptying(testing.is_good()))}</p>
            </div>
            <footer class="dialog-footer">
                <button
                    type="button"
                    class="button dialog-aside"
                    disabled=move || !alive.get()
                    on:click=move |_| if testing.goes_on() { testing.stop() } else { test.run(()) }
                >
                    {move || if testing.goes_on() { "Stop the test" } else { "Test connection" }}
                </button>
                <button type="button" class="button" on:click=move |_| dismiss.run(())>
                    "Cancel"
                </button>
                <button
                    type="submit"
                    class="button button-primary"
                    disabled=move || {
                        !alive.get() || save.pending().get() || (empties.get() && testing.goes_on())
                    }
                >
                    {move || if counted.get() { "Save and delete on the server" } else { "Save" }}
                </button>
            </footer>
        </form>
    }
}

/// The fields above every section: the account's name and what happens to its mail.
#[component]
fn PolicyFields(form: RwSignal<AccountForm>) -> impl IntoView {
    view! {
        <div class="form-section">
            <TextOf
                form
                field="name"
                read=|form| form.draft.name.clone()
                write=|form, name| form.draft.name = name
                required=true
            />
            <AnswerOf
                form
                field="keep_copy"
                read=|form| form.draft.keep_copy
                write=|form, keep| form.draft.keep_copy = keep
                warning=deletion
            />
            <AnswerOf
                form
                field="automatic_check"
                read=|form| form.draft.automatic_check
                write=|form, automatic| form.draft.automatic_check = automatic
                help="No: new mail arrives only when somebody chooses Check now."
            />
            <AnswerOf
                form
                field="enabled"
                read=|form| form.draft.enabled
                write=|form, enabled| form.draft.enabled = enabled
                help="No: the mail server is never contacted; the inbox stays readable."
            />
        </div>
    }
}

const KNOWN_AGAIN: &str = "What is in the other mailbox as well is known again and does not come twice.";

/// What saving does to the mail on the server, once it was counted.
fn emptying(is_known: bool) -> &'static str {
    if is_known {
        "What was counted under Folder is deleted on the server once it is stored here: save once more to have it so."
    } else {
        "How many messages are on the server now could not be found out: save once more to go on all the same."
    }
}

/// In edit mode: that another server does not cost the messages of the old one.
#[component]
fn MovedNote(form: RwSignal<AccountForm>, stored: Option<u64>) -> impl IntoView {
    let moves = Memo::new(move |_| form.with(AccountForm::moves));
    let note = stored.map(|stored| match stored {
        0 => "No messages are stored here yet: nothing is lost by the change of server.".to_owned(),
        1 => format!("The 1 message already stored here stays. {KNOWN_AGAIN}"),
        _ => format!("The {} messages already stored here stay. {KNOWN_AGAIN}", grouped(stored)),
    });
    view! {
        <p class="form-note" role="status">
            {move || note.clone().filter(|_| moves.get())}
        </p>
    }
}

#[component]
fn AdvancedFields(form: RwSignal<AccountForm>) -> impl IntoView {
    // Opened for an error once, it stays open: a section must not close under somebody who types in it.
    let needed = Memo::new(move |before: Option<&bool>| {
        let wrong = form.with(|form| ADVANCED.iter().any(|field| form.errors.at(field).is_some()));
        wrong || before.is_some_and(|before| *before)
    });
    view! {
        <details class="form-advanced" open=move || needed.get()>
            <summary>"Advanced"</summary>
            <div class="form-section">
                <TextOf
                    form
                    field="check_interval_minutes"
                    read=|form| form.draft.check_interval_minutes.clone()
                    write=|form, minutes| form.draft.check_interval_minutes = minutes
                    help="From 0.5 to 10080 (seven days)."
                    kind=TextKind::Number
                />
                <AnswerOf
                    form
                    field="instant"
                    read=|form| form.draft.instant
                    write=|form, instant| form.draft.instant = instant
                    help="Yes: new mail in INBOX is fetched the moment the server tells of it. IMAP alone; the interval stays."
                />
                <TextOf
                    form
                    field="folders"
                    read=|form| form.draft.folders.clone()
                    write=|form, folders| form.draft.folders = folders
                    help="Separated by commas; a name with a comma between double quotes. POP3 has INBOX alone."
                />
                <TextOf
                    form
                    field="fetch_since"
                    read=|form| form.draft.fetch_since.clone()
                    write=|form, day| form.draft.fetch_since = day
                    help="What came to the server before this day stays there, is not fetched and never deleted. IMAP alone. Blank: everything."
                    kind=TextKind::Date
                />
                <TextOf
                    form
                    field="delete_after_days"
                    read=|form| form.draft.delete_after_days.clone()
                    write=|form, days| form.draft.delete_after_days = days
                    help="Where no copy is kept: how long a message stays on the server once it is stored here. Blank: it goes at once."
                    kind=TextKind::Number
                />
                <AnswerOf
                    form
                    field="mirror_read_state"
                    read=|form| form.draft.mirror_read_state
                    write=|form, mirror| form.draft.mirror_read_state = mirror
                    help="Yes: what is read or flagged here becomes so on the server, and the other way round. For IMAP with a copy kept there."
                />
                <TextOf
                    form
                    field="drop_gone_after_days"
                    read=|form| form.draft.drop_gone_after_days.clone()
                    write=|form, days| form.draft.drop_gone_after_days = days
                    help="Where a copy is kept (IMAP): how long a message that left its server stays here. Blank: it stays for good."
                    kind=TextKind::Number
                />
                <TextOf
                    form
                    field="largest_message"
                    read=|form| form.draft.largest_message.clone()
                    write=|form, size| form.draft.largest_message = size
                    help="Such as 25 MB. A larger one stays on the server and is never deleted there. Blank: as large as the program allows."
                />
                <TextOf
                    form
                    field="tags"
                    read=|form| form.draft.tags.clone()
                    write=|form, tags| form.draft.tags = tags
                    help="Words by which the accounts report is searched, with commas between them."
                />
                <NotesField form />
            </div>
        </details>
    }
}

/// Several lines that nobody but people reads.
#[component]
fn NotesField(form: RwSignal<AccountForm>) -> impl IntoView {
    let field = "notes";
    let id = control_id(field);
    let write = typed(form, field, |form, notes: String| form.draft.notes = notes);
    let texts = texts(form, field, "For whoever looks after this account next. Never a password.", |_| None);
    view! {
        <Field id=id.clone() label=label(field) texts>
            <textarea
                class="input input-tall"
                id=id.clone()
                rows="3"
                prop:value=move || form.with(|form| form.draft.notes.clone())
                aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(&id)
                on:input=move |event| write.run(event_target_value(&event))
            ></textarea>
        </Field>
    }
}

/// The fields that are out of sight at first.
const ADVANCED: [&str; 10] = [
    "check_interval_minutes",
    "instant",
    "folders",
    "fetch_since",
    "delete_after_days",
    "mirror_read_state",
    "drop_gone_after_days",
    "largest_message",
    "tags",
    "notes",
];

fn deletion(form: &AccountForm) -> Option<&'static str> {
    let at_once = form.draft.delete_after_days.trim().is_empty();
    (!form.draft.keep_copy).then_some(if at_once {
        "Each message is deleted on the server once it is stored here, those that are there now too."
    } else {
        "Each message is deleted on the server some days after it was stored here (Advanced), those that are there now too."
    })
}

/// The dialog was open before its form was loaded. Whoever is typing already is left where they are.
fn start_at_the_top(finds: bool) {
    request_animation_frame(move || {
        let typing = document().active_element().and_then(|element| element.closest("form").ok().flatten());
        if typing.is_none() {
            focus_element(&control_id(if finds { "email_address" } else { "name" }));
        }
    });
}

/// Shows each error of the server at its field. What has no field stands at the top alone; nothing typed is lost.
fn refuse(form: RwSignal<AccountForm>, failure: RwSignal<Option<ApiError>>, error: ApiError) {
    match error {
        ApiError::Invalid(errors) => form.update(|form| form.errors = errors),
        error => failure.set(Some(error)),
    }
}

fn problems(form: RwSignal<AccountForm>, failure: RwSignal<Option<ApiError>>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = failure
        .with(|failure| failure.as_ref().map(ToString::to_string))
        .map(|text| Problem { field: None, text })
        .into_iter()
        .collect();
    form.with(|form| {
        problems.extend(form.errors.0.iter().map(|error| {
            let label = label(&error.field);
            let field = (!label.is_empty()).then(|| (label.to_owned(), control_id(&error.field)));
            Problem { field, text: error.message.clone() }
        }));
    });
    problems
}
