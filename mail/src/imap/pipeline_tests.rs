//! Every order of answers, without a wire.

use super::*;
use proptest::prelude::*;

const WINDOW_BYTES: usize = 1 << 20;

fn message(uid: Uid, size: u64) -> RemoteMessage {
    RemoteMessage { key: MessageKey::Uid(uid), number: uid, size, received: None }
}

fn limits() -> Limits {
    Limits { message_bytes: 10_000_000, session_bytes_in_flight: 16 << 20, ..Limits::default() }
}

fn tag(number: usize) -> Tag {
    Tag(format!("t{number}"))
}

fn done(verdict: Verdict, text: &str) -> Done {
    Done { verdict, text: text.to_owned() }
}

fn body(uid: Uid, data: &[u8]) -> Vec<AttributeValue<'_>> {
    vec![
        AttributeValue::Uid(uid),
        AttributeValue::BodySection { section: None, index: None, data: Some(data.into()) },
    ]
}

/// A body of the size that was listed.
fn padded(word: &str, size: u64) -> Vec<u8> {
    let mut body = word.as_bytes().to_vec();
    body.resize(usize::try_from(size).unwrap(), b' ');
    body
}

/// Sends whatever may be sent, with tags counted from `first`; returns the commands.
fn send_all(pipeline: &mut Pipeline, first: usize) -> Vec<String> {
    let mut commands = Vec::new();
    while let Some(ask) = pipeline.next_ask() {
        commands.push(ask.command());
        pipeline.sent(tag(first + commands.len() - 1), ask);
    }
    commands
}

fn bodies(pipeline: &mut Pipeline) -> Vec<(Uid, String)> {
    std::iter::from_fn(|| pipeline.pop_ready())
        .map(|fetched| {
            let word = match fetched.body {
                FetchedBody::Raw(bytes) => String::from_utf8(bytes).unwrap().trim_end().to_owned(),
                FetchedBody::TooLarge { .. } => "too large".to_owned(),
                FetchedBody::Gone => "gone".to_owned(),
                FetchedBody::Failed(_) => "failed".to_owned(),
            };
            (fetched.message.number, word)
        })
        .collect()
}

#[test]
fn batches_are_bounded_in_bytes_messages_and_number() {
    let many: Vec<_> = (1..=1000).map(|uid| message(uid, 10)).collect();
    let mut pipeline = Pipeline::new(&many, &limits());
    let commands = send_all(&mut pipeline, 0);
    assert_eq!(commands.len(), DEPTH);
    assert_eq!(commands[0], "UID FETCH 1:100 (UID BODY.PEEK[])");

    let large: Vec<_> = (1..=10).map(|uid| message(uid, 3 << 20)).collect();
    let mut pipeline = Pipeline::new(&large, &limits());
    assert_eq!(send_all(&mut pipeline, 0).len(), 4);

    let sparse: Vec<_> = (1..=100).map(|uid| message(uid * 40_000_000, 10)).collect();
    let mut pipeline = Pipeline::new(&sparse, &limits());
    assert!(send_all(&mut pipeline, 0).iter().all(|command| command.len() < SET_BYTES + 50));
}

#[test]
fn no_more_is_under_way_than_the_session_may_hold() {
    let few = Limits { session_bytes_in_flight: 100, ..limits() };
    let messages = [message(1, 60), message(2, 60), message(3, 500)];
    let mut pipeline = Pipeline::new(&messages, &few);
    assert_eq!(send_all(&mut pipeline, 0), ["UID FETCH 1 (UID BODY.PEEK[])"]);
    pipeline.arrived(&body(1, &padded("one", 60))).unwrap();
    pipeline.done(&tag(0), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(send_all(&mut pipeline, 1), [""; 0]);
    assert_eq!(bodies(&mut pipeline), [(1, "one".to_owned())]);
    assert_eq!(send_all(&mut pipeline, 1), ["UID FETCH 2 (UID BODY.PEEK[])"]);
    pipeline.arrived(&body(2, &padded("two", 60))).unwrap();
    pipeline.done(&tag(1), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(bodies(&mut pipeline), [(2, "two".to_owned())]);
    // One that is larger than the budget goes alone rather than never.
    assert_eq!(send_all(&mut pipeline, 2), ["UID FETCH 3 (UID BODY.PEEK[])"]);
}

#[test]
fn what_is_too_large_is_never_asked_for_and_keeps_its_place() {
    let messages = [message(1, 5), message(2, 20_000_000), message(3, 5)];
    let mut pipeline = Pipeline::new(&messages, &limits());
    assert_eq!(send_all(&mut pipeline, 0), ["UID FETCH 1,3 (UID BODY.PEEK[])"]);
    for uid in [3, 1] {
        pipeline.arrived(&body(uid, b"x    ")).unwrap();
    }
    assert_eq!(bodies(&mut pipeline), []);
    pipeline.done(&tag(0), &done(Verdict::Ok, "")).unwrap();
    let expected = [(1, "x"), (2, "too large"), (3, "x")].map(|(uid, word)| (uid, word.to_owned()));
    assert_eq!(bodies(&mut pipeline), expected);
    assert!(pipeline.is_finished());
}

#[test]
fn an_unknown_tag_and_bad_end_the_fetch() {
    let mut pipeline = Pipeline::new(&[message(1, 5)], &limits());
    send_all(&mut pipeline, 0);
    assert!(pipeline.done(&tag(7), &done(Verdict::Ok, "")).is_err());
    assert!(pipeline.done(&tag(0), &done(Verdict::Bad, "what?")).is_err());
}

#[test]
fn a_message_that_is_listed_without_a_body_failed_and_is_not_gone() {
    let mut pipeline = Pipeline::new(&[message(1, 5)], &limits());
    send_all(&mut pipeline, 0);
    pipeline.done(&tag(0), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(send_all(&mut pipeline, 1), ["UID FETCH 1 (UID BODY.PEEK[])"]);
    pipeline.done(&tag(1), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(send_all(&mut pipeline, 2), ["UID FETCH 1 (UID)"]);
    pipeline.arrived(&[AttributeValue::Uid(1)]).unwrap();
    pipeline.done(&tag(2), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(bodies(&mut pipeline), [(1, "failed".to_owned())]);
}

#[test]
fn nobody_listening_drops_what_is_under_way_and_asks_for_nothing_more() {
    let messages: Vec<_> = (1..=500).map(|uid| message(uid, 5)).collect();
    let mut pipeline = Pipeline::new(&messages, &limits());
    assert_eq!(send_all(&mut pipeline, 0).len(), DEPTH);
    pipeline.cancel();
    for number in 0..DEPTH {
        assert!(!pipeline.is_finished());
        pipeline.done(&tag(number), &done(Verdict::Ok, "")).unwrap();
    }
    assert_eq!(send_all(&mut pipeline, DEPTH), [""; 0]);
    assert!(pipeline.is_finished());
}

/// The window of `data` from `offset` on.
fn window(uid: Uid, offset: usize, data: &[u8]) -> Vec<AttributeValue<'static>> {
    let end = (offset + WINDOW_BYTES).min(data.len());
    let data = Some(data[offset.min(end)..end].to_vec().into());
    vec![
        AttributeValue::Uid(uid),
        AttributeValue::BodySection { section: None, index: Some(u32::try_from(offset).unwrap()), data },
    ]
}

#[test]
fn a_large_message_comes_in_windows_and_its_neighbours_beside_it() {
    let data: Vec<u8> = (0..5_500_000_u32).map(|at| u8::try_from(at / 1000 % 256).unwrap()).collect();
    let messages = [message(1, 5), message(2, data.len() as u64), message(3, 5)];
    let mut pipeline = Pipeline::new(&messages, &limits());
    let commands = send_all(&mut pipeline, 0);
    assert_eq!(commands[0], "UID FETCH 1 (UID BODY.PEEK[])");
    assert_eq!(commands[1], "UID FETCH 2 (UID BODY.PEEK[]<0.1048576>)");
    assert_eq!((commands.len(), commands[3].as_str()), (4, "UID FETCH 2 (UID BODY.PEEK[]<2097152.1048576>)"));
    pipeline.arrived(&body(1, b"first")).unwrap();
    let mut sent = commands.len();
    // Flags that somebody changed meanwhile shift nothing.
    pipeline.arrived(&[AttributeValue::Uid(2), AttributeValue::Flags(vec![])]).unwrap();
    let mut came = Vec::new();
    for number in 0..20 {
        if number > 0 && number < 7 {
            pipeline.arrived(&window(2, (number - 1) * WINDOW_BYTES, &data)).unwrap();
        } else if number == 7 {
            pipeline.arrived(&body(3, b"three")).unwrap();
        }
        if number >= sent {
            break;
        }
        pipeline.done(&tag(number), &done(Verdict::Ok, "")).unwrap();
        sent += send_all(&mut pipeline, sent).len();
        came.extend(std::iter::from_fn(|| pipeline.pop_ready()));
    }
    let bodies: Vec<_> = came
        .into_iter()
        .map(|fetched| match fetched.body {
            FetchedBody::Raw(bytes) => bytes,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(bodies == [b"first".to_vec(), data, b"three".to_vec()]);
    assert!(pipeline.is_finished());
    assert_eq!((pipeline.outstanding, pipeline.held), (0, 0));
}

#[test]
fn a_refused_window_is_no_end_but_a_reason_to_ask_for_the_whole() {
    let mut pipeline = Pipeline::new(&[message(1, 5_000_000)], &limits());
    assert_eq!(send_all(&mut pipeline, 0).len(), 4);
    pipeline.arrived(&window(1, 0, &vec![b'x'; 2_000_000])).unwrap();
    pipeline.done(&tag(0), &done(Verdict::Ok, "")).unwrap();
    for number in 1..4 {
        pipeline.done(&tag(number), &done(Verdict::No, "not in pieces")).unwrap();
    }
    assert_eq!(send_all(&mut pipeline, 4), ["UID FETCH 1 (UID BODY.PEEK[])"]);
    pipeline.arrived(&body(1, &padded("whole", 5_000_000))).unwrap();
    pipeline.done(&tag(4), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(bodies(&mut pipeline), [(1, "whole".to_owned())]);
    assert_eq!((pipeline.outstanding, pipeline.held), (0, 0));
}

#[test]
fn a_message_above_the_limit_is_left_whatever_was_listed() {
    let mut pipeline = Pipeline::new(&[message(1, 5)], &limits());
    send_all(&mut pipeline, 0);
    pipeline.arrived(&body(1, &vec![b'x'; 10_000_001])).unwrap();
    pipeline.done(&tag(0), &done(Verdict::Ok, "")).unwrap();
    assert_eq!(bodies(&mut pipeline), [(1, "too large".to_owned())]);
    assert_eq!(pipeline.held, 0);
}

/// Answers what is asked for once, with `given` as the body of message 1; the next commands.
fn answer(pipeline: &mut Pipeline, number: usize, given: Option<&[u8]>) -> Vec<String> {
    if let Some(given) = given {
        pipeline.arrived(&body(1, given)).unwrap();
    }
    pipeline.done(&tag(number), &done(Verdict::Ok, "")).unwrap();
    send_all(pipeline, number + 1)
}

#[test]
fn a_body_in_place_of_the_message_is_not_taken_for_it() {
    let fetch = "UID FETCH 1 (UID BODY.PEEK[])";
    // What comes when it is asked for again, and what is made of it.
    for (then, expected) in [
        (Some(&b"the message"[..]), "the message"),
        (Some(b"This message is unavailable."), "This message is unavailable."),
        (None, "gone"),
    ] {
        let mut pipeline = Pipeline::new(&[message(1, 11)], &limits());
        assert_eq!(send_all(&mut pipeline, 0), [fetch]);
        assert_eq!(answer(&mut pipeline, 0, Some(b"This message is unavailable.")), ["NOOP"]);
        assert_eq!(pipeline.held, 0);
        pipeline.done(&tag(1), &done(Verdict::No, "why?")).unwrap();
        assert_eq!(send_all(&mut pipeline, 2), [fetch]);
        if answer(&mut pipeline, 2, then) == ["UID FETCH 1 (UID)"] {
            answer(&mut pipeline, 3, None);
        }
        assert_eq!(bodies(&mut pipeline), [(1, expected.to_owned())]);
    }
}

#[test]
fn a_message_whose_bytes_are_others_each_time_cannot_be_had() {
    let mut pipeline = Pipeline::new(&[message(1, 11)], &limits());
    send_all(&mut pipeline, 0);
    for (number, given) in [(0, "a"), (2, "ab"), (4, "abc")] {
        assert_eq!(answer(&mut pipeline, number, Some(given.as_bytes())), ["NOOP"]);
        answer(&mut pipeline, number + 1, None);
    }
    assert_eq!(answer(&mut pipeline, 6, Some(b"abcd")), [""; 0]);
    assert_eq!(bodies(&mut pipeline), [(1, "failed".to_owned())]);
    assert_eq!((pipeline.outstanding, pipeline.held), (0, 0));
}

proptest! {
    /// Whatever order the answers take and whichever are missing at first, each message is handed out once, in the
    /// order wanted, with its own body.
    #[test]
    fn every_message_is_handed_out_once_in_order_with_its_own_body(
        sizes in prop::collection::vec(prop_oneof![2u64..2000, 3_000_000u64..12_000_000], 1..60),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
        lost in prop::collection::vec(any::<bool>(), 60),
    ) {
        let messages: Vec<_> = sizes.iter().zip(1..).map(|(size, uid)| message(uid, *size)).collect();
        let messages: Vec<_> = messages.into_iter().rev().collect();
        let mut pipeline = Pipeline::new(&messages, &limits());
        let mut flights: Vec<(usize, Vec<Uid>, Purpose)> = Vec::new();
        let mut lost = lost;
        let mut handed_out = Vec::new();
        let mut tags = 0;
        for round in 0..10_000 {
            handed_out.extend(bodies(&mut pipeline));
            while let Some(ask) = pipeline.next_ask() {
                flights.push((tags, ask.uids.clone(), ask.purpose));
                pipeline.sent(tag(tags), ask);
                tags += 1;
            }
            if pipeline.is_finished() {
                break;
            }
            if flights.is_empty() {
                continue;
            }
            let (number, uids, _) = flights.remove(seed[round % seed.len()].index(flights.len()));
            for uid in uids.into_iter().rev() {
                pipeline.arrived(&[AttributeValue::Uid(uid), AttributeValue::Flags(vec![])]).unwrap();
                let at = uid as usize - 1;
                if !std::mem::take(&mut lost[at]) {
                    // The sizes of the large ones are wrong.
                    let raw = padded(&uid.to_string(), sizes[at].min(5000));
                    pipeline.arrived(&body(uid, &raw)).unwrap();
                }
            }
            pipeline.done(&tag(number), &done(Verdict::Ok, "")).unwrap();
        }
        let expected: Vec<_> = messages.iter().map(|message| {
            let word = if message.size > 10_000_000 { "too large".to_owned() } else { message.number.to_string() };
            (message.number, word)
        }).collect();
        prop_assert_eq!(handed_out, expected);
    }
}
