//! A search as SQL over `message m`. What is only about words becomes one question to the database's own search,
//! everything else conditions around it. Deliberately absent: how words are asked for (see `search_words`), and which
//! way the rows are found (see `message_list`).

use super::connection::with_pool;
use super::dialect;
use super::fold;
use super::message_list::containing;
use super::search_words::Notation;
use super::statement::{Statement, Value};
use super::{Result, Store, number};
use model::search::Search;

/// What a search asks for: both hold.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Words that every message says, as one question.
    pub(super) words: Option<String>,
    /// Conditions over `m`, one each.
    pub(super) others: Vec<Statement>,
}

/// A part of a search. A part without a word or value asks for nothing, and is left out.
enum Part {
    Words(String),
    Other(Statement),
}

/// Folders with their numbers, which are compared here: no column holds their names folded.
type Folders = Vec<(i64, String)>;

impl Store {
    /// What `search` asks this database for.
    pub(super) async fn asked(&self, search: &Search) -> Result<Asked> {
        let folders: Folders = if names_a_folder(search) {
            with_pool!(self, pool => {
                sqlx::query_as("SELECT id, name FROM mailbox").fetch_all(pool).await?
            })
        } else {
            Vec::new()
        };
        let compiler = Compiler { postgres: self.is_postgres(), folders };
        Ok(match search {
            Search::All(parts) => compiler.asked(parts),
            one => compiler.asked(std::slice::from_ref(one)),
        })
    }
}

fn names_a_folder(search: &Search) -> bool {
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter().any(names_a_folder),
        Search::Not(inner) => names_a_folder(inner),
        other => matches!(other, Search::Folder(_)),
    }
}

struct Compiler {
    postgres: bool,
    folders: Folders,
}

impl Compiler {
    fn notation(&self) -> Notation {
        Notation::of(self.postgres)
    }

    /// All of `parts` hold.
    fn asked(&self, parts: &[Search]) -> Asked {
        let (mut wanted, mut unwanted, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let (inner, negative) = match part {
                Search::Not(inner) => (&**inner, true),
                other => (other, false),
            };
            match self.part(inner) {
                Some(Part::Words(words)) if negative => unwanted.push(words),
                Some(Part::Words(words)) => wanted.push(words),
                Some(Part::Other(condition)) => {
                    others.push(if negative { not(&condition) } else { condition });
                }
                None => {}
            }
        }
        if wanted.is_empty() {
            // There is no search for what messages do not say.
            others.extend(unwanted.into_iter().map(|words| not(&self.condition(Part::Words(words)))));
            return Asked { words: None, others };
        }
        Asked { words: Some(self.notation().all(&wanted, &unwanted)), others }
    }

    fn part(&self, search: &Search) -> Option<Part> {
        Some(match search {
            Search::All(parts) => {
                let Asked { words, mut others } = self.asked(parts);
                match words {
                    Some(words) if others.is_empty() => Part::Words(words),
                    words => {
                        others.extend(words.map(|words| self.condition(Part::Words(words))));
                        Part::Other(joined(&others, " AND ")?)
                    }
                }
            }
            Search::Any(parts) => self.any(parts)?,
            Search::Not(inner) => Part::Other(not(&self.condition(self.part(inner)?))),
            Search::Says(says) => Part::Words(self.notation().phrase(says)?),
            other => Part::Other(self.property(other)?),
        })
    }

    fn any(&self, parts: &[Search]) -> Option<Part> {
        let (mut words, mut others) = (Vec::new(), Vec::new());
        for part in parts.iter().filter_map(|part| self.part(part)) {
            match part {
                Part::Words(question) => words.push(question),
                Part::Other(condition) => others.push(condition),
            }
        }
        if words.is_empty() {
            return joined(&others, " OR ").map(Part::Other);
        }
        let words = self.notation().any(&words);
        if others.is_empty() {
            return Some(Part::Words(words));
        }
        others.push(self.condition(Part::Words(words)));
        joined(&others, " OR ").map(Part::Other)
    }

    /// What is no word of the message.
    fn property(&self, search: &Search) -> Option<Statement> {
        Some(match search {
            Search::HasAttachment => plain("m.attachments > 0", None),
            Search::Unread(true) => plain("m.unread", None),
            Search::Unread(false) => plain("NOT m.unread", None),
            Search::Flagged(true) => plain("m.flagged", None),
            Search::Flagged(false) => plain("NOT m.flagged", None),
            Search::Gone => plain("m.state = 'gone'", None),
            Search::Since(at) => plain("m.received >= $", Some(Value::Number(at.0))),
            Search::Before(at) => plain("m.received < $", Some(Value::Number(at.0))),
            Search::Larger(bytes) => plain("m.size > $", Some(Value::Number(number(*bytes)))),
            Search::Smaller(bytes) => plain("m.size < $", Some(Value::Number(number(*bytes)))),
            Search::Account(name) => plain(
                r"m.account IN (SELECT id FROM account WHERE name_key LIKE $ ESCAPE '\')",
                Some(containing(name)?),
            ),
            Search::Folder(name) => self.in_folder(name)?,
            Search::Tag(name) => plain(
                "m.id IN (SELECT t.message FROM message_tag t JOIN tag g ON g.id = t.tag WHERE g.name_key = $)",
                Some(Value::Text(fold::key(name, TAG_KEY))),
            ),
            Search::All(_) | Search::Any(_) | Search::Not(_) | Search::Says(_) => return None,
        })
    }

    fn in_folder(&self, name: &str) -> Option<Statement> {
        let part = fold::key(name, FOLDER_KEY);
        if part.is_empty() {
            return None;
        }
        let named = self.folders.iter().filter(|(_, name)| fold::key(name, FOLDER_KEY).contains(&part));
        let ids: Vec<i64> = named.map(|(id, _)| *id).collect();
        let (list, value) = dialect::list_of_numbers(self.postgres, &ids);
        Some(plain(&format!("m.mailbox IN {list}"), Some(value)))
    }

    fn condition(&self, part: Part) -> Statement {
        match part {
            Part::Words(question) => {
                plain(dialect::says_in_a_set(self.postgres), Some(Value::Text(question)))
            }
            Part::Other(condition) => condition,
        }
    }
}

/// Characters of a tag and of a folder by which they are told apart.
pub(super) const TAG_KEY: usize = 100;
const FOLDER_KEY: usize = 500;

fn plain(condition: &str, value: Option<Value>) -> Statement {
    let mut statement = Statement::default();
    statement.push(condition, value);
    statement
}

fn not(condition: &Statement) -> Statement {
    let mut statement = plain("NOT (", None);
    statement.append(condition);
    statement.push(")", None);
    statement
}

/// `(a AND b)`; `None` of nothing.
fn joined(conditions: &[Statement], word: &str) -> Option<Statement> {
    let (first, rest) = conditions.split_first()?;
    let mut all = plain("(", None);
    all.append(first);
    for condition in rest {
        all.push(word, None);
        all.append(condition);
    }
    all.push(")", None);
    Some(all)
}
