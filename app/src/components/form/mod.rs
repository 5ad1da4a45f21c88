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
pub use summary::{ErrorSummary, Problem, focus_element};
pub use text_field::{TextField, TextKind};
pub use yes_no::YesNo;
