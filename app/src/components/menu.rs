//! Menus under a button. Before the page is alive the style sheet opens them (hover and focus); after that the
//! state is here, so that screen readers hear it.

use super::icon::Icon;
use crate::view::view;
use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys;

/// A button that opens a list of choices below it.
#[component]
pub fn Menu(
    /// Unique on the page.
    id: &'static str,
    /// The words on the button.
    #[prop(into)]
    label: Signal<String>,
    /// An icon before the words.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Opens under the mouse as well.
    #[prop(optional)]
    hover: bool,
    /// Lies against the right edge of the button.
    #[prop(optional)]
    at_end: bool,
    /// More classes for the button.
    #[prop(default = "button")]
    class: &'static str,
    /// `<li>` elements with a link or a button each.
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let place = NodeRef::<Div>::new();
    let leave = move |event: FocusEvent| {
        let next = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        // The focus also leaves a menu that is being taken off the page: its state is gone by then.
        let inside = place.try_get_untracked().flatten().is_some_and(|menu| menu.contains(next.as_ref()));
        if !inside {
            open.try_set(false);
        }
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            open.set(false);
            focus(&place, "button");
        }
        "ArrowDown" => {
            event.prevent_default();
            open.set(true);
            step(&place, 1);
        }
        "ArrowUp" => {
            event.prevent_default();
            step(&place, -1);
        }
        _ => {}
    };
    let press = move |event: MouseEvent| {
        // The mouse has opened a hover menu before it clicks; only the keyboard (detail 0) closes it again.
        let stays = hover && event.detail() > 0;
        open.update(|open| *open = stays || !*open);
    };
    view! {
        <div
            class="menu"
            class:menu-hover=hover
            class:menu-end=at_end
            data-open=move || open.get().then_some("")
            node_ref=place
            on:keydown=on_key
            on:focusout=leave
            on:mouseenter=move |_| if hover { open.set(true) }
            on:mouseleave=move |_| if hover { open.set(false) }
        >
            <button
                type="button"
                class=format!("{class} menu-button")
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-controls=id
                on:click=press
            >
                {icon.map(|name| view! { <Icon name=name /> })}
                <span>{label}</span>
                <Icon name="down" />
            </button>
            <ul class="menu-panel" id=id on:click=move |_| open.set(false)>
                {children()}
            </ul>
        </div>
    }
}

/// Moves the focus among the links and buttons of the menu's panel.
fn step(place: &NodeRef<Div>, by: i32) {
    let Some(menu) = place.get_untracked() else { return };
    // Closed panels are invisible and cannot take the focus; the state above arrives with the next frame.
    request_animation_frame(move || {
        let element: &web_sys::Element = &menu;
        move_focus(element, ".menu-panel a, .menu-panel button, .menu-panel input", by);
    });
}

/// Moves the focus by one among the elements of `within` that match `selector`, around the ends.
pub fn move_focus(within: &web_sys::Element, selector: &str, by: i32) {
    let Ok(found) = within.query_selector_all(selector) else { return };
    let count = found.length();
    if count == 0 {
        return;
    }
    let active = document().active_element();
    let here = (0..count).find(|index| {
        found
            .item(*index)
            .is_some_and(|node| active.as_ref().is_some_and(|active| node.is_same_node(Some(active))))
    });
    let next = match (here, by > 0) {
        (Some(here), true) => (here + 1) % count,
        (Some(here), false) => (here + count - 1) % count,
        (None, true) => 0,
        (None, false) => count - 1,
    };
    if let Some(element) = found.item(next).and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Focus fails only on elements that are gone.
        let _ = element.focus();
    }
}

fn focus(place: &NodeRef<Div>, selector: &str) {
    if let Some(menu) = place.get_untracked()
        && let Ok(Some(element)) = menu.query_selector(selector)
        && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
    {
        // Focus fails only on elements that are gone.
        let _ = element.focus();
    }
}
