//! The page where a person signs in: a plain form in a document of its own, without scripts, so that it works before
//! and without everything else.

use super::entrance::{Entrance, EntranceField, document_of};
use crate::view::view;

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct SignInPage {
    /// Why the last attempt failed; the same sentence for an unknown name and a wrong password.
    pub error: Option<String>,
    /// The name as it was typed.
    pub name: String,
    /// Where to go afterwards: a path of ours.
    pub next: String,
    /// The URL of the stylesheet.
    pub stylesheet: String,
}

/// The whole HTML document. Its form posts `name`, `password` and `next` to `/sign-in`.
pub fn document(page: SignInPage) -> String {
    let SignInPage { error, name, next, stylesheet } = page;
    document_of("Sign in", stylesheet, move || {
        let name_is_known = !name.is_empty();
        view! {
            <Entrance title="Sign in" action="/sign-in" button="Sign in" error>
                <input type="hidden" name="next" value=next />
                <EntranceField
                    name="name"
                    label="Name"
                    value=name
                    autocomplete="username"
                    autofocus=!name_is_known
                />
                <EntranceField
                    name="password"
                    label="Password"
                    secret=true
                    autocomplete="current-password"
                    autofocus=name_is_known
                />
            </Entrance>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_cannot_break_out_of_the_page() {
        let html = document(SignInPage {
            error: Some("Name or password is wrong.".into()),
            name: "\"><script>alert(1)</script>".into(),
            next: "/inbox?x=\"><b>".into(),
            stylesheet: "/site/main.css".into(),
        });
        assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("Name or password is wrong."), "{html}");
        assert!(html.contains("action=\"/sign-in\"") && html.contains("method=\"post\""), "{html}");
    }
}
