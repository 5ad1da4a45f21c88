//! How a view is written here.

/// leptos's `view!` with its type erased: a list or an option of views is one type in the WASM, whatever they are made
/// of, and not one for each kind of element.
macro_rules! view {
    ($($markup:tt)*) => {
        leptos::prelude::IntoAny::into_any(leptos::prelude::view! { $($markup)* }.into_inner())
    };
}

pub(crate) use view;
