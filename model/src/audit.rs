//! The audit: who did what, when, from where, on what, and what it changed. Deliberately absent: secrets. What changed
//! is told in the words of what people may see, so that nothing that is sealed is within reach.

mod action;
mod change;

pub use action::{AuditAction, Noun};
pub use change::{AccountFields, Change, changes};

use crate::{Person, Timestamp};
use serde::{Deserialize, Serialize};

/// Who does something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is signed in.
    Person {
        /// Who.
        person: Person,
        /// Where the request came from.
        address: String,
    },
    /// Somebody on this machine, who may read and write the data folder.
    CommandLine {
        /// The operating system's name for them.
        user: String,
    },
    /// The program by itself.
    System,
    /// Nobody that is known: a sign-in that was refused.
    Nobody {
        /// Where the request came from.
        address: String,
    },
}

impl Actor {
    /// What kind of actor this is.
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Person { .. } => ActorKind::Person,
            Self::CommandLine { .. } => ActorKind::CommandLine,
            Self::System => ActorKind::System,
            Self::Nobody { .. } => ActorKind::Nobody,
        }
    }

    /// The name of the person, or the operating system's name; empty where there is none.
    pub fn name(&self) -> &str {
        match self {
            Self::Person { person, .. } => &person.name,
            Self::CommandLine { user } => user,
            Self::System | Self::Nobody { .. } => "",
        }
    }

    /// Where the request came from; `None` where there was none.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Person { address, .. } | Self::Nobody { address } => Some(address),
            Self::CommandLine { .. } | Self::System => None,
        }
    }
}

/// The kinds of [`Actor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Somebody who was signed in.
    Person,
    /// Somebody on the machine.
    CommandLine,
    /// The program by itself.
    System,
    /// Nobody that is known.
    Nobody,
}

impl ActorKind {
    /// The stable id, such as `command_line`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::CommandLine => "command_line",
            Self::System => "system",
            Self::Nobody => "nobody",
        }
    }

    /// The kind of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Person, Self::CommandLine, Self::System, Self::Nobody].into_iter().find(|kind| kind.id() == id)
    }

    /// How an actor of this kind and name is called, such as `command line (root)`.
    pub fn words(self, name: &str) -> String {
        match self {
            Self::Person => name.to_owned(),
            Self::CommandLine => format!("command line ({name})"),
            Self::System => "system".to_owned(),
            Self::Nobody => "nobody".to_owned(),
        }
    }
}

/// What something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing.
    pub noun: Noun,
    /// Its number, where it has one.
    pub id: Option<i64>,
    /// Its name at that time.
    pub name: String,
}

/// What is to be recorded, apart from who does it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What is done.
    pub action: AuditAction,
    /// What it is done to.
    pub subject: Subject,
    /// What it changes.
    pub changes: Vec<Change>,
}

impl Deed {
    /// A deed that changes no field.
    pub fn new(action: AuditAction, noun: Noun, id: Option<i64>, name: &str) -> Self {
        let subject = Subject { noun, id, name: name.to_owned() };
        Self { action, subject, changes: Vec::new() }
    }

    /// The same, with what it changes.
    #[must_use]
    pub fn with(self, changes: Vec<Change>) -> Self {
        Self { changes, ..self }
    }
}

/// One record, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its number: a later record has a higher one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What kind of actor.
    pub actor: ActorKind,
    /// The actor's name at that time.
    pub who: String,
    /// From where.
    pub address: Option<String>,
    /// The stable id of what was done; one that this version does not know reads as it is.
    pub action: String,
    /// What kind of thing it was done to, by its stable id.
    pub noun: String,
    /// Its number.
    pub subject_id: Option<i64>,
    /// Its name at that time.
    pub subject: String,
    /// What it changed.
    pub changes: Vec<Change>,
}

impl AuditRecord {
    /// Who, such as `ana` or `command line (root)`.
    pub fn who_text(&self) -> String {
        self.actor.words(&self.who)
    }

    /// What was done, in words.
    pub fn action_text(&self) -> String {
        AuditAction::from_id(&self.action).map_or_else(|| words_of(&self.action), |it| it.label().to_owned())
    }

    /// On what, such as `account Sales`.
    pub fn subject_text(&self) -> String {
        let noun = self.noun.replace('_', " ");
        if self.subject.is_empty() { noun } else { format!("{noun} {}", self.subject) }
    }
}

/// A stable name as people read it: `keep_copy` is `Keep copy`.
pub fn words_of(id: &str) -> String {
    let mut words = id.replace(['.', '_'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The search fields of the audit report; absent means any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Part of who did it, in any case.
    pub who: Option<String>,
    /// The stable id of what was done.
    pub action: Option<String>,
    /// Part of the name of what it was done to, or of the kind of thing it is, in any case.
    pub subject: Option<String>,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_words() {
        assert_eq!(words_of("messages.deleted_on_server"), "Messages deleted on server");
        assert_eq!(words_of("keep_copy"), "Keep copy");
        assert_eq!(words_of(""), "");
        assert_eq!(words_of("änderung"), "änderung");
    }

    #[test]
    fn every_kind_of_actor_comes_back_from_its_id() {
        for kind in [ActorKind::Person, ActorKind::CommandLine, ActorKind::System, ActorKind::Nobody] {
            assert_eq!(ActorKind::from_id(kind.id()), Some(kind));
        }
        assert_eq!(ActorKind::CommandLine.words("root"), "command line (root)");
    }
}
