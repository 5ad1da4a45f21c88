//! Fields of forms: label, control, help, warning and error as one labelled whole.
//!
//! A widget gets a value and says what was typed; what that means is its page's business. Deliberately absent:
//! calls to the server, validation, layout of whole forms.

mod field;
mod select_field;
mod summary;
mod text_field;
mod yes_no;

pub use field::{Field, FieldTexts, FormSection, described_by, error_id};
pub use select_field::{Choice, SelectField};
pub use summary::{ErrorSummary, Problem, focus_element, show_element};
pub use text_field::{TextField, TextKind};
pub use yes_no::YesNo;

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use leptos::prelude::*;

    fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
        Owner::new().with(|| view().to_html())
    }

    #[test]
    fn without_scripts_a_field_shows_its_value_and_its_error() {
        let html = html(|| {
            let texts = FieldTexts {
                error: Signal::stored(Some("Too \"high\".".to_owned())),
                ..FieldTexts::default()
            };
            let value = "70000".to_owned();
            view! { <TextField id="port" label="Port" value on_input=Callback::new(|_| ()) texts /> }
        });
        let label = html.split("<label").nth(1).and_then(|rest| rest.split("</label>").next()).unwrap();
        assert!(label.starts_with(" for=\"port\""), "{html}");
        assert_eq!(label.split('>').nth(1), Some("Port<!"), "the label is its words alone: {html}");
        assert!(html.contains("value=\"70000\"") && html.contains("aria-invalid=\"true\""), "{html}");
        assert!(
            html.contains("id=\"port-error\"") && html.contains("aria-describedby=\"port-error "),
            "{html}"
        );
    }

    #[test]
    fn a_switch_says_yes_or_no() {
        for (value, answer) in [(true, ">Yes<"), (false, ">No<")] {
            let html = html(
                || view! { <YesNo id="enabled" label="Enabled" value on_change=Callback::new(|_| ()) /> },
            );
            assert!(html.contains(answer), "{html}");
            assert_eq!(html.contains(" checked"), value, "{html}");
        }
    }

    #[test]
    fn a_drop_down_shows_the_choice_that_is_made() {
        let html = html(|| {
            let choices = vec![Choice::new("imap", "IMAP"), Choice::new("pop3", "POP3")];
            let value = "pop3".to_owned();
            view! { <SelectField id="protocol" label="Protocol" value on_change=Callback::new(|_| ()) choices /> }
        });
        assert!(html.contains("value=\"pop3\" selected"), "{html}");
        assert_eq!(html.matches("selected").count(), 1, "{html}");
    }
}
