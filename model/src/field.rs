//! Errors that belong to one field of a form, so that a screen can show each at its place.

use serde::{Deserialize, Serialize};

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's stable name, such as `port`; the same in forms, JSON and tests.
    pub field: String,
    /// One sentence for the person who typed it.
    pub message: String,
}

/// Everything that is wrong with a form; empty means valid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// One error at one field.
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds an error at `field`.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// The first message for `field`.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{}: {}", error.field, error.message)?;
        }
        Ok(())
    }
}

/// A required single line: trimmed, without control characters, at most `longest` characters.
///
/// # Errors
/// The sentence to show at the field.
pub fn line(text: &str, longest: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("This field is required.".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("Line breaks and control characters are not allowed here.".to_owned());
    }
    if text.chars().any(is_unseen) {
        return Err("Characters that turn text around or cannot be seen are not allowed here.".to_owned());
    }
    if text.chars().count() > longest {
        return Err(format!("At most {longest} characters."));
    }
    Ok(text.to_owned())
}

/// Two names that look the same would be two, and one could pass for another. Joiners are left alone: scripts need them.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
