//! *Schedule report*: which report, as what, when, and for how long it is kept.

use crate::api::ApiError;
use crate::api::reports::schedule_report;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::feedback::Notice;
use crate::components::form::{Choice, FieldTexts, SelectField, TextField, TextKind};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::scheduled_report::{LAST_DAY, Repeat, ReportFormat, ReportKind, ScheduleDraft, WEEKDAYS};

/// What is filled in.
#[derive(Clone, Copy)]
struct Form {
    draft: RwSignal<ScheduleDraft>,
    /// What is typed survives an error.
    time: RwSignal<String>,
    keep: RwSignal<String>,
    refusal: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn new(kind: ReportKind, query: String) -> Self {
        let draft = ScheduleDraft {
            name: kind.label().to_owned(),
            kind,
            query,
            format: ReportFormat::Csv,
            repeat: Repeat::Day,
            day: 1,
            minute: 0,
            keep_days: 90,
        };
        Self {
            draft: RwSignal::new(draft),
            time: RwSignal::new("06:00".to_owned()),
            keep: RwSignal::new("90".to_owned()),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    fn texts(self, field: &'static str, help: Option<&'static str>) -> FieldTexts {
        let refusal = self.refusal;
        let error = move || match refusal.get() {
            Some(ApiError::Invalid(errors)) => errors.at(field).map(str::to_owned),
            _ => None,
        };
        FieldTexts {
            help: Signal::stored(help.map(str::to_owned)),
            error: Signal::derive(error),
            ..FieldTexts::default()
        }
    }

    fn shown(self, part: fn(&ScheduleDraft) -> String) -> Signal<String> {
        Signal::derive(move || self.draft.with(part))
    }

    /// Sends it; `close` once it is taken.
    fn submit(self, close: Callback<()>) {
        self.busy.set(true);
        let draft = ScheduleDraft {
            minute: minute_of(&self.time.get_untracked()).unwrap_or(u32::MAX),
            keep_days: self.keep.get_untracked().trim().parse().unwrap_or(0),
            ..self.draft.get_untracked()
        };
        spawn_local(async move {
            match schedule_report(draft).await {
                Ok(_) => {
                    close.try_run(());
                }
                Err(error) => {
                    self.refusal.try_set(Some(error));
                    self.busy.try_set(false);
                }
            }
        });
    }
}

/// The dialog for a report of this kind, with the `query` of its screen.
#[component]
pub fn ScheduleDialog(kind: ReportKind, query: String, close: Callback<()>) -> impl IntoView {
    let form = Form::new(kind, query.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.submit(close);
    };
    let other = move || form.refusal.get().filter(|error| !matches!(error, ApiError::Invalid(_)));
    view! {
        <Dialog id="schedule-dialog" title="Schedule report" size=DialogSize::Small on_dismiss=close>
            <form on:submit=submit novalidate>
                <div class="dialog-body">
                    {move || other().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
                    {what(form, kind, query)}
                    {when(form)}
                </div>
                <footer class="dialog-footer">
                    <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
                    <button type="submit" class="button button-primary" disabled=move || form.busy.get()>
                        "Schedule"
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}

/// Which report, its name, and as what it is written. `query` belongs to the report of this kind.
fn what(form: Form, kind: ReportKind, query: String) -> AnyView {
    let draft = form.draft;
    let choose = move |id: String| {
        let Some(chosen) = ReportKind::from_id(&id) else { return };
        draft.update(|draft| {
            draft.query = if chosen == kind { query.clone() } else { String::new() };
            if draft.name == draft.kind.label() {
                chosen.label().clone_into(&mut draft.name);
            }
            draft.kind = chosen;
        });
    };
    let fields = move || {
        let query = draft.with(|draft| draft.query.clone());
        (!query.is_empty()).then(|| {
            view! { <p class="muted">"With the search fields and the order of that screen: " <code>{query}</code></p> }
        })
    };
    view! {
        <SelectField
            id="kind"
            label="Report"
            value=form.shown(|draft| draft.kind.id().to_owned())
            on_change=Callback::new(choose)
            choices=ReportKind::ALL.iter().map(|kind| Choice::new(kind.id(), kind.label())).collect()
            texts=form.texts("query", None)
        />
        {fields}
        <TextField
            id="name"
            label="Name"
            value=form.shown(|draft| draft.name.clone())
            on_input=Callback::new(move |name| draft.update(|draft| draft.name = name))
            texts=form.texts("name", None)
            required=true
            autofocus=true
        />
        <SelectField
            id="format"
            label="Written as"
            value=form.shown(|draft| draft.format.id().to_owned())
            on_change=Callback::new(move |id: String| {
                if let Some(format) = ReportFormat::from_id(&id) {
                    draft.update(|draft| draft.format = format);
                }
            })
            choices=ReportFormat::ALL.iter().map(|one| Choice::new(one.id(), one.label())).collect()
        />
    }
}

/// How often, on which day, at what time, and for how long it is kept.
fn when(form: Form) -> AnyView {
    let Form { draft, time, keep, .. } = form;
    let repeat = Memo::new(move |_| draft.with(|draft| draft.repeat));
    view! {
        <SelectField
            id="repeat"
            label="How often"
            value=form.shown(|draft| draft.repeat.id().to_owned())
            on_change=Callback::new(move |id: String| {
                if let Some(repeat) = Repeat::from_id(&id) {
                    draft.update(|draft| (draft.repeat, draft.day) = (repeat, 1));
                }
            })
            choices=Repeat::ALL.iter().map(|one| Choice::new(one.id(), one.label())).collect()
        />
        {move || on_day(form, repeat.get())}
        <TextField
            id="minute"
            label="At (UTC)"
            value=time
            on_input=Callback::new(move |text| time.set(text))
            texts=form.texts("minute", Some("In UTC, all year round. The list then says when that is where you are."))
            kind=TextKind::Time
            required=true
        />
        <TextField
            id="keep_days"
            label="Keep for (days)"
            value=keep
            on_input=Callback::new(move |text| keep.set(text))
            texts=form.texts("keep_days", Some("Then it is removed by itself."))
            kind=TextKind::Number
            required=true
        />
    }
}

/// Which day of a week or of a month.
fn on_day(form: Form, repeat: Repeat) -> Option<AnyView> {
    let choices: Vec<Choice> = match repeat {
        Repeat::Day => return None,
        Repeat::Week => {
            (1_u32..).zip(WEEKDAYS).map(|(day, name)| Choice::new(day.to_string(), name)).collect()
        }
        Repeat::Month => (1..=LAST_DAY).map(|day| Choice::new(day.to_string(), day.to_string())).collect(),
    };
    let choose = move |day: String| {
        if let Ok(day) = day.parse() {
            form.draft.update(|draft| draft.day = day);
        }
    };
    Some(view! {
        <SelectField
            id="day"
            label="On"
            value=form.shown(|draft| draft.day.to_string())
            on_change=Callback::new(choose)
            choices=choices
            texts=form.texts("day", None)
        />
    })
}

/// `06:30` as a minute of the day.
fn minute_of(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::minute_of;

    #[test]
    fn a_time_is_a_minute_of_the_day() {
        for (text, minute) in
            [("06:30", Some(390)), (" 23:59 ", Some(1439)), ("00:00:00", Some(0)), ("24:00", None)]
        {
            assert_eq!(minute_of(text), minute, "{text}");
        }
        for bad in ["", "6", "6:5", "12:60", "a:00"] {
            assert_eq!(minute_of(bad), None, "{bad}");
        }
    }
}
