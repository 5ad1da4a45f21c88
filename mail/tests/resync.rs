//! What left a mailbox since it was last open (QRESYNC), told by a scripted peer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, FetchedBody, MailSession, ModSeq};
use model::{Protocol, Security};
use support::script::Script;

const SINCE: ModSeq = ModSeq { uid_validity: 7, value: 100 };

async fn signed_in(capabilities: &str, script: &str) -> (Script, Box<dyn MailSession>) {
    let script = Script::tell(format!(
        "S: * OK hi\nC: $a CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $a OK done\nC: $b LOGIN \"ann\" \"secret1\"\n\
         S: $b OK [CAPABILITY IMAP4rev1 {capabilities}] in\n{script}\nC END"
    ));
    let session = mail::open(&support::target(Protocol::Imap, Security::Plaintext), &script).await.unwrap();
    (script, session)
}

#[tokio::test(start_paused = true)]
async fn what_left_is_told_in_the_round_trip_that_opens_the_mailbox() {
    // Two lines of the client in a row: it does not wait for the first answer. Flags are passed over, and so is what
    // leaves meanwhile.
    let uids: Vec<String> = (0..40_000_u32).map(|number| (1000 + 2 * number).to_string()).collect();
    let long = uids.join(",");
    let (script, mut session) = signed_in(
        "ENABLE CONDSTORE QRESYNC",
        &format!(
            "C: $c ENABLE QRESYNC\nC: $d EXAMINE \"INBOX\" (QRESYNC (7 100))\nS: * ENABLED QRESYNC\nS: $c OK enabled\n\
             S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] v\nS: * OK [UIDNEXT 12] n\nS: * OK [HIGHESTMODSEQ 120] h\n\
             S: * VANISHED (EARLIER) 1:2,5\nS: * VANISHED (EARLIER) {long}\n\
             S: * 1 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (110))\nS: $d OK [READ-ONLY] open\n\
             C: $e FETCH 1:3 (UID RFC822.SIZE INTERNALDATE)\n\
             S: * 1 FETCH (UID 9 RFC822.SIZE 5)\nS: * 2 FETCH (UID 10 RFC822.SIZE 5)\n\
             S: * 3 FETCH (UID 11 RFC822.SIZE 5)\nS: $e OK [HIGHESTMODSEQ 121] done\n\
             C: $f UID FETCH 9:11 (UID BODY.PEEK[])\nS: * VANISHED 10\nS: * 1 FETCH (UID 9 BODY[] {{5}}\nS: three)\n\
             S: * 1 FETCH (UID 9 FLAGS () MODSEQ (122))\nS: * 2 FETCH (UID 11 BODY[] {{5}}\nS: three)\nS: $f OK done\n\
             C: $g UID FETCH 10 (UID BODY.PEEK[])\nS: $g OK none\nC: $h UID FETCH 10 (UID)\nS: $h OK none\n\
             C: $i EXAMINE \"Work\" (QRESYNC (7 100))\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9] v\nS: * OK [UIDNEXT 1] n\n\
             S: * OK [NOMODSEQ] none\nS: $i OK open"
        ),
    )
    .await;
    let opened = session.open_since("INBOX", SINCE).await.unwrap();
    assert_eq!((opened.highest_modseq, opened.exists), (Some(120), 3));
    assert_eq!(opened.vanished.len(), 40_002);
    assert_eq!(opened.vanished[..3], [1..=2, 5..=5, 1000..=1000]);
    let listed = session.list_messages(None).await.unwrap();
    let (into, mut fetched) = tokio::sync::mpsc::channel(10);
    session.fetch(&listed, into).await.unwrap();
    let mut came = Vec::new();
    while let Some(fetched) = fetched.recv().await {
        came.push(matches!(fetched.body, FetchedBody::Raw(_)));
    }
    assert_eq!(came, [true, false, true]);
    let other = session.open_since("Work", SINCE).await.unwrap();
    assert_eq!((other.highest_modseq, other.vanished), (None, vec![]));
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_what_it_offers_is_opened_all_the_same() {
    let (script, mut session) = signed_in(
        "ENABLE QRESYNC",
        "C: $c ENABLE QRESYNC\nC: $d EXAMINE \"INBOX\" (QRESYNC (7 100))\nS: $c BAD what?\nS: $d BAD what?\n\
         C: $e EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] v\nS: * OK [UIDNEXT 12] n\nS: $e OK open",
    )
    .await;
    let opened = session.open_since("INBOX", SINCE).await.unwrap();
    assert_eq!((opened.highest_modseq, opened.exists), (None, 3));
    drop(session);
    script.finish().await;

    // Whoever does not offer it is not asked; what left is asked for only where something is known.
    let plain = "C: $e EXAMINE \"INBOX\"PARAMETER\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] v\nS: * OK [UIDNEXT 12] n\n\
                 S: * OK [HIGHESTMODSEQ 9] h\nS: $e OK open";
    for (capabilities, parameter, asks) in [
        ("IDLE", "", true),
        ("CONDSTORE", " (CONDSTORE)", true),
        ("ENABLE CONDSTORE QRESYNC", " (CONDSTORE)", false),
    ] {
        let (script, mut session) = signed_in(capabilities, &plain.replace("PARAMETER", parameter)).await;
        let opened = if asks {
            session.open_since("INBOX", SINCE).await
        } else {
            session.open("INBOX", Access::ReadOnly).await
        };
        assert_eq!(opened.unwrap().highest_modseq, Some(9), "{capabilities}");
        drop(session);
        script.finish().await;
    }
}
