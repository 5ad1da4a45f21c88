//! Signing in with tokens: OAUTHBEARER and XOAUTH2 over both protocols, and what servers say of tokens they do not take.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::{MailError, Secret, Target};
use model::{Cause, Protocol, Security, Stage};
use support::script::Script;

use Protocol::{Imap, Pop3};

const BEARER: &str = "n,a=a=3Dn=2Cn,\x01host=127.0.0.1\x01port=PORT\x01auth=Bearer ya29.token\x01\x01";
const XOAUTH2: &str = "user=a=n,n\x01auth=Bearer ya29.token\x01\x01";

fn target(protocol: Protocol) -> Target {
    Target {
        user_name: "a=n,n".to_owned(),
        secret: Secret::Token("ya29.token".to_owned().into()),
        ..support::target(protocol, Security::Plaintext)
    }
}

fn encoded(message: &str, port: u16) -> String {
    STANDARD.encode(message.replace("PORT", &port.to_string()))
}

/// How signing in to a server that offers `mechanisms` ends, where the conversation goes on with `script`.
async fn ended(target: &Target, mechanisms: &str, script: &str) -> Option<MailError> {
    let words: Vec<&str> = mechanisms.split(' ').filter(|word| !word.is_empty()).collect();
    let begun = match target.protocol {
        Imap => {
            let mut offered = vec!["IMAP4rev1".to_owned()];
            offered.extend(words.iter().map(|word| match *word {
                "SASL-IR" | "LOGINDISABLED" => (*word).to_owned(),
                mechanism => format!("AUTH={mechanism}"),
            }));
            format!("S: * OK hi\nC: $a CAPABILITY\nS: * CAPABILITY {}\nS: $a OK done\n", offered.join(" "))
        }
        Pop3 => {
            format!("S: +OK hi\nC: CAPA\nS: +OK\nS: SASL {mechanisms}\nS: UIDL\nS: .\n")
        }
    };
    let script = Script::tell(format!("{begun}{script}\nC END"));
    let error = mail::open(target, &script).await.err();
    script.finish().await;
    error
}

#[tokio::test(start_paused = true)]
async fn tokens_go_by_the_mechanism_that_is_offered() {
    let imap = target(Imap);
    let (bearer, xoauth2) = (encoded(BEARER, imap.port), encoded(XOAUTH2, imap.port));
    let done = "S: $b OK [CAPABILITY IMAP4rev1] in";
    let check = async |mechanisms: &str, script: &str| {
        let error = ended(&imap, mechanisms, &format!("{script}\n{done}")).await;
        assert_eq!(error, None, "{mechanisms}");
    };
    check("SASL-IR PLAIN XOAUTH2 OAUTHBEARER", &format!("C: $b AUTHENTICATE OAUTHBEARER {bearer}")).await;
    check("SASL-IR SCRAM-SHA-256 XOAUTH2", &format!("C: $b AUTHENTICATE XOAUTH2 {xoauth2}")).await;
    check("XOAUTH2", &format!("C: $b AUTHENTICATE XOAUTH2\nS: + \nC: {xoauth2}")).await;
    // A server that names a mechanism and does not know it.
    let second = format!(
        "C: $x AUTHENTICATE OAUTHBEARER\nS: $x NO unknown\nC: $b AUTHENTICATE XOAUTH2\nS: +\nC: {xoauth2}"
    );
    check("XOAUTH2 OAUTHBEARER", &second).await;

    let pop3 = target(Pop3);
    let (bearer, xoauth2) = (encoded(BEARER, pop3.port), encoded(XOAUTH2, pop3.port));
    for (mechanism, first) in [("OAUTHBEARER", bearer), ("XOAUTH2", xoauth2)] {
        let script =
            format!("C: AUTH {mechanism}\nS: + \nC: {first}\nS: +OK in\nC: CAPA\nS: +OK\nS: UIDL\nS: .");
        assert_eq!(ended(&pop3, &format!("PLAIN {mechanism}"), &script).await, None, "{mechanism}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_token_is_told_apart() {
    for (status, cause) in [
        ("\"invalid_token\"", Cause::OauthExpired),
        ("\"400\"", Cause::OauthExpired),
        ("401", Cause::OauthExpired),
        ("\"insufficient_scope\"", Cause::OauthConsentNeeded),
        ("\"invalid_request\"", Cause::SignInRejected),
        ("null", Cause::SignInRejected),
    ] {
        let told =
            STANDARD.encode(format!("{{\"status\":{status},\"schemes\":\"bearer\",\"scope\":\"mail\"}}"));
        for (mechanism, message, answer) in [("OAUTHBEARER", BEARER, "AQ=="), ("XOAUTH2", XOAUTH2, "")] {
            let imap = target(Imap);
            let first = encoded(message, imap.port);
            let script = format!(
                "C: $b AUTHENTICATE {mechanism} {first}\nS: + {told}\nC: {answer}\nS: $b NO Invalid credentials"
            );
            let error = ended(&imap, &format!("SASL-IR {mechanism}"), &script).await.unwrap();
            assert_eq!((error.kind, error.stage), (cause, Stage::SignIn), "{mechanism} {status}");

            let pop3 = target(Pop3);
            let first = encoded(message, pop3.port);
            let script = format!(
                "C: AUTH {mechanism}\nS: + \nC: {first}\nS: + {told}\nC: {answer}\nS: -ERR [AUTH] no"
            );
            let error = ended(&pop3, mechanism, &script).await.unwrap();
            assert_eq!((error.kind, error.stage), (cause, Stage::SignIn), "{mechanism} {status}");
        }
    }
    // Microsoft says no without a challenge; what says more is believed.
    let imap = target(Imap);
    let first = encoded(XOAUTH2, imap.port);
    for (words, cause) in [
        ("NO AUTHENTICATE failed.", Cause::SignInRejected),
        ("NO [EXPIRED] too old", Cause::OauthExpired),
        ("NO [UNAVAILABLE] later", Cause::Throttled),
        ("NO IMAP is disabled for this user", Cause::ProtocolDisabledAtProvider),
    ] {
        let script = format!("C: $b AUTHENTICATE XOAUTH2 {first}\nS: $b {words}");
        let error = ended(&imap, "SASL-IR XOAUTH2", &script).await.unwrap();
        assert_eq!(error.kind, cause, "{words}");
        assert!(!format!("{error:?}").contains("ya29"));
    }
    // A challenge that is answered is no sign-in.
    let script = format!("C: $b AUTHENTICATE XOAUTH2 {first}\nS: + e30=\nC: \nS: $b OK in");
    assert_eq!(ended(&imap, "SASL-IR XOAUTH2", &script).await.unwrap().kind, Cause::ProtocolError);
}

#[tokio::test(start_paused = true)]
async fn a_token_never_goes_as_a_password_nor_a_password_as_a_token() {
    for (protocol, offered) in
        [(Imap, "SASL-IR PLAIN SCRAM-SHA-256"), (Imap, ""), (Pop3, "PLAIN SCRAM-SHA-256")]
    {
        let error = ended(&target(protocol), offered, "").await.unwrap();
        assert_eq!(error.kind, Cause::MechanismUnsupported, "{protocol:?} {offered}");
    }
    let known = support::target(Imap, Security::Plaintext);
    let error = ended(&known, "SASL-IR XOAUTH2 OAUTHBEARER LOGINDISABLED", "").await.unwrap();
    assert_eq!(error.kind, Cause::LoginDisabled);
    for evil in ["a\x01auth=Bearer x", "a\r\nb"] {
        let broken = Target { user_name: evil.to_owned(), ..target(Imap) };
        assert_eq!(ended(&broken, "SASL-IR XOAUTH2", "").await.unwrap().kind, Cause::SignInRejected);
    }
    assert!(!format!("{:?}", target(Imap)).contains("ya29"), "a token is not printed");
}
