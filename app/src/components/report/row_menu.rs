//! The menu **Action** of a row: one popover for the whole report, opened by the row's button, a right click, or the
//! key `.` on a row.

use super::Row;
use crate::components::icon::Icon;
use crate::components::menu::move_focus;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Div;
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

/// A row whose menu is open, and where on the screen.
#[derive(Debug, Clone)]
pub struct Opened<T> {
    row: T,
    x: f64,
    y: f64,
}

impl<T: Row> Opened<T> {
    /// Below the button that was pressed.
    pub fn below(row: T, event: &MouseEvent) -> Option<Self> {
        let button = event.current_target()?.dyn_into::<web_sys::Element>().ok()?.get_bounding_client_rect();
        Some(Self { row, x: button.left(), y: button.bottom() })
    }

    /// Where the mouse is.
    pub fn at_mouse(row: T, event: &MouseEvent) -> Self {
        Self { row, x: event.client_x().into(), y: event.client_y().into() }
    }
}

/// The menu, where a row is opened.
#[component]
pub fn RowMenu<T: Row>(
    menu: RwSignal<Option<Opened<T>>>,
    actions: Callback<T, Vec<RowAction>>,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        let Some(panel) = place.get() else { return };
        let panel: web_sys::HtmlElement = panel.unchecked_into();
        match menu.with(|opened| opened.as_ref().map(|opened| (opened.x, opened.y))) {
            Some((x, y)) => show(panel, x, y),
            // It refuses where it is closed already.
            None => drop(panel.hide_popover()),
        }
    });
    // Escape and a click elsewhere close the panel without asking; the state follows.
    let closed = move |_| {
        let open = place.get_untracked().is_some_and(|panel| panel.matches(":popover-open").unwrap_or(false));
        if !open {
            menu.set(None);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(panel) = place.get_untracked() {
            move_focus(&panel, "[role=menuitem]", by);
        }
    };
    let items = move || menu.get().map(|opened| actions.run(opened.row).into_iter().map(item).collect_view());
    view! {
        <div
            class="row-menu"
            role="menu"
            aria-label="Action"
            popover="auto"
            node_ref=place
            on:toggle=closed
            on:keydown=on_key
            on:click=move |_| menu.set(None)
        >
            {items}
        </div>
    }
    .into_any()
}

fn item(action: RowAction) -> AnyView {
    let class = if action.danger { "menu-item menu-danger" } else { "menu-item" };
    match action.act {
        Act::Link(href) => view! { <a role="menuitem" class=class href=href>{action.label}</a> }.into_any(),
        Act::Run(run) => view! {
            <button type="button" role="menuitem" class=class on:click=move |_| run.run(())>
                {action.danger.then(|| view! { <Icon name="warning" /> })}
                {action.label}
            </button>
        }
        .into_any(),
    }
}

/// Opens the panel at a point, moved so that all of it is on the screen, and gives its first choice the focus.
fn show(panel: web_sys::HtmlElement, x: f64, y: f64) {
    // The choices are drawn first: they decide how large the panel is.
    request_animation_frame(move || {
        // It refuses where it is open already.
        let _ = panel.show_popover();
        let size = panel.get_bounding_client_rect();
        let room = |of: Result<JsValue, _>| of.ok().and_then(|of| of.as_f64()).unwrap_or(f64::MAX);
        let left = x.min(room(window().inner_width()) - size.width() - MARGIN).max(MARGIN);
        let top = y.min(room(window().inner_height()) - size.height() - MARGIN).max(MARGIN);
        let style = web_sys::HtmlElement::style(&panel);
        // Both are lengths that every browser takes.
        let _ = style.set_property("left", &format!("{left}px"));
        let _ = style.set_property("top", &format!("{top}px"));
        move_focus(&panel, "[role=menuitem]", 1);
    });
}

/// How near to the edge of the screen the menu may come.
const MARGIN: f64 = 4.0;
