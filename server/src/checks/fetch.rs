//! What is new in the open mailbox is listed, planned and asked for; [`super::intake`] makes it durable as it comes.

use super::gate::Gate;
use super::intake::Intake;
use super::marks;
use super::plan::{self, Listing};
use super::rematch;
use super::run::{CheckError, OpenFolder, Tally};
use crate::store::{KnownUidl, MessageRef};
use mail::{Fetched, MailError, MailSession, RemoteMessage};
use model::{MessageKey, UidValidity};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;

/// What fetching left behind for the deletion that may follow.
#[derive(Default)]
pub struct FetchedFolder {
    /// Everything the server listed in this check.
    pub listed: Vec<RemoteMessage>,
    /// That is all there is in the folder.
    pub whole: bool,
    /// What became durable in this check: which message of the server is which of ours.
    pub stored: Vec<(RemoteMessage, MessageRef)>,
    /// One message that could not be had though it is there; it is asked for again by the next check.
    pub failure: Option<MailError>,
}

/// What the server lists and which of it is here.
pub struct Survey {
    /// In ascending order.
    pub listed: Vec<RemoteMessage>,
    /// That is all there is in the folder.
    pub whole: bool,
    /// The names of what need not be fetched.
    pub here: HashSet<MessageKey>,
}

/// Lists, plans, fetches and stores what is new in the open mailbox.
pub async fn fetch_new(
    at: &OpenFolder<'_>,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<FetchedFolder, CheckError> {
    let bytes_wanted = must_see_bytes(at).await?;
    let Some(survey) = survey(at, bytes_wanted, true, session).await? else {
        return Ok(FetchedFolder::default());
    };
    let plan = plan::fetch_plan(survey.listed.clone(), &survey.here, &at.remote, at.settings.fetch_since);
    marks::before_fetching(at, &plan.wanted).await?;
    let (sender, receiver) = mpsc::channel(16);
    let mut intake = Intake::new(at, &plan, tally);
    let feeding = feed(&at.checks.gate, at.largest, session, &plan.wanted, sender);
    let (fetched, stored) = tokio::join!(feeding, intake.store_all(receiver));
    // Our own failure first: where the store gave up, the session ended only because nobody listened any more.
    let complete = stored?;
    fetched?;
    if bytes_wanted && complete {
        at.checks.store.forget_names(at.lease()?, at.known.mailbox).await?;
    }
    let mut folder = intake.into_folder();
    folder.listed = survey.listed;
    folder.whole = survey.whole;
    Ok(folder)
}

/// True where messages whose UID was found by name alone are to be fetched once more: only bytes permit a deletion.
async fn must_see_bytes(at: &OpenFolder<'_>) -> Result<bool, CheckError> {
    Ok(!at.settings.keep_copy && at.checks.store.has_uids_by_name(at.known.mailbox).await?)
}

/// Lists what may be new; `None` where nothing can be. With `writes` false nothing changes here, whatever the server did
/// to its UIDs.
pub async fn survey(
    at: &OpenFolder<'_>,
    bytes_wanted: bool,
    writes: bool,
    session: &mut dyn MailSession,
) -> Result<Option<Survey>, CheckError> {
    let listing = if bytes_wanted { Listing::All } else { plan::listing(&at.known, &at.remote) };
    let from = match listing {
        Listing::Nothing => return Ok(None),
        Listing::From(uid) => Some(uid),
        Listing::All => None,
    };
    let listed = session.list_messages(from).await?;
    let Some(uid_validity) = at.remote.uid_validity else {
        return Ok(Some(Survey { here: uidls_here(at, &listed).await?, listed, whole: true }));
    };
    let anew = plan::counts_anew(&at.known, &at.remote, &listed);
    if anew && writes {
        at.checks.store.void_uids(at.lease()?, at.known.mailbox).await?;
    }
    let mut here =
        if anew { HashSet::new() } else { uids_here(at, uid_validity, from, bytes_wanted).await? };
    if listing == Listing::All {
        let epoch = if anew { 0 } else { uid_validity };
        here.extend(rematch::find_again(at, epoch, uid_validity, &listed, &here, writes, session).await?);
    }
    Ok(Some(Survey { listed, whole: from.is_none(), here }))
}

async fn uids_here(
    at: &OpenFolder<'_>,
    uid_validity: UidValidity,
    from: Option<u32>,
    bytes_wanted: bool,
) -> Result<HashSet<MessageKey>, CheckError> {
    let store = &at.checks.store;
    let uids = store.known_uids(at.known.mailbox, uid_validity, from.unwrap_or(1), !bytes_wanted).await?;
    Ok(uids.into_iter().map(MessageKey::Uid).collect())
}

/// The UIDLs that need not be fetched. One that is listed with another size than when it was fetched was given to another
/// message, whatever RFC 1939 says; that its size was never the true one is no news.
async fn uidls_here(
    at: &OpenFolder<'_>,
    listed: &[RemoteMessage],
) -> Result<HashSet<MessageKey>, CheckError> {
    let sizes: HashMap<&MessageKey, u64> =
        listed.iter().map(|message| (&message.key, message.size)).collect();
    let known = at.checks.store.known_uidls(at.known.mailbox).await?.into_iter();
    let known = known.map(|known| {
        let KnownUidl { uidl, occurrence, listed_size, .. } = known;
        (MessageKey::Uidl { uidl, occurrence }, listed_size)
    });
    let same = |key: &MessageKey, size: Option<u64>| match (sizes.get(key), size) {
        (Some(now), Some(then)) => *now == then,
        _ => true,
    };
    Ok(known.filter(|(key, size)| same(key, *size)).map(|(key, _)| key).collect())
}

/// Asks for as much at a time as this process may hold.
async fn feed(
    gate: &Gate,
    largest: u64,
    session: &mut dyn MailSession,
    wanted: &[RemoteMessage],
    into: mpsc::Sender<Fetched>,
) -> Result<(), CheckError> {
    let mut rest = wanted;
    while !rest.is_empty() && !into.is_closed() {
        // What is too large is not fetched.
        let sizes = rest.iter().map(|message| if message.size > largest { 0 } else { message.size });
        let (count, _held) = gate.hold(sizes).await?;
        let (now, later) = rest.split_at(count.min(rest.len()));
        session.fetch(now, into.clone()).await?;
        rest = later;
    }
    Ok(())
}
