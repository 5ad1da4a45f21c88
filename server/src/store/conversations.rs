//! Which messages belong together: those that name each other (RFC 5322 §3.6.4), within one account. Messages come in any
//! order, an answer often before what it answers: then it waits under the name of what it answers, until that comes and
//! takes it in. Deliberately absent: reading headers (who calls brings the names).

use super::connection::{Tx, in_tx, with_pool};
use super::messages::{BESIDE_MESSAGES, MESSAGE_COLUMNS, MessageRow};
use super::search::IndexEntry;
use super::statement::{Statement, Value, bound};
use super::{Result, Store, dialect, fold};
use model::{AccountId, MessageId, MessageSummary};
use std::collections::HashMap;

/// Messages of a conversation that are listed.
const LISTED: i64 = 100;
/// An answer that names no message belongs to a subject that is no older: 30 days.
const TOPIC_MILLISECONDS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Names are followed so far; more would go round in a circle.
const STEPS: usize = 32;

/// The names by which a message finds its conversation, as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin {
    own: Option<i64>,
    ancestors: Vec<i64>,
    topic: Option<i64>,
    answers: bool,
}

impl Kin {
    /// Of a message called `own`, which answers `ancestors`; where it names none, its `subject`, or the subject that it
    /// `answered`, counts.
    pub fn of(own: Option<&str>, ancestors: &[String], subject: &str, answered: Option<&str>) -> Self {
        let topic = fold::key(answered.unwrap_or(subject), 500);
        Self {
            own: own.map(|own| number("id", own)),
            ancestors: ancestors.iter().map(|name| number("id", name)).collect(),
            topic: (ancestors.is_empty() && !topic.is_empty()).then(|| number("subject", &topic)),
            answers: answered.is_some(),
        }
    }

    /// Its own name.
    pub(super) fn own(&self) -> Option<i64> {
        self.own
    }

    /// Its subject, where that counts.
    pub(super) fn topic(&self) -> Option<i64> {
        self.topic
    }

    /// The names under which others may wait for it.
    fn awaited(&self) -> impl Iterator<Item = i64> {
        self.own.into_iter().chain(self.topic.filter(|_| !self.answers))
    }
}

/// The conversation of each message, by its number.
pub(super) type Belonging = HashMap<i64, i64>;

/// Finds the conversations of `entries`, and takes in who waited for one of them.
pub(super) async fn joined(tx: &mut Tx, entries: &[IndexEntry]) -> Result<Belonging> {
    let places = places(tx, entries).await?;
    let mut known = known_names(tx, entries).await?;
    let mut topics = known_topics(tx, entries).await?;
    let mut belonging = Belonging::new();
    // Whoever has a subject of its own comes before whoever answers one.
    let (answers, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.kin.answers);
    for IndexEntry { message, kin, .. } in others.into_iter().chain(answers) {
        let Some(&(account, received)) = places.get(&message.0) else { continue };
        let Some(conversation) = conversation(kin, account, received, &known, &topics) else { continue };
        if let Some(own) = kin.own.filter(|own| *own != conversation) {
            known.entry((account, own)).or_insert(conversation);
        }
        if let Some(topic) = kin.topic.filter(|_| !kin.answers) {
            topics.entry((account, topic)).or_default().push((received, conversation));
        }
        belonging.insert(message.0, conversation);
    }
    for (message, conversation) in &mut belonging {
        if let Some((account, _)) = places.get(message) {
            *conversation = followed(&known, *account, *conversation);
        }
    }
    take_in(tx, entries, &places, &belonging, &known).await?;
    Ok(belonging)
}

fn conversation(
    kin: &Kin,
    account: i64,
    received: i64,
    known: &HashMap<(i64, i64), i64>,
    topics: &HashMap<(i64, i64), Vec<(i64, i64)>>,
) -> Option<i64> {
    let by_name = kin.ancestors.iter().find_map(|name| known.get(&(account, *name)).copied());
    let by_topic = || {
        let topic = kin.topic.filter(|_| kin.answers)?;
        let begun = topics.get(&(account, topic)).into_iter().flatten();
        let near = begun.filter(|(at, _)| (received - TOPIC_MILLISECONDS..=received).contains(at));
        near.max_by_key(|(at, _)| *at).map(|(_, conversation)| *conversation)
    };
    by_name
        .or_else(|| kin.ancestors.first().copied())
        .or_else(by_topic)
        .or(kin.topic.filter(|_| kin.answers))
        .or(kin.own)
}

/// The conversation that a name has led to by now.
fn followed(known: &HashMap<(i64, i64), i64>, account: i64, name: i64) -> i64 {
    let mut at = name;
    for _ in 0..STEPS {
        match known.get(&(account, at)) {
            Some(&next) if next != at => at = next,
            _ => break,
        }
    }
    at
}

/// The account of each message, and when it came.
async fn places(tx: &mut Tx, entries: &[IndexEntry]) -> Result<HashMap<i64, (i64, i64)>> {
    let ids: Vec<i64> = entries.iter().map(|entry| entry.message.0).collect();
    let statement = asking(tx, "SELECT id, account, received FROM message WHERE id IN ", &ids, "");
    let rows: Vec<(i64, i64, i64)> =
        in_tx!(tx, connection => bound!(statement, sqlx::query_as).fetch_all(connection).await?);
    Ok(rows.into_iter().map(|(id, account, received)| (id, (account, received))).collect())
}

/// The conversations of those messages that are answered here and began none.
async fn known_names(tx: &mut Tx, entries: &[IndexEntry]) -> Result<HashMap<(i64, i64), i64>> {
    let names: Vec<i64> = entries.iter().flat_map(|entry| entry.kin.ancestors.iter().copied()).collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let rest = " AND named <> conversation";
    let statement =
        asking(tx, "SELECT account, named, conversation FROM message WHERE named IN ", &names, rest);
    let rows: Vec<(i64, i64, i64)> =
        in_tx!(tx, connection => bound!(statement, sqlx::query_as).fetch_all(connection).await?);
    Ok(rows.into_iter().map(|(account, name, conversation)| ((account, name), conversation)).collect())
}

/// For each subject that is answered here without a name: when messages of that subject came, and their conversations.
async fn known_topics(tx: &mut Tx, entries: &[IndexEntry]) -> Result<HashMap<(i64, i64), Vec<(i64, i64)>>> {
    let answers = entries.iter().filter(|entry| entry.kin.answers);
    let topics: Vec<i64> = answers.filter_map(|entry| entry.kin.topic).collect();
    let mut known = HashMap::<_, Vec<_>>::new();
    if topics.is_empty() {
        return Ok(known);
    }
    let rest = " AND conversation <> topic";
    let statement = asking(
        tx,
        "SELECT account, topic, received, conversation FROM message WHERE topic IN ",
        &topics,
        rest,
    );
    let rows: Vec<(i64, i64, i64, i64)> =
        in_tx!(tx, connection => bound!(statement, sqlx::query_as).fetch_all(connection).await?);
    for (account, topic, received, conversation) in rows {
        known.entry((account, topic)).or_default().push((received, conversation));
    }
    Ok(known)
}

/// Messages that waited under a name of one of `entries` get its conversation. Under a subject wait answers that came
/// within 30 days.
async fn take_in(
    tx: &mut Tx,
    entries: &[IndexEntry],
    places: &HashMap<i64, (i64, i64)>,
    belonging: &Belonging,
    known: &HashMap<(i64, i64), i64>,
) -> Result<()> {
    const MOVE: &str = "UPDATE message SET conversation = $1 WHERE account = $2 AND conversation = $3 \
                        AND received BETWEEN $4 AND $5";
    let mut moved: HashMap<(i64, i64), (i64, i64, i64)> = HashMap::new();
    for entry in entries {
        let (Some(&(account, received)), Some(&conversation)) =
            (places.get(&entry.message.0), belonging.get(&entry.message.0))
        else {
            continue;
        };
        for name in entry.kin.awaited().filter(|name| *name != conversation) {
            let (from, to) = if Some(name) == entry.kin.topic {
                (received, received.saturating_add(TOPIC_MILLISECONDS))
            } else {
                (i64::MIN, i64::MAX)
            };
            moved.insert((account, name), (followed(known, account, conversation), from, to));
        }
    }
    let names: Vec<i64> = moved.keys().map(|(_, name)| *name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let statement =
        asking(tx, "SELECT DISTINCT account, conversation FROM message WHERE conversation IN ", &names, "");
    let waiting: Vec<(i64, i64)> =
        in_tx!(&mut *tx, connection => bound!(statement, sqlx::query_as).fetch_all(connection).await?);
    for (account, name) in waiting {
        let Some((conversation, from, to)) = moved.get(&(account, name)) else { continue };
        in_tx!(&mut *tx, connection => {
            sqlx::query(MOVE).bind(conversation).bind(account).bind(name).bind(from).bind(to)
                .execute(connection).await?;
        });
    }
    Ok(())
}

fn asking(tx: &Tx, select: &'static str, numbers: &[i64], rest: &'static str) -> Statement {
    let (list, value) = dialect::list_of_numbers(matches!(tx, Tx::Postgres(_)), numbers);
    let mut statement = Statement::default();
    statement.push(select, []);
    statement.push(list, [value]);
    statement.push(rest, []);
    statement
}

/// A number for a name: names that differ share one as seldom as two hashes of 64 bits do.
fn number(kind: &str, name: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes()).update(b":").update(name.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

impl Store {
    /// The newest hundred messages of the conversation that a message belongs to, oldest first and itself among them; empty
    /// where it stands alone.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn conversation(&self, account: AccountId, message: MessageId) -> Result<Vec<MessageSummary>> {
        let mut statement = Statement::default();
        statement.push("SELECT ", []);
        statement.push(MESSAGE_COLUMNS, []);
        statement.push(" FROM message m", []);
        statement.push(BESIDE_MESSAGES, []);
        statement.push(
            "WHERE m.account = $ AND m.conversation = (SELECT conversation FROM message WHERE id = $) \
             ORDER BY m.received DESC, m.id DESC LIMIT $",
            [Value::Number(account.0), Value::Number(message.0), Value::Number(LISTED)],
        );
        let rows: Vec<MessageRow> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        if rows.len() < 2 {
            return Ok(Vec::new());
        }
        Ok(rows.into_iter().rev().map(MessageRow::into_summary).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_followed_to_their_end_and_never_round() {
        let known =
            HashMap::from([((1, 10), 20), ((1, 20), 30), ((2, 10), 99), ((1, 40), 50), ((1, 50), 40)]);
        assert_eq!(followed(&known, 1, 10), 30);
        assert_eq!(followed(&known, 2, 10), 99);
        assert_eq!(followed(&known, 1, 30), 30);
        assert!([40, 50].contains(&followed(&known, 1, 40)));
    }

    #[test]
    fn a_message_id_is_no_subject() {
        assert_ne!(number("id", "x"), number("subject", "x"));
        let kin = Kin::of(Some("a"), &[], "Hello", None);
        assert_eq!(kin.topic, Kin::of(None, &[], "Re: HELLO", Some("HELLO")).topic);
        assert_eq!(Kin::of(None, &["b".to_owned()], "Hello", None).topic, None);
    }
}
