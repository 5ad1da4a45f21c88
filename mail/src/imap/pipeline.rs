//! Which messages are asked for next, and what an answer means: no I/O, so that every order of answers can be tested.
//!
//! Answers are routed by UID and by the item asked for, never by their order: a server may mix in changes of flags.
//! A body counts only once the tagged OK of its own command has come. A message that did not come is asked for once
//! more alone, then looked for: only a server that knows nothing of it makes it *gone*. A large message comes in
//! windows, one such message at a time. A body that may not be the message is asked for again (see [`super::doubt`]).

use super::answer::{Done, Tag, Verdict};
use super::assembly::{Assembly, Step, WINDOW};
use super::command::{SET_BYTES, set_text};
use super::doubt::{Doubts, Judgement};
use super::driver::DEPTH;
use super::flight::{Ask, Flight, Purpose};
use super::listing::uid;
use crate::net::fault::{Fault, mail_error};
use crate::net::reply::cause_of;
use crate::{Fetched, FetchedBody, Limits, MailError, Reach, RemoteMessage};
use async_imap::imap_proto::AttributeValue;
use model::{Cause, MessageKey, Stage, Uid};
use std::collections::{HashMap, VecDeque};

/// A batch is full at this many bytes; a larger message is fetched in windows.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// A batch is full at this many messages.
const BATCH_MESSAGES: usize = 100;

/// The state of one fetch.
pub struct Pipeline {
    /// In the order wanted; the first is the next to be handed out.
    slots: VecDeque<Slot>,
    /// How many were handed out: the place of the first slot.
    handed_out: usize,
    /// The place of the next slot that was not asked for.
    next: usize,
    places: HashMap<Uid, usize>,
    flights: Vec<(Tag, Flight)>,
    again: VecDeque<(Uid, Purpose)>,
    /// The message that comes in windows now.
    large: Option<(Uid, Assembly)>,
    doubts: Doubts,
    /// Planned bytes that are on the way or not handed out.
    outstanding: u64,
    /// Bytes that came and were not handed out.
    held: u64,
    limits: Limits,
    cancelled: bool,
}

struct Slot {
    message: RemoteMessage,
    body: Option<FetchedBody>,
    /// Counted in `outstanding`.
    planned: u64,
}

impl Pipeline {
    /// Nothing asked for yet. A message named twice is fetched once.
    pub fn new(wanted: &[RemoteMessage], limits: &Limits) -> Self {
        let mut places = HashMap::new();
        let mut slots = VecDeque::with_capacity(wanted.len());
        for message in wanted {
            if let MessageKey::Uid(uid) = message.key
                && !places.contains_key(&uid)
            {
                places.insert(uid, slots.len());
                slots.push_back(Slot { message: message.clone(), body: None, planned: 0 });
            }
        }
        Self {
            slots,
            handed_out: 0,
            next: 0,
            places,
            flights: Vec::new(),
            again: VecDeque::new(),
            large: None,
            doubts: Doubts::default(),
            outstanding: 0,
            held: 0,
            limits: *limits,
            cancelled: false,
        }
    }

    /// The next message in order, where what came of it is known.
    pub fn pop_ready(&mut self) -> Option<Fetched> {
        if self.cancelled {
            return None;
        }
        let slot = self.slots.pop_front_if(|slot| slot.body.is_some())?;
        self.handed_out += 1;
        self.outstanding = self.outstanding.saturating_sub(slot.planned);
        let body = slot.body?;
        if let FetchedBody::Raw(bytes) = &body {
            self.held = self.held.saturating_sub(bytes.len() as u64);
        }
        Some(Fetched { message: slot.message, body })
    }

    /// Nobody wants what is still to come: nothing more is asked for, what is on the way is dropped.
    pub fn cancel(&mut self) {
        self.cancelled = true;
        self.slots.clear();
        self.again.clear();
        self.large = None;
    }

    /// The next command to send, where one may be sent now.
    pub fn next_ask(&mut self) -> Option<Ask> {
        if self.cancelled || self.flights.len() >= DEPTH {
            return None;
        }
        if let Some((uid, purpose)) = self.again.pop_front() {
            return Some(Ask { uids: vec![uid], purpose });
        }
        if let Some(ask) = self.next_window() {
            return Some(ask);
        }
        let mut uids: Vec<Uid> = Vec::new();
        let mut bytes: u64 = 0;
        while let Some(slot) = self.slots.get_mut(self.next.saturating_sub(self.handed_out)) {
            let size = slot.message.size;
            let MessageKey::Uid(uid) = slot.message.key else { break };
            if size > self.limits.message_bytes {
                slot.body = Some(FetchedBody::TooLarge { size });
                self.next += 1;
                continue;
            }
            let first = uids.is_empty();
            let full = uids.len() >= BATCH_MESSAGES || bytes.saturating_add(size) > BATCH_BYTES;
            let ahead = self.outstanding.saturating_add(size) > self.limits.session_bytes_in_flight;
            let large = size > BATCH_BYTES;
            let must_wait = large && (!first || self.large.is_some());
            if must_wait || !first && full || ahead && self.outstanding > 0 || !fits(&mut uids, uid) {
                break;
            }
            slot.planned = size;
            self.outstanding = self.outstanding.saturating_add(size);
            bytes = bytes.saturating_add(size);
            self.next += 1;
            if large {
                self.large = Some((uid, Assembly::new(size, WINDOW)));
                return self.next_window();
            }
        }
        (!uids.is_empty()).then_some(Ask { uids, purpose: Purpose::Batch })
    }

    fn next_window(&mut self) -> Option<Ask> {
        let (uid, assembly) = self.large.as_mut()?;
        let offset = assembly.next_offset()?;
        Some(Ask { uids: vec![*uid], purpose: Purpose::Window(offset) })
    }

    /// `ask` was sent with `tag`.
    pub fn sent(&mut self, tag: Tag, ask: Ask) {
        self.flights.push((tag, Flight::new(ask)));
    }

    /// An untagged FETCH. True where it brought a body that is waited for.
    ///
    /// # Errors
    /// Where far more came than the sizes listed promised.
    pub fn arrived(&mut self, attributes: &[AttributeValue<'_>]) -> Result<bool, MailError> {
        let Some(uid) = uid(attributes) else { return Ok(false) };
        let of_it = |flight: &&mut Flight| flight.ask.uids.contains(&uid);
        let flights = self.flights.iter_mut().map(|(_, flight)| flight).filter(of_it);
        let Some((origin, data)) = body(attributes) else {
            flights.for_each(|flight| flight.seen = true);
            return Ok(false);
        };
        let waiting = flights.filter_map(|flight| flight.waits_for(uid, origin).map(|fit| (fit, flight)));
        let Some((_, flight)) = waiting.max_by_key(|(fit, _)| *fit) else { return Ok(false) };
        flight.seen = true;
        self.held = self.held.saturating_add(data.len() as u64);
        // What was planned, and one message that is far larger than it was listed with.
        let most = self.limits.session_bytes_in_flight.saturating_add(self.limits.message_bytes / 8 * 9);
        let most = most.saturating_add(WINDOW);
        if self.held > most {
            return Err(mail_error(
                Stage::Fetch,
                "fetching",
                &Fault::Size { announced: self.held, limit: most }.into(),
            ));
        }
        flight.origin = origin;
        flight.bodies.insert(uid, if self.cancelled { Vec::new() } else { data.to_vec() });
        Ok(true)
    }

    /// A tagged answer.
    ///
    /// # Errors
    /// An unknown tag, BAD, or a server that asks for less: the check ends.
    pub fn done(&mut self, tag: &Tag, done: &Done) -> Result<(), MailError> {
        let Some(at) = self.flights.iter().position(|(sent, _)| sent == tag) else {
            let detail = "An answer carries a tag that was not sent.";
            return Err(MailError::account(Stage::Fetch, Cause::ProtocolError, detail));
        };
        let (_, mut flight) = self.flights.swap_remove(at);
        let refusal = refusal(done)?;
        for uid in std::mem::take(&mut flight.ask.uids) {
            let body = flight.bodies.remove(&uid);
            if let (Purpose::Window(offset), true) =
                (flight.ask.purpose, flight.origin.is_some() || body.is_none())
            {
                self.window_done(uid, offset, body.filter(|_| refusal.is_none()));
                continue;
            }
            match (body, &refusal, flight.ask.purpose) {
                // Whatever it says to that, it could say what changed.
                (_, _, Purpose::Look) => self.again(uid, Purpose::Alone),
                (Some(bytes), None, _) => self.whole(uid, bytes),
                (dropped, _, Purpose::Batch | Purpose::Window(_)) => {
                    // Complete by the server's own word or not at all: a NO voids what came before it.
                    self.held = self.held.saturating_sub(dropped.map_or(0, |bytes| bytes.len() as u64));
                    self.again(uid, Purpose::Alone);
                }
                (dropped, Some(error), _) => {
                    self.held = self.held.saturating_sub(dropped.map_or(0, |bytes| bytes.len() as u64));
                    self.settle(uid, FetchedBody::Failed(error.clone()));
                }
                (None, None, _) if flight.seen => self.settle(uid, FetchedBody::Failed(without_body())),
                (None, None, Purpose::Alone) => self.again(uid, Purpose::Probe),
                (None, None, Purpose::Probe) => self.settle(uid, FetchedBody::Gone),
            }
        }
        Ok(())
    }

    /// The session ended in the middle of an answer about a message, named by its UID or, where that is certain, by its
    /// number in the session. Everything that is complete, and then that message, which comes to `body`; `None` where
    /// none that was asked for is meant.
    pub fn broken_off(
        &mut self,
        uid: Option<Uid>,
        number: Option<u32>,
        body: FetchedBody,
    ) -> Option<Vec<Fetched>> {
        let asked = |uid: Uid| self.flights.iter().any(|(_, flight)| flight.ask.uids.contains(&uid));
        let meant = |slot: &Slot| match (&slot.message.key, uid) {
            (MessageKey::Uid(own), Some(uid)) => *own == uid && asked(uid),
            (MessageKey::Uid(own), None) => Some(slot.message.number) == number && asked(*own),
            _ => false,
        };
        let at = self.slots.iter().position(|slot| slot.body.is_none() && meant(slot))?;
        let message = self.slots.remove(at)?.message;
        let complete = self.slots.drain(..).filter_map(|slot| Some((slot.message, slot.body?)));
        let mut sent: Vec<_> = complete.map(|(message, body)| Fetched { message, body }).collect();
        sent.push(Fetched { message, body });
        Some(sent)
    }

    /// True where answers are outstanding.
    pub fn is_waiting(&self) -> bool {
        !self.flights.is_empty()
    }

    /// True where everything was handed out.
    pub fn is_finished(&self) -> bool {
        self.flights.is_empty() && self.slots.is_empty()
    }

    /// A window came, or it did not.
    fn window_done(&mut self, uid: Uid, offset: u64, data: Option<Vec<u8>>) {
        let Some((_, assembly)) = self.large.as_mut().filter(|(large, _)| *large == uid) else {
            self.held = self.held.saturating_sub(data.map_or(0, |data| data.len() as u64));
            return;
        };
        let step = data.map_or(Step::Broken, |data| assembly.arrived(offset, data));
        let too_large = assembly.held() > self.limits.message_bytes;
        match step {
            Step::More if !too_large => {}
            Step::More => {
                let size = assembly.held();
                self.held = self.held.saturating_sub(size);
                self.large = None;
                self.settle(uid, FetchedBody::TooLarge { size });
            }
            Step::Whole(bytes) => {
                self.large = None;
                self.whole(uid, bytes);
            }
            Step::Broken => {
                self.held = self.held.saturating_sub(assembly.held());
                self.large = None;
                self.again(uid, Purpose::Alone);
            }
        }
    }

    /// A message is here.
    fn whole(&mut self, uid: Uid, bytes: Vec<u8>) {
        let size = bytes.len() as u64;
        if self.large.as_ref().is_some_and(|(large, _)| *large == uid) {
            self.large = None;
        }
        if size > self.limits.message_bytes {
            self.held = self.held.saturating_sub(size);
            return self.settle(uid, FetchedBody::TooLarge { size });
        }
        let Some(listed) = self.slot(uid).map(|slot| slot.message.clone()) else {
            self.held = self.held.saturating_sub(size);
            return;
        };
        match self.doubts.judge(uid, &listed, &bytes) {
            Judgement::Believed => return self.settle(uid, FetchedBody::Raw(bytes)),
            Judgement::Doubted => self.again(uid, Purpose::Look),
            Judgement::Unsteady => self.settle(uid, FetchedBody::Failed(unsteady())),
        }
        self.held = self.held.saturating_sub(size);
    }

    fn again(&mut self, uid: Uid, purpose: Purpose) {
        if !self.cancelled {
            self.again.push_back((uid, purpose));
        }
    }

    fn settle(&mut self, uid: Uid, body: FetchedBody) {
        if let Some(slot) = self.slot(uid) {
            slot.body = Some(body);
        }
    }

    /// `None` where it was handed out or nobody wants it.
    fn slot(&mut self, uid: Uid) -> Option<&mut Slot> {
        let place = self.places.get(&uid).and_then(|place| place.checked_sub(self.handed_out));
        place.and_then(|place| self.slots.get_mut(place))
    }
}

/// A body and where it begins; what a server gives as NIL beyond the end of a message is empty.
fn body<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<(Option<u64>, &'a [u8])> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section: None, index: Some(index), data } => {
            Some((Some(u64::from(*index)), data.as_deref().unwrap_or_default()))
        }
        AttributeValue::BodySection { section: None, index: None, data } => Some((None, data.as_deref()?)),
        _ => None,
    })
}

/// Adds `uid` where the set stays short enough for one command; the first always fits.
fn fits(uids: &mut Vec<Uid>, uid: Uid) -> bool {
    let at = uids.partition_point(|known| *known < uid);
    uids.insert(at, uid);
    let fits = set_text(uids).len() <= SET_BYTES;
    if !fits {
        uids.remove(at);
    }
    fits
}

fn refusal(done: &Done) -> Result<Option<MailError>, MailError> {
    let otherwise = match done.verdict {
        Verdict::Ok => return Ok(None),
        Verdict::No | Verdict::Bad => Cause::ProtocolError,
    };
    let kind = cause_of(&done.text, otherwise);
    let error = MailError::account(Stage::Fetch, kind, "The server refused FETCH.").with_reply(&done.text);
    if done.verdict == Verdict::Bad || kind != Cause::ProtocolError {
        return Err(error);
    }
    Ok(Some(error.reaching(Reach::Message)))
}

fn without_body() -> MailError {
    let detail = "The server lists the message and does not give its body.";
    MailError::account(Stage::Fetch, Cause::ProtocolError, detail).reaching(Reach::Message)
}

fn unsteady() -> MailError {
    let detail = "The server gives other bytes for the message each time, none of the size it lists.";
    MailError::account(Stage::Fetch, Cause::ProtocolError, detail).reaching(Reach::Message)
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
