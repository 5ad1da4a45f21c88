//! What a screen asked the server for.
//!
//! A leptos resource is some ten kilobytes of WASM for each type that it holds. So there is one, which holds JSON, and
//! what a screen sees of it is typed here: what the server put into the page is read when it is first looked at, what
//! the browser fetched is kept as it came.

use super::{ApiError, reader};
use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// An answer that arrives later, and again whenever its question changes.
#[derive(Debug)]
pub struct Asked<T> {
    answer: Resource<Answer, FromToStringCodec>,
    kind: PhantomData<fn() -> T>,
}

/// One answer, as text or as what the text says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Held {
    text: String,
    #[serde(skip)]
    value: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// What the server puts into the page as text, and a browser takes out of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer(Result<Held, ApiError>);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page_text(self))
    }
}

impl FromStr for Answer {
    type Err = reader::Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        reader::read(text)
    }
}

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Asked<T> {
    /// Asks `fetch`, and again whenever `question` changes.
    pub fn new<Q, F>(question: impl Into<Signal<Q>>, fetch: impl Fn(Q) -> F + Send + Sync + 'static) -> Self
    where
        Q: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let question = question.into();
        let fetch = move || {
            let answer = fetch(question.get_untracked());
            Box::pin(async move { Answer(answer.await.map(hold)) }) as Answering
        };
        // Read, not only tracked: a question that was never read counts as changed when somebody does.
        let answer = resource(Arc::new(move || question.with(|_| ())), Arc::new(fetch));
        Self { answer, kind: PhantomData }
    }

    /// Asks `fetch` once.
    pub fn once<F>(fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        Self::new(Signal::stored(()), move |()| fetch())
    }

    /// The answer; `None` while it is on its way. Follows changes.
    pub fn get(self) -> Option<Result<Arc<T>, ApiError>> {
        self.answer.with(|answer| answer.as_ref().map(|Answer(answer)| read(answer)))
    }

    /// Asks the same again; what is there stays until the answer has come.
    pub fn refetch(self) {
        self.answer.refetch();
    }
}

impl<T> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Asked<T> {}

/// The only resource there is, whatever it holds.
fn resource(
    track: Arc<dyn Fn() + Send + Sync>,
    fetch: Arc<dyn Fn() -> Answering + Send + Sync>,
) -> Resource<Answer, FromToStringCodec> {
    let asked = Memo::new(move |before: Option<&u64>| {
        track();
        before.map_or(0, |before| before + 1)
    });
    Resource::new_str(move || asked.get(), move |_| fetch())
}

/// What `read` makes of an [`Asked`]; in the browser, whoever follows it is told of real changes only.
///
/// A memo would do in the browser. On the server an answer wakes whoever waits for it before it tells the memos that
/// they are out of date: rendering, on another thread, could meet the answer in one place and its absence in another, and
/// such a page does not come alive.
pub fn follow<V>(read: impl Fn() -> V + Send + Sync + 'static) -> Signal<V>
where
    V: Clone + PartialEq + Send + Sync + 'static,
{
    #[cfg(feature = "ssr")]
    return Signal::derive(read);
    #[cfg(not(feature = "ssr"))]
    Memo::new(move |_| read()).into()
}

fn hold<T: Serialize + Send + Sync + 'static>(value: T) -> Held {
    let text = page_text(&value);
    let erased: Arc<dyn Any + Send + Sync> = Arc::new(value);
    Held { text, value: erased.into() }
}

/// What the server writes into the page; a value that is no JSON arrives there as one that cannot be read.
#[cfg(feature = "ssr")]
fn page_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A browser has no use for the text of what it fetched.
#[cfg(not(feature = "ssr"))]
fn page_text(_: &impl Serialize) -> String {
    String::new()
}

fn read<T: DeserializeOwned + Send + Sync + 'static>(
    answer: &Result<Held, ApiError>,
) -> Result<Arc<T>, ApiError> {
    let held = answer.as_ref().map_err(Clone::clone)?;
    if held.value.get().is_none() {
        let value: T = reader::read(&held.text).map_err(unreadable)?;
        // Lost to somebody who read it at the same time: it is the same.
        let _ = held.value.set(Arc::new(value));
    }
    let value = held.value.get().cloned().and_then(|value| value.downcast().ok());
    value.ok_or_else(|| unreadable("an answer of another type"))
}

fn unreadable(why: impl ToString) -> ApiError {
    ApiError::Internal { reference: why.to_string() }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_the_same_from_the_page_and_from_a_call() {
        let held = hold(vec![1_u8, 2]);
        let page = Answer(Ok(held.clone())).to_string();
        let Answer(from_page) = page.parse().unwrap();
        assert_eq!(read::<Vec<u8>>(&Ok(held)), read::<Vec<u8>>(&from_page));
        assert_eq!(*read::<Vec<u8>>(&from_page).unwrap(), [1, 2]);
        assert!(read::<Vec<u8>>(&Err(ApiError::Busy)).is_err());
        assert!(read::<String>(&from_page).is_err(), "another type is refused");
    }

    #[test]
    fn the_server_looks_at_an_answer_each_time() {
        let owner = Owner::new();
        let looked = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counted = owner.with(|| {
            let looked = looked.clone();
            follow(move || looked.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
        });
        assert_eq!((counted.get_untracked(), counted.get_untracked()), (0, 1));
    }
}
