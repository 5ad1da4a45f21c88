//! What a box suggests while somebody types: a list below the box, chosen from with the arrow keys or the mouse
//! (the combobox of the ARIA practices). Deliberately absent: where suggestions come from.

use crate::view::view;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::search::Suggestion;
use std::time::Duration;

/// How long somebody has to stop typing before suggestions are asked for.
const PAUSE: Duration = Duration::from_millis(120);

/// Where suggestions come from. Called with what was typed, whether it was searched for on purpose (Enter was pressed, or a
/// suggestion taken), and whom to tell what may follow as soon as it is known.
pub type Suggesting = Callback<(String, bool, Callback<Vec<Suggestion>>)>;

/// The list of one search box.
#[derive(Debug, Clone, Copy)]
pub struct Suggestions {
    from: Suggesting,
    /// The id of the list.
    pub list: &'static str,
    listed: RwSignal<Vec<Suggestion>>,
    open: RwSignal<bool>,
    active: RwSignal<Option<usize>>,
    asking: StoredValue<Option<TimeoutHandle>>,
    /// How often something was asked: only the answer to the last question is shown.
    asked: StoredValue<u32>,
}

impl Suggestions {
    /// A list of this id, which gets what it shows from `from`.
    pub fn new(from: Suggesting, list: &'static str) -> Self {
        Self {
            from,
            list,
            listed: RwSignal::new(Vec::new()),
            open: RwSignal::new(false),
            active: RwSignal::new(None),
            asking: StoredValue::new(None),
            asked: StoredValue::new(0),
        }
    }

    /// True while there is something to choose from.
    pub fn shown(self) -> bool {
        self.open.get() && self.listed.with(|listed| !listed.is_empty())
    }

    /// The id of the suggestion that Enter takes.
    pub fn active_id(self) -> Option<String> {
        self.active.get().filter(|_| self.shown()).map(|at| self.option_id(at))
    }

    /// Somebody typed `text`, or came to the box.
    pub fn typed(self, text: String) {
        self.open.set(true);
        self.active.set(None);
        // What is still on the screen fits what was typed, until the answer is here.
        self.listed.update(|listed| listed.retain(|suggestion| suggestion.text.contains(&text)));
        if let Some(handle) = self.asking.get_value() {
            handle.clear();
        }
        let ask = move || self.ask(text.clone(), false);
        self.asking.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    }

    pub fn close(self) {
        self.open.set(false);
        self.active.set(None);
    }

    /// Tells whoever wants to know that somebody searched for `text`.
    pub fn searched(self, text: String) {
        self.close();
        self.ask(text, true);
    }

    fn ask(self, text: String, searched: bool) {
        let Some(number) = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        }) else {
            return;
        };
        let answered = Callback::new(move |found| {
            if self.asked.try_get_value() == Some(number) {
                self.listed.set(found);
            }
        });
        self.from.run((text, searched, answered));
    }

    /// Goes through the list. What a key took, where one did; true where the key has done its work.
    pub fn pressed(self, event: &KeyboardEvent) -> (Option<Suggestion>, bool) {
        let length = self.listed.with_untracked(Vec::len);
        let shown = self.open.get_untracked() && length > 0;
        let active = self.active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if shown => self.active.set(Some(active.map_or(0, |at| (at + 1) % length))),
            "ArrowUp" if shown => {
                let above = active.unwrap_or(0).checked_sub(1).unwrap_or(length - 1);
                self.active.set(Some(above));
            }
            "Escape" if shown => self.close(),
            "Enter" if shown && active.is_some() => return (active.and_then(|at| self.at(at)), true),
            _ => return (None, false),
        }
        (None, true)
    }

    /// The suggestion at this place.
    pub fn at(self, at: usize) -> Option<Suggestion> {
        self.listed.with_untracked(|listed| listed.get(at).cloned())
    }

    fn option_id(self, at: usize) -> String {
        format!("{}-{at}", self.list)
    }

    /// The list; `take` gets what was chosen with the mouse.
    pub fn view(self, take: Callback<Suggestion>) -> AnyView {
        let option = move |(at, suggestion): (usize, Suggestion)| {
            let taken = suggestion.clone();
            let Suggestion { text, words, .. } = suggestion;
            view! {
                <li
                    id=self.option_id(at)
                    role="option"
                    aria-selected=move || if self.active.get() == Some(at) { "true" } else { "false" }
                    // The focus stays in the box.
                    on:mousedown=|event| event.prevent_default()
                    on:click=move |_| take.run(taken.clone())
                >
                    <bdi>{text}</bdi>
                    <span class="muted">{words}</span>
                </li>
            }
        };
        let options = move || self.listed.get().into_iter().enumerate().map(option).collect_view();
        view! {
            <ul id=self.list class="suggestions" role="listbox" aria-label="Suggestions" hidden=move || !self.shown()>
                {options}
            </ul>
        }
        .into_any()
    }
}
