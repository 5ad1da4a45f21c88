//! *Test connection*: each stage as it goes, the server's words, and for a failure its remedy as a button. What is tested
//! is what stands in the form, saved or not.

use super::state::{AccountForm, control_id};
use crate::api::ApiError;
use crate::api::connection_tests::{TestRequest, cancel_test, follow_test, start_test};
use crate::components::certificate::described;
use crate::components::feedback::Notice;
use crate::components::form::{focus_element, show_element};
use crate::components::icon::Icon;
use crate::pages::credentials::connect_address;
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{AccountId, Certificate, ConnectionTest, Field, Remedy, StageFailure, StageReport, TestId};

/// The id of the panel.
pub const ID: &str = "connection-test";

/// The test that is shown: the last one that was begun.
#[derive(Debug, Clone, Copy)]
pub struct Testing {
    form: RwSignal<AccountForm>,
    account: Option<AccountId>,
    /// How many were begun; news of an earlier one are not listened to.
    begun: RwSignal<u32>,
    running: RwSignal<Option<TestId>>,
    asked: RwSignal<bool>,
    known: RwSignal<ConnectionTest>,
    failure: RwSignal<Option<ApiError>>,
}

impl Testing {
    /// Nothing is tested so far.
    pub fn new(form: RwSignal<AccountForm>, account: Option<AccountId>) -> Self {
        Self {
            form,
            account,
            begun: RwSignal::new(0),
            running: RwSignal::new(None),
            asked: RwSignal::new(false),
            known: RwSignal::new(ConnectionTest::default()),
            failure: RwSignal::new(None),
        }
    }

    /// True while a test goes on.
    pub fn goes_on(self) -> bool {
        self.asked.get() && self.failure.with(Option::is_none) && !self.known.with(|known| known.ended)
    }

    /// True where what is said is about the form as it stands.
    pub fn tells_of_now(self) -> bool {
        self.asked.get() && self.form.with(AccountForm::is_as_tested)
    }

    /// True where the connection works.
    pub fn is_good(self) -> bool {
        self.known.with(ConnectionTest::is_ok)
    }

    /// Begins a test of what stands in the form; `refused` hears what is wrong with it.
    pub fn begin(self, refused: Callback<ApiError>) {
        self.stop();
        let mut fine = false;
        self.form.update(|form| {
            fine = form.judge_for_test();
            form.tested = (form.draft.clone(), form.new_credential.clone());
        });
        if !fine {
            let errors = self.form.with_untracked(|form| form.errors.clone());
            refused.run(ApiError::Invalid(errors));
            return;
        }
        let AccountForm { draft, new_credential, .. } = self.form.get_untracked();
        let request = TestRequest { account: self.account, draft, new_credential };
        let turn = self.begun.get_untracked() + 1;
        self.begun.set(turn);
        self.asked.set(true);
        self.failure.set(None);
        self.known.set(ConnectionTest::default());
        spawn_local(async move {
            if let Err(error) = self.follow(turn, request).await
                && self.is_present(turn)
            {
                if matches!(error, ApiError::Invalid(_)) {
                    self.asked.try_set(false);
                    refused.run(error);
                } else {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }

    /// Ends it before its end.
    pub fn stop(self) {
        self.begun.update(|begun| *begun += 1);
        self.asked.set(false);
        if let Some(test) = self.running.get_untracked() {
            self.running.set(None);
            spawn_local(async move {
                let _ = cancel_test(test).await;
            });
        }
    }

    async fn follow(self, turn: u32, request: TestRequest) -> Result<(), ApiError> {
        let test = start_test(request).await?;
        let mut revision = 0;
        while self.is_present(turn) {
            self.running.try_set(Some(test));
            let known = follow_test(test, revision).await?;
            if !self.is_present(turn) {
                break;
            }
            revision = known.revision;
            let ended = known.ended;
            self.known.try_set(known);
            if ended {
                self.running.try_set(None);
                // Where it ended is what somebody wants to read.
                request_animation_frame(|| show_element(ID));
                return Ok(());
            }
        }
        // The dialog was left, or another test was begun.
        cancel_test(test).await
    }

    fn is_present(self, turn: u32) -> bool {
        self.begun.try_get_untracked() == Some(turn)
    }
}

/// What the test has found so far; nothing where none was begun.
#[component]
pub fn TestPanel(
    /// The test.
    testing: Testing,
    /// Begins it again.
    again: Callback<()>,
) -> impl IntoView {
    let apply = Callback::new(move |remedy: Remedy| {
        let mut applied = false;
        testing.form.update(|form| applied = form.apply(&remedy));
        match remedy {
            Remedy::Look(field) => focus_element(&control_id(name(field))),
            // Beside the form, which would lose what is in it.
            Remedy::Reconnect(credential) => {
                let there = connect_address(credential, None);
                let _ = window().open_with_url_and_target(&there, "_blank");
            }
            Remedy::Again => again.run(()),
            _ if applied => again.run(()),
            _ => {}
        }
    });
    let shown = move || {
        if let Some(error) = testing.failure.get() {
            let why = error.to_string();
            return Some(view! { <Notice kind="bad">{why}</Notice> });
        }
        testing.asked.get().then(|| {
            let known = testing.known.get();
            let stages = known.stages.iter().map(|report| stage(report, apply)).collect_view();
            view! {
                <h3>{verdict(&known)}</h3>
                {move || {
                    let before = "Something was changed since: this is about what stood here before.";
                    (!testing.tells_of_now()).then(|| view! { <p class="muted">{before}</p> })
                }}
                <ol class="test-stages">{stages}</ol>
            }
        })
    };
    view! {
        <div
            id=ID
            class="connection-test"
            role="status"
            tabindex="-1"
            aria-busy=move || testing.goes_on().then_some("true")
        >
            {shown}
        </div>
    }
}

fn verdict(known: &ConnectionTest) -> &'static str {
    match (known.ended, known.is_ok()) {
        (false, _) => "Testing the connection…",
        (true, true) => "The connection works.",
        (true, false) => "The connection does not work.",
    }
}

fn stage(report: &StageReport, apply: Callback<Remedy>) -> AnyView {
    let (icon, class, word) = match report {
        StageReport { failure: Some(_), .. } => ("bad", "test-stage is-bad", "failed"),
        StageReport { ended: false, .. } => ("refresh", "test-stage", "under way"),
        _ => ("good", "test-stage is-good", "good"),
    };
    let facts = report.facts.iter().map(|fact| {
        let class = if fact.warns { "test-fact is-warning" } else { "test-fact" };
        let mark = fact.warns.then(|| view! { <Icon name="warning" /> });
        view! { <li class=class>{mark} {fact.text.clone()}</li> }
    });
    let took = format!("{} ms", report.milliseconds);
    let failure = report.failure.as_ref();
    view! {
        <li class=class>
            <p class="test-stage-head">
                <Icon name=icon />
                <strong>{report.stage.label()}</strong>
                <span class="said">{word}</span>
                <span class="muted numbers">{report.ended.then_some(took)}</span>
            </p>
            <ul class="test-facts">{facts.collect_view()}</ul>
            {certificates(report)}
            {report.server_reply.clone().map(|words| view! {
                <p class="test-words">"The server said: " <q>{words}</q></p>
            })}
            {failure.map(|failure| why(failure, apply))}
        </li>
    }
}

fn why(failure: &StageFailure, apply: Callback<Remedy>) -> AnyView {
    let sentence = failure.cause.map(model::Cause::sentence);
    let button = failure.remedy.clone().map(|remedy| {
        let label = remedy.label();
        let keys = compared(&remedy);
        view! {
            {keys}
            <button type="button" class="button" on:click=move |_| apply.run(remedy.clone())>
                {label}
            </button>
        }
    });
    view! {
        <div class="test-failure">
            <p><strong>{sentence}</strong> " " {failure.error.clone()}</p>
            <p>{failure.cause.map(model::Cause::remedy)}</p>
            {button}
        </div>
    }
}

/// Both keys side by side, where one takes the other's place.
fn compared(remedy: &Remedy) -> Option<AnyView> {
    let Remedy::TrustAnother { before, now } = remedy else { return None };
    let one = |title: &'static str, certificate: &Certificate| {
        view! {
            <div>
                <h4>{title}</h4>
                {described(certificate)}
            </div>
        }
    };
    Some(view! {
        <div class="test-compared">{one("Trusted so far", before)} {one("There now", now)}</div>
    })
}

fn certificates(report: &StageReport) -> Option<AnyView> {
    let (own, others) = report.certificates.split_first()?;
    let others = others.iter().map(described).collect_view();
    Some(view! {
        <details class="test-certificates" open=report.failure.is_some()>
            <summary>{format!("Certificate of {}", own.subject)}</summary>
            {described(own)}
            {others}
        </details>
    })
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Address => "address",
        Field::Port => "port",
        Field::Credential => "credential",
        Field::Connector => "use_network_connector",
    }
}
