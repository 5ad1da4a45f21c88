//! The screen: every parameter in its section, saved together.

use super::fields::{Entry, ParameterField};
use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::parameters::{list_parameters, save_parameters};
use crate::components::feedback::{Failed, Notice, SkeletonRows};
use crate::components::form::{ErrorSummary, FormSection, Problem};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{FieldErrors, ParameterView};

const TITLE: &str = "System Parameters › Global › Application";
/// Where the screen is after something was saved.
const SAVED: &str = "/settings/parameters?saved=1";

/// The system parameters.
#[component]
pub fn ParametersPage() -> impl IntoView {
    let loaded = Asked::once(list_parameters);
    let query = use_query_map();
    let saved = move || {
        query.with(|query| query.get_str("saved").is_some()).then(|| {
            view! { <Notice kind="good">"Saved. It holds on every server now; a page that is open elsewhere shows it when it is loaded again."</Notice> }
        })
    };
    view! {
        <Title text=TITLE />
        <main id="content" class="parameters" tabindex="-1">
            <h1>{TITLE}</h1>
            {saved}
            <noscript>
                <p class="muted">"Saving needs JavaScript, which is switched off in this browser."</p>
            </noscript>
            <Transition fallback=|| view! { <SkeletonRows rows=10 /> }>
                {move || {
                    loaded.get().map(|answer| match answer {
                        Err(error) => view! { <Failed title="The parameters could not be loaded" error retry=move |()| loaded.refetch() /> },
                        Ok(parameters) => view! { <ParametersForm parameters=parameters.as_ref().clone() /> },
                    })
                }}
            </Transition>
        </main>
    }
}

#[component]
fn ParametersForm(parameters: Vec<ParameterView>) -> impl IntoView {
    let refusal = RwSignal::new(None::<ApiError>);
    let raised = RwSignal::new(0);
    let busy = RwSignal::new(false);
    let errors = Signal::derive(move || match refusal.get() {
        Some(ApiError::Invalid(errors)) => errors,
        _ => FieldErrors::default(),
    });
    let entries: Vec<Entry> = parameters.into_iter().map(Entry::new).collect();
    let stored = StoredValue::new(entries.clone());
    let problems = Signal::derive(move || match refusal.get() {
        None => Vec::new(),
        Some(ApiError::Invalid(errors)) => stored.with_value(|entries| problems(entries, &errors)),
        Some(error) => vec![Problem { field: None, text: error.to_string() }],
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let changes: Vec<_> = stored.with_value(|entries| entries.iter().filter_map(Entry::change).collect());
        busy.set(true);
        spawn_local(async move {
            match save_parameters(changes).await {
                // Loaded anew, so that this page goes by what was just saved.
                Ok(()) => drop(window().location().set_href(SAVED)),
                Err(error) => {
                    refusal.set(Some(error));
                    raised.update(|raised| *raised += 1);
                    busy.set(false);
                }
            }
        });
    };
    let mut sections: Vec<(String, Vec<Entry>)> = Vec::new();
    for entry in entries {
        match sections.last_mut() {
            Some((title, fields)) if *title == entry.section() => fields.push(entry),
            _ => sections.push((entry.section(), vec![entry])),
        }
    }
    let sections = sections
        .into_iter()
        .map(|(title, entries)| {
            let fields = entries
                .into_iter()
                .map(|entry| view! { <ParameterField entry=entry errors=errors /> })
                .collect_view();
            view! { <FormSection title=title>{fields}</FormSection> }
        })
        .collect_view();
    view! {
        <form class="parameters-form" on:submit=submit novalidate>
            <ErrorSummary problems=problems raised=raised />
            {sections}
            <footer class="parameters-foot">
                <button type="submit" class="button button-primary" disabled=move || busy.get()>"Save"</button>
            </footer>
        </form>
    }
}

fn problems(entries: &[Entry], errors: &FieldErrors) -> Vec<Problem> {
    let problem = |error: &model::FieldError| {
        let entry = entries.iter().find(|entry| entry.id() == error.field);
        Problem { field: entry.map(|entry| (entry.label(), entry.control())), text: error.message.clone() }
    };
    errors.0.iter().map(problem).collect()
}
