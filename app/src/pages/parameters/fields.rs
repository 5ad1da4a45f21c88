//! One parameter as a field: its value, its default, where the value comes from, and the way back to the default.

use crate::components::form::{Choice, FieldTexts, SelectField, TextField, TextKind, YesNo};
use crate::view::view;
use leptos::prelude::*;
use model::{FieldErrors, ParameterChange, ParameterKind, ParameterView};

/// A parameter that is being edited.
#[derive(Debug, Clone)]
pub struct Entry {
    view: ParameterView,
    value: RwSignal<String>,
}

impl Entry {
    /// The parameter as it stands.
    pub fn new(view: ParameterView) -> Self {
        let value = RwSignal::new(view.value.clone());
        Self { view, value }
    }

    /// Its stable id.
    pub fn id(&self) -> &str {
        &self.view.id
    }

    /// Its label.
    pub fn label(&self) -> String {
        self.view.label.clone()
    }

    /// Its section.
    pub fn section(&self) -> String {
        self.view.section.clone()
    }

    /// The id of its control.
    pub fn control(&self) -> String {
        format!("parameter-{}", self.view.id)
    }

    /// What saving means for it; `None` where it stays as it is. The default is not kept: whoever has it follows it.
    pub fn change(&self) -> Option<ParameterChange> {
        let value = self.value.get_untracked();
        let is_default = value == self.view.default;
        let same = value == self.view.value && (self.view.is_set() != is_default);
        let change =
            || ParameterChange { id: self.view.id.clone(), value: Some(value).filter(|_| !is_default) };
        (!same).then(change)
    }
}

/// The field of a parameter.
#[component]
pub fn ParameterField(
    /// The parameter.
    entry: Entry,
    /// What is wrong so far.
    errors: Signal<FieldErrors>,
) -> impl IntoView {
    let (id, label, value) = (entry.control(), entry.label(), entry.value);
    let ParameterView { id: name, kind, help, default, source, .. } = entry.view;
    let help = format!("{help} {}", origin(&source, &words(&kind, &default)));
    let texts = FieldTexts {
        help: Signal::stored(Some(help)),
        error: Signal::derive(move || errors.with(|errors| errors.at(&name).map(str::to_owned))),
        ..FieldTexts::default()
    };
    let set = Callback::new(move |text: String| value.set(text));
    let (usual, named) = (default.clone(), label.clone());
    let reset = move || {
        let usual = usual.clone();
        let label = format!("Reset {named} to default");
        (value.get() != usual).then(move || {
            view! {
                <button
                    type="button"
                    class="button button-small button-quiet"
                    aria-label=label
                    on:click=move |_| value.set(usual.clone())
                >
                    "Reset to default"
                </button>
            }
        })
    };
    let field = match kind {
        ParameterKind::YesNo => view! {
            <YesNo
                id=id
                label=label
                value=Signal::derive(move || value.get() == "yes")
                on_change=Callback::new(move |yes: bool| value.set(if yes { "yes" } else { "no" }.to_owned()))
                texts=texts
            />
        },
        ParameterKind::Choice(options) => {
            let choices = options.into_iter().map(|(id, words)| Choice::new(id, words)).collect();
            view! { <SelectField id=id label=label value=value on_change=set choices=choices texts=texts /> }
        }
        kind => {
            let kind = if kind == ParameterKind::Number { TextKind::Number } else { TextKind::Text };
            view! { <TextField id=id label=label value=value on_input=set texts=texts kind=kind /> }
        }
    };
    view! {
        <div class="parameter">
            {field}
            <div class="parameter-reset">{reset}</div>
        </div>
    }
}

/// A value in words.
fn words(kind: &ParameterKind, value: &str) -> String {
    let of_choice = |options: &Vec<(String, String)>| {
        options.iter().find(|(id, _)| id == value).map(|(_, words)| words.clone())
    };
    match kind {
        ParameterKind::Choice(options) => of_choice(options).unwrap_or_default(),
        ParameterKind::YesNo => if value == "yes" { "Yes" } else { "No" }.to_owned(),
        _ if value.is_empty() => "blank".to_owned(),
        _ => value.to_owned(),
    }
}

/// Where the value comes from, with the default.
fn origin(source: &str, default: &str) -> String {
    match source {
        model::parameter::SET => format!("Set here; the default is {default}."),
        "file" => format!("Default, from the configuration file: {default}."),
        "variable" => format!("Default, from a variable of the environment: {default}."),
        _ => format!("Default: {default}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(value: &str, default: &str, source: &str) -> Entry {
        Entry::new(ParameterView {
            id: "page_size".into(),
            label: "Records per page".into(),
            section: "Reports".into(),
            kind: ParameterKind::Number,
            help: String::new(),
            value: value.into(),
            default: default.into(),
            source: source.into(),
        })
    }

    #[test]
    fn only_what_changed_is_sent_and_a_default_is_a_reset() {
        Owner::new().with(|| {
            let untouched = entry("30", "30", "default");
            assert_eq!(untouched.change(), None);
            untouched.value.set("50".into());
            assert_eq!(untouched.change().unwrap().value.as_deref(), Some("50"));
            let set = entry("50", "30", "set");
            assert_eq!(set.change(), None);
            set.value.set("30".into());
            assert_eq!(set.change().unwrap().value, None);
        });
    }
}
