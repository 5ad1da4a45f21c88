//! Searching in a report: the box, a chip for each filter in force, and the search fields behind *More*. It is a
//! plain GET form; once the page is alive it searches while somebody types.

use super::parameters::{COLUMNS, MORE, SEARCH, SIZE, SORT};
use super::{Field, FieldKind, Frame};
use crate::components::display::{Look, look};
use crate::components::icon::Icon;
use crate::components::suggestions::{Suggesting, Suggestions};
use crate::view::view;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::{Form, Input};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{FormData, HtmlInputElement, HtmlSelectElement};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::search::Suggestion;
use std::sync::Arc;
use std::time::Duration;

/// How long somebody has to stop typing before the rows follow.
const PAUSE: Duration = Duration::from_millis(250);

/// The search box, the chips and the search fields.
#[component]
pub fn Search(
    frame: Frame,
    label: &'static str,
    /// What cannot be understood of the search.
    wrong: Signal<Option<String>>,
    suggesting: Option<Suggesting>,
) -> impl IntoView {
    let form = NodeRef::<Form>::new();
    let place = frame.place;
    let names: Vec<&'static str> =
        [SEARCH].into_iter().chain(frame.fields.iter().map(|field| field.name)).collect();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    follow_the_url(form, &frame, names.clone(), waiting);
    let apply = apply(form, &frame, names);
    let field = NodeRef::<Input>::new();
    let later = {
        let apply = apply.clone();
        move |_| {
            let apply = apply.clone();
            if let Some(handle) = waiting.get_value() {
                handle.clear();
            }
            let search = move || {
                waiting.set_value(None);
                let text = field.get_untracked().map(|field| field.value()).unwrap_or_default();
                if suggesting.is_none() || !is_unfinished(&text) {
                    apply(true);
                }
            };
            waiting.set_value(set_timeout_with_handle(search, PAUSE).ok());
        }
    };
    let suggestions = suggesting.map(|from| Suggestions::new(from, "search-suggestions"));
    let submit = {
        let apply = apply.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            apply(false);
            if let (Some(suggestions), Some(field)) = (suggestions, field.get_untracked()) {
                suggestions.searched(field.value());
            }
        }
    };
    // Whatever is not the usual is in the URL.
    let (open, other) = if look(Look::HideFilters) == "n" { (true, "0") } else { (false, "1") };
    let more = Memo::new(move |_| place.with(|place| place.get(MORE).is_some()) != open);
    let navigate = use_navigate();
    let reveal = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let value = (more.get_untracked() == open).then(|| other.to_owned());
        navigate(&place.get_untracked().with([(MORE, value)]).href(), quietly());
    };
    let fields = frame.fields.clone();
    let more_button = (!fields.is_empty()).then(|| {
        view! {
                <button
                    type="submit"
                    class="button"
                    name=MORE
                    value=other
                    aria-expanded=move || if more.get() { "true" } else { "false" }
                    on:click=reveal
                >
                    "More"
                    <Icon name="down" />
                </button>
        }
    });
    view! {
        <form
            class="report-search"
            role="search"
            method="get"
            action=move || place.with(|place| place.path().to_owned())
            node_ref=form
            on:input=later
            on:submit=submit
        >
            // The first button of a form is the one that Enter presses.
            <button type="submit" class="said" tabindex="-1">
                "Search"
            </button>
            <div class="search-line">
                <span class="search-box">
                    <Icon name="search" />
                    {search_box(field, &frame, label, wrong, suggestions, Arc::new(move || apply(true)))}
                </span>
                {more_button}
                <Chips frame=frame.clone() waiting />
            </div>
            {move || {
                wrong.get().map(|words| view! { <p id=WRONG class="field-error" role="alert">{words}</p> })
            }}
            {move || kept(&frame, more.get())}
            {move || {
                more.get()
                    .then(|| {
                        view! {
                            <div class="search-fields">
                                {fields.iter().map(|field| question(field, &place.get_untracked())).collect_view()}
                                <button type="submit" class="button">"Search"</button>
                            </div>
                        }
                    })
            }}
        </form>
    }
}

/// True in the middle of a field, a quotation or parentheses: nobody wants to hear that they are not closed yet.
fn is_unfinished(text: &str) -> bool {
    let count = |c: char| text.matches(c).count();
    text.ends_with(':') || count('"') % 2 == 1 || count('(') > count(')')
}

/// The id of what is said about a search that cannot be understood.
const WRONG: &str = "search-wrong";

/// The box with its suggestions; `apply` searches for what is in it.
fn search_box(
    field: NodeRef<Input>,
    frame: &Frame,
    label: &'static str,
    wrong: Signal<Option<String>>,
    suggestions: Option<Suggestions>,
    apply: Arc<dyn Fn() + Send + Sync>,
) -> AnyView {
    let words = frame.place.get_untracked().get(SEARCH).map(str::to_owned);
    let take = Callback::new(move |Suggestion { text, .. }: Suggestion| {
        let (Some(field), Some(suggestions)) = (field.get_untracked(), suggestions) else { return };
        field.set_value(&text);
        if text.ends_with(':') {
            suggestions.typed(text);
        } else {
            suggestions.searched(text);
            apply();
        }
    });
    let typed = move || {
        if let (Some(suggestions), Some(field)) = (suggestions, field.get_untracked()) {
            suggestions.typed(field.value());
        }
    };
    let press = move |event: KeyboardEvent| {
        let Some((taken, done)) = suggestions.map(|suggestions| suggestions.pressed(&event)) else { return };
        if done {
            event.prevent_default();
            event.stop_propagation();
        }
        if let Some(taken) = taken {
            take.run(taken);
        }
    };
    let expanded = move || suggestions.map(|suggestions| if suggestions.shown() { "true" } else { "false" });
    view! {
        <input
            type="search"
            name=SEARCH
            aria-label=label
            placeholder=label
            autocomplete="off"
            value=words
            node_ref=field
            role=suggestions.map(|_| "combobox")
            aria-autocomplete=suggestions.map(|_| "list")
            aria-controls=suggestions.map(|suggestions| suggestions.list)
            aria-expanded=expanded
            aria-activedescendant=move || suggestions.and_then(Suggestions::active_id)
            aria-invalid=move || wrong.get().map(|_| "true")
            aria-describedby=move || wrong.get().map(|_| WRONG)
            on:input=move |_| typed()
            on:focus=move |_| typed()
            on:blur=move |_| {
                if let Some(suggestions) = suggestions {
                    suggestions.close();
                }
            }
            on:keydown=press
        />
        {suggestions.map(|suggestions| suggestions.view(take))}
    }
    .into_any()
}

/// A change of the URL that is not a step for the back button.
fn quietly() -> NavigateOptions {
    NavigateOptions { resolve: false, replace: true, scroll: false, ..NavigateOptions::default() }
}

/// What the form sends along without asking: order, size and columns, and filters whose fields are hidden.
fn kept(frame: &Frame, more: bool) -> AnyView {
    let place = frame.place.get();
    let filters = frame.fields.iter().map(|field| field.name).filter(|_| !more);
    [SORT, SIZE, COLUMNS, MORE]
        .into_iter()
        .chain(filters)
        .filter_map(|name| place.get(name).map(|value| (name, value.to_owned())))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view()
        .into_any()
}

/// One search field with its present answer.
fn question(field: &Field, place: &super::Place) -> AnyView {
    let name = field.name;
    let label = field.label;
    let value = place.get(name).unwrap_or_default().to_owned();
    let id = format!("search-{name}");
    let answer = match &field.kind {
        FieldKind::Text => input(&id, "text", name, value),
        FieldKind::Date => {
            let kind = if look(Look::TimeInFilters) == "y" { "datetime-local" } else { "date" };
            input(&id, kind, name, value)
        }
        FieldKind::YesNo => choices(&id, name, &value, &[("yes", "Yes"), ("no", "No")]),
        FieldKind::Choice(options) => choices(&id, name, &value, options),
    };
    view! {
        <div class="search-field">
            <label for=id>{label}</label>
            {answer}
        </div>
    }
}

fn input(id: &str, kind: &'static str, name: &'static str, value: String) -> AnyView {
    view! { <input id=id.to_owned() type=kind name=name value=value /> }
}

fn choices(id: &str, name: &'static str, value: &str, options: &[(&'static str, &'static str)]) -> AnyView {
    let options = options
        .iter()
        .map(|(id, words)| view! { <option value=*id selected=*id == value>{*words}</option> })
        .collect_view();
    view! {
        <select id=id.to_owned() name=name>
            <option value="">"Any"</option>
            {options}
        </select>
    }
}

/// A chip for each filter in force; each is a link to the same rows without it.
#[component]
fn Chips(frame: Frame, waiting: StoredValue<Option<TimeoutHandle>>) -> impl IntoView {
    // Whoever takes filters away does not want what was being typed either.
    let forget = move |_| {
        if let Some(handle) = waiting.get_value() {
            handle.clear();
        }
        waiting.set_value(None);
    };
    move || {
        let place = frame.place.get();
        let chips = frame
            .fields
            .iter()
            .filter_map(|field| place.get(field.name).map(|value| (field, words(field, value))))
            .map(|(field, words)| {
                let text = format!("{}: {words}", field.label);
                let label = format!("Remove the filter {text}");
                view! {
                    <a
                        class="chip"
                        data-noscroll
                        href=place.first_page().with([(field.name, None)]).href()
                        aria-label=label
                    >
                        {text}
                        <Icon name="close" />
                    </a>
                }
            })
            .collect_view();
        let clear = frame
            .filtered()
            .then(|| view! { <a class="chip-clear" data-noscroll href=frame.cleared()>"Clear"</a> });
        view! {
            <span class="chips" on:click=forget>{chips} {clear}</span>
        }
    }
}

/// A filter's value as people read it.
fn words(field: &Field, value: &str) -> String {
    let options = match &field.kind {
        FieldKind::Choice(options) => options.as_slice(),
        FieldKind::YesNo => &[("yes", "Yes"), ("no", "No")],
        FieldKind::Text | FieldKind::Date => &[],
    };
    options.iter().find(|(id, _)| *id == value).map_or(value, |(_, words)| words).to_owned()
}

/// Goes to where the form's answers lead.
fn apply(
    form: NodeRef<Form>,
    frame: &Frame,
    names: Vec<&'static str>,
) -> impl Fn(bool) + Clone + Send + Sync + 'static {
    let place = frame.place;
    let navigate = StoredValue::new(use_navigate());
    move |replace: bool| {
        // The report may have been left before the pause was over.
        let form = form.try_get_untracked().flatten();
        let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else {
            return;
        };
        let here = place.get_untracked();
        let answers =
            names.iter().filter(|name| data.has(name)).map(|name| (*name, data.get(name).as_string()));
        let there = here.first_page().with(answers);
        if there.first_page() != here.first_page() {
            let options = NavigateOptions { replace, ..quietly() };
            navigate.with_value(|navigate| navigate(&there.href(), options));
        }
    }
}

/// Keeps the fields in step with the URL (back, chips, *Clear*), except the one that somebody is typing in.
fn follow_the_url(
    form: NodeRef<Form>,
    frame: &Frame,
    names: Vec<&'static str>,
    waiting: StoredValue<Option<TimeoutHandle>>,
) {
    let place = frame.place;
    Effect::new(move |_| {
        let place = place.get();
        let Some(form) = form.get() else { return };
        // What was typed meanwhile is about to be searched for.
        if waiting.with_value(Option::is_some) {
            return;
        }
        let active = document().active_element();
        for name in &names {
            let Ok(Some(element)) = form.query_selector(&format!("[name={name}]:not([type=hidden])")) else {
                continue;
            };
            if active.as_ref() == Some(&element) {
                continue;
            }
            let value = place.get(name).unwrap_or_default();
            if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
                input.set_value(value);
            } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
                select.set_value(value);
            }
        }
    });
}
