//! The page of the first run: whoever holds the one-time code that the server printed becomes the first
//! administrator. A plain form in a document of its own, without scripts.

use super::entrance::{Entrance, EntranceField, document_of};
use crate::view::view;
use model::FieldErrors;
use model::person::SHORTEST_PASSWORD;

const FIELDS: [&str; 4] = ["code", "name", "password", "password_again"];

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct SetUpPage {
    /// What is wrong with `code`, `name`, `password` or `password_again`.
    pub errors: FieldErrors,
    /// The code as it was typed.
    pub code: String,
    /// The name as it was typed.
    pub name: String,
    /// The URL of the stylesheet.
    pub stylesheet: String,
}

/// The whole HTML document. Its form posts `code`, `name`, `password` and `password_again` to `/set-up`.
pub fn document(page: SetUpPage) -> String {
    let SetUpPage { errors, code, name, stylesheet } = page;
    document_of("Set-up", stylesheet, move || {
        let elsewhere = errors
            .0
            .iter()
            .find(|error| !FIELDS.contains(&error.field.as_str()))
            .map(|error| error.message.clone());
        let start = FIELDS
            .into_iter()
            .find(|field| errors.at(field).is_some())
            .unwrap_or(if code.is_empty() { "code" } else { "name" });
        let [of_code, of_name, of_password, of_password_again] =
            FIELDS.map(|field| errors.at(field).map(str::to_owned));
        view! {
            <Entrance
                title="Create the first administrator"
                action="/set-up"
                button="Create administrator"
                error=elsewhere
            >
                <EntranceField
                    name="code"
                    label="Set-up code"
                    value=code
                    help="Printed by the server when it started."
                    error=of_code
                    autocomplete="one-time-code"
                    autofocus=start == "code"
                />
                <EntranceField
                    name="name"
                    label="Name"
                    value=name
                    error=of_name
                    autocomplete="username"
                    autofocus=start == "name"
                />
                <EntranceField
                    name="password"
                    label="Password"
                    secret=true
                    help=format!("At least {SHORTEST_PASSWORD} characters.")
                    error=of_password
                    autocomplete="new-password"
                    autofocus=start == "password"
                />
                <EntranceField
                    name="password_again"
                    label="Password again"
                    secret=true
                    error=of_password_again
                    autocomplete="new-password"
                    autofocus=start == "password_again"
                />
            </Entrance>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stands_at_its_field_and_takes_the_focus() {
        let html = document(SetUpPage {
            errors: FieldErrors::one("password", "At least 10 characters."),
            code: "ABCD".into(),
            name: "Ada".into(),
            stylesheet: "/site/main.css".into(),
        });
        assert!(html.contains("id=\"password-error\""), "{html}");
        assert_eq!(html.matches("autofocus").count(), 1, "{html}");
        assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");
        assert!(html.contains("value=\"ABCD\"") && !html.contains("<script"), "{html}");
    }
}
