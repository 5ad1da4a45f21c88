//! The menu **Action** of a row: a popover, opened by the row's button, a right click on the row, or the key `.`.

use crate::components::icon::Icon;
use crate::components::menu::move_focus;
use crate::view::view;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::{Button, Div};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys;

/// What a choice of the menu does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Goes somewhere.
    Link(String),
    /// Does something.
    Run(Callback<()>),
}

/// One choice of the menu.
#[derive(Debug, Clone)]
pub struct RowAction {
    /// Its words.
    pub label: &'static str,
    /// What it does.
    pub act: Act,
    /// It takes something away.
    pub danger: bool,
}

impl RowAction {
    /// A choice that goes somewhere.
    pub fn link(label: &'static str, href: String) -> Self {
        Self { label, act: Act::Link(href), danger: false }
    }

    /// A choice that does something.
    pub fn run(label: &'static str, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self { label, act: Act::Run(Callback::new(move |()| act())), danger: false }
    }

    /// The same, as one that takes something away.
    #[must_use]
    pub fn dangerous(self) -> Self {
        Self { danger: true, ..self }
    }
}

/// The row whose menu is open, and where on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opened {
    /// The key of the row.
    pub key: i64,
    x: f64,
    y: f64,
}

impl Opened {
    /// Below the button of the row.
    pub fn below(key: i64, button: &web_sys::Element) -> Self {
        let button = button.get_bounding_client_rect();
        Self { key, x: button.left(), y: button.bottom() }
    }

    /// Where the mouse is.
    pub fn at_mouse(key: i64, event: &MouseEvent) -> Self {
        Self { key, x: event.client_x().into(), y: event.client_y().into() }
    }
}

/// The button **Action** of a row; the menu exists while it is open.
#[component]
pub fn ActionButton(
    key: i64,
    menu: RwSignal<Option<Opened>>,
    #[prop(into)] actions: Callback<(), Vec<RowAction>>,
) -> impl IntoView {
    let opened = Memo::new(move |_| menu.get().filter(|opened| opened.key == key));
    let button = NodeRef::<Button>::new();
    let open = move || menu.set(button.get_untracked().map(|button| Opened::below(key, &button)));
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "ArrowDown" {
            event.prevent_default();
            open();
        }
    };
    view! {
        <button
            type="button"
            class="button button-small"
            aria-haspopup="menu"
            aria-expanded=move || if opened.get().is_some() { "true" } else { "false" }
            node_ref=button
            on:click=move |_| open()
            on:keydown=on_key
        >
            "Action"
            <Icon name="down" />
        </button>
        {move || {
            opened
                .get()
                .map(|opened| view! { <Panel opened=opened menu=menu actions=actions.run(()) /> })
        }}
    }
}

#[component]
fn Panel(opened: Opened, menu: RwSignal<Option<Opened>>, actions: Vec<RowAction>) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(panel) = place.get() {
            show(panel.unchecked_into(), opened);
        }
    });
    // Escape and a click elsewhere close the panel without asking; the state follows.
    let toggled = move |_| {
        let panel = place.try_get_untracked().flatten();
        let open = panel.is_some_and(|panel| panel.matches(":popover-open").unwrap_or(false));
        if !open {
            menu.try_update(|menu| *menu = menu.filter(|other| other.key != opened.key));
        }
    };
    // Closing it by name gives the focus back to the button.
    let close = move |_| {
        if let Some(panel) = place.get_untracked() {
            // It refuses where it is closed already.
            let _ = panel.hide_popover();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        if let Some(panel) = place.get_untracked() {
            move_focus(&panel, "[role=menuitem]", by);
        }
    };
    view! {
        <div
            class="row-menu"
            role="menu"
            aria-label="Action"
            popover="auto"
            node_ref=place
            on:toggle=toggled
            on:keydown=on_key
            on:click=close
        >
            {actions.into_iter().map(item).collect_view()}
        </div>
    }
}

fn item(action: RowAction) -> AnyView {
    let class = if action.danger { "menu-item menu-danger" } else { "menu-item" };
    match action.act {
        Act::Link(href) => view! { <a role="menuitem" class=class href=href>{action.label}</a> },
        Act::Run(run) => view! {
            <button type="button" role="menuitem" class=class on:click=move |_| run.run(())>
                {action.danger.then(|| view! { <Icon name="warning" /> })}
                {action.label}
            </button>
        },
    }
}

/// Opens the panel, moved so that all of it is on the screen, and gives its first choice the focus.
fn show(panel: web_sys::HtmlElement, at: Opened) {
    // A frame later it stands in the document, and its choices decide how large it is.
    request_animation_frame(move || {
        // It refuses where it is open already.
        let _ = panel.show_popover();
        let size = panel.get_bounding_client_rect();
        let room = |of: Result<JsValue, _>| of.ok().and_then(|of| of.as_f64()).unwrap_or(f64::MAX);
        let left = at.x.min(room(window().inner_width()) - size.width() - MARGIN).max(MARGIN);
        let top = at.y.min(room(window().inner_height()) - size.height() - MARGIN).max(MARGIN);
        let style = web_sys::HtmlElement::style(&panel);
        // Both are lengths that every browser takes.
        let _ = style.set_property("left", &format!("{left}px"));
        let _ = style.set_property("top", &format!("{top}px"));
        move_focus(&panel, "[role=menuitem]", 1);
    });
}

/// How near to the edge of the screen the menu may come.
const MARGIN: f64 = 4.0;
