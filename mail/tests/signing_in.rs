//! Signing in by SCRAM, and servers that only pretend to know the password.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Cause, Protocol, Security, Stage};
use support::peer::Peer;
use support::script::Script;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// A server that offers SCRAM and answers the client's first message with its nonce in `challenge`, and the last with
/// `last`; then it follows `then`, lines as in the protocol with `$tag`. Returns what the client said.
async fn pretender(theirs: DuplexStream, challenge: &str, last: &str, then: &[&str]) -> Vec<String> {
    let mut stream = BufReader::new(theirs);
    let mut said: Vec<String> = Vec::new();
    stream.write_all(b"* OK ready\r\n").await.unwrap();
    let mut tag = String::new();
    let mut then = then.iter();
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await.unwrap() > 0
    } {
        let text = line.trim_end().to_owned();
        said.push(text.clone());
        let words: Vec<&str> = text.split(' ').collect();
        let answer = match words[..] {
            [given, "CAPABILITY"] => {
                format!("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256\r\n{given} OK\r\n")
            }
            [given, "AUTHENTICATE", "SCRAM-SHA-256", first] => {
                given.clone_into(&mut tag);
                let first = String::from_utf8(STANDARD.decode(first).unwrap()).unwrap();
                let nonce = first.split_once(",r=").unwrap().1.to_owned();
                if challenge.starts_with('$') {
                    challenge.replace("$tag", &tag) + "\r\n"
                } else {
                    format!("+ {}\r\n", STANDARD.encode(challenge.replace("NONCE", &nonce)))
                }
            }
            [given, "AUTHENTICATE", "PLAIN", _] => format!("{given} OK in\r\n"),
            [_] if !last.is_empty() && said.len() == 3 => format!("+ {}\r\n", STANDARD.encode(last)),
            _ => then.next().map_or(String::new(), |line| line.replace("$tag", &tag) + "\r\n"),
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            break;
        }
    }
    said
}

async fn against(challenge: &str, last: &str, then: &[&str]) -> (Option<Cause>, Vec<String>) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let target = support::target(Protocol::Imap, Security::Plaintext);
    let opening = async {
        let opened = mail::open(&target, &Peer::new(ours)).await;
        opened.err().map(|error| {
            assert_eq!(error.stage, Stage::SignIn, "{error}");
            error.kind
        })
    };
    tokio::join!(opening, pretender(theirs, challenge, last, then))
}

const CHALLENGE: &str = "r=NONCEserver,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_not_believed() {
    let check = async |challenge, last, then: &[&str], cause| {
        let (ended, said) = against(challenge, last, then).await;
        assert_eq!(ended, Some(cause), "{challenge} {last} {then:?}");
        assert!(!said.iter().any(|line| line.contains("PLAIN")), "the password went out: {said:?}");
    };
    check(CHALLENGE, "", &["$tag OK in, no proof"], Cause::ProtocolError).await;
    check(CHALLENGE, "v=AAAA", &["$tag OK in"], Cause::ProtocolError).await;
    check(CHALLENGE, "", &["$tag NO [AUTHENTICATIONFAILED] wrong"], Cause::SignInRejected).await;
    check("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "", &[], Cause::ProtocolError).await;
    check("r=NONCEserver,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", "", &[], Cause::ProtocolError).await;
    check("$tag OK in at once", "", &[], Cause::ProtocolError).await;
    check("$tag NO [UNAVAILABLE] later", "", &[], Cause::Throttled).await;
}

#[tokio::test]
async fn a_server_without_a_verifier_for_the_user_is_asked_by_plain() {
    let ((), said) = {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let target = support::target(Protocol::Imap, Security::Plaintext);
        let peer = Peer::new(ours);
        let opening = async { assert!(mail::open(&target, &peer).await.is_ok()) };
        tokio::join!(opening, pretender(theirs, "$tag NO [AUTHENTICATIONFAILED] none", "", &[]))
    };
    assert!(said.iter().any(|line| line.contains("AUTHENTICATE PLAIN")), "{said:?}");
}

/// How signing in ends against a server that follows `script`, which must come to its end.
async fn scripted(protocol: Protocol, script: &str) -> Option<Cause> {
    let script = Script::tell(script.to_owned());
    let target = support::target(protocol, Security::Plaintext);
    let opened = mail::open(&target, &script).await;
    let cause = opened.as_ref().err().map(|error| error.kind);
    drop(opened);
    script.finish().await;
    cause
}

#[tokio::test(start_paused = true)]
async fn plain_goes_in_two_steps_where_it_must() {
    let imap = "S: * OK ready\nC: $a CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED ID\nS: $a OK\n\
                C: $b AUTHENTICATE PLAIN\nS: +\nC: AGFubgBzZWNyZXQx\n";
    let accepted = "S: $b OK in\nC: $c CAPABILITY\nC: $d ID (\"name\" \"Restante\")\n\
                    S: * CAPABILITY IMAP4rev1\nS: $c OK\nS: * ID NIL\nS: $d OK\nC END\n";
    assert_eq!(scripted(Protocol::Imap, &format!("{imap}{accepted}")).await, None);
    let refused = "S: + ZXJyb3I=\nC: *\nS: $b NO [AUTHENTICATIONFAILED] no\nC END\n";
    assert_eq!(scripted(Protocol::Imap, &format!("{imap}{refused}")).await, Some(Cause::SignInRejected));

    let pop3 = "S: +OK ready\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\nC: AUTH PLAIN\n";
    let said = "S: + \nC: AGFubgBzZWNyZXQx\n";
    let accepted = format!("{pop3}{said}S: +OK in\nC: CAPA\nS: -ERR\nC END\n");
    assert_eq!(scripted(Protocol::Pop3, &accepted).await, None);
    let refused = format!("{pop3}{said}S: -ERR [AUTH] no\nC END\n");
    assert_eq!(scripted(Protocol::Pop3, &refused).await, Some(Cause::SignInRejected));
    // Offered and then not known: nothing was said yet, so the older way may be tried.
    let unknown = "S: -ERR what?\nC: USER ann\nS: +OK\nC: PASS secret1\nS: +OK\nC: CAPA\nS: -ERR\nC END\n";
    assert_eq!(scripted(Protocol::Pop3, &format!("{pop3}{unknown}")).await, None);
}
