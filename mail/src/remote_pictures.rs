//! Pictures that the HTML of a message names out on the net, fetched for a reader who asked for them. Only the server is
//! seen by whoever serves them: no cookie, no referrer, no address of the reader. They go by the rules of discovery: public
//! addresses alone, judged after the name was resolved and again after each redirect. Deliberately absent: keeping them.

use crate::discovery::Rules;
use crate::discovery::dns::Dns;
use crate::discovery::https::{Wanted, file};
use crate::message::RemotePictures;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Who takes longer for all of them together, shows what came.
const LIMIT: Duration = Duration::from_secs(12);
/// Asked for at once.
const LANES: usize = 6;
/// All of them together: more is not shown either.
const BYTES: usize = 10 * 1000 * 1000;

const PICTURE: Wanted = Wanted {
    accept: "image/png, image/jpeg, image/gif, image/webp",
    // Says nothing of who we are, and is let in where unknown agents are not.
    agent: "Mozilla/5.0",
    largest: 5 * 1000 * 1000,
    plain: true,
};

/// What could be fetched of `sources` (see [`crate::message::remote_pictures`]) within twelve seconds and ten megabytes. Their
/// content is a stranger's: whether it is a picture is looked at where it is shown.
pub async fn fetch(sources: Vec<String>, rules: &Rules) -> RemotePictures {
    let mut fetched = RemotePictures::new();
    let Ok(dns) = Dns::new(rules.resolver) else { return fetched };
    let end = Instant::now() + LIMIT;
    let one = |source: String| async {
        let url = if source.starts_with("//") { format!("https:{source}") } else { source.clone() };
        let bytes = file(&url, &PICTURE, &dns, rules).await;
        (source, bytes)
    };
    let mut pictures = stream::iter(sources.into_iter().map(one)).buffer_unordered(LANES);
    let mut left = BYTES;
    while let Ok(Some((source, bytes))) = timeout_at(end, pictures.next()).await {
        match bytes {
            Ok(bytes) => {
                let Some(rest) = left.checked_sub(bytes.len()) else { continue };
                left = rest;
                fetched.insert(source, bytes.into());
            }
            Err(failure) => tracing::debug!(%failure, "a picture of a message was not fetched"),
        }
    }
    fetched
}
