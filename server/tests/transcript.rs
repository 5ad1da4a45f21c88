//! What a check says to a real server, written down: its story, without the password and without mail.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use std::fs;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::restante::Restante;

/// The transcript of one check that empties a mailbox.
fn told(mail: &Dovecot, protocol: &str, port: u16, security: &str) -> String {
    let user = format!("{protocol}-{security}");
    for number in 0..3 {
        let secret = [message(number).as_slice(), b"SECRET of the mail\r\n"].concat();
        mail.deliver(&user, number, &secret);
    }
    let restante = Restante::new();
    restante.add_account(&user, protocol, port, security, &["--keep-copy", "no"]);
    let file = restante.data().join("told");
    let to = file.display().to_string();
    let check = restante.json(&["check", &user, "--transcript", &to]);
    assert_eq!((check["outcome"].as_str(), check["deleted"].as_u64()), (Some("ok"), Some(3)), "{check}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = restante.run(&["check", &user, "--transcript", &to]);
    assert_eq!(again.status.code(), Some(1), "a file is never replaced");
    let text = fs::read_to_string(&file).unwrap();
    for hidden in [PASSWORD, "SECRET", "Subject:"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    text
}

fn tells(text: &str, story: &[&str]) {
    let mut rest = text;
    for part in story {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} does not come (any more) in {text}"));
        rest = &rest[at..];
    }
}

#[test]
fn a_check_is_told_from_the_greeting_to_the_good_bye() {
    let mail = Dovecot::start();
    let imap = [
        "S: * OK",
        " AUTHENTICATE SCRAM-SHA-256",
        " EXAMINE ",
        "BODY.PEEK[]",
        " bytes] …",
        " STORE ",
        " EXPUNGE ",
        " LOGOUT",
    ];
    for (port, security) in [(mail.imap, "none"), (mail.imaps, "ssl"), (mail.imap, "tls")] {
        tells(&told(&mail, "imap", port, security), &imap);
    }
    let pop3 = ["S: +OK", "C: AUTH SCRAM-SHA-256", "C: UIDL", "C: TOP ", " bytes] .", "C: DELE ", "C: QUIT"];
    for (port, security) in [(mail.pop3, "none"), (mail.pop3s, "ssl"), (mail.pop3, "tls")] {
        tells(&told(&mail, "pop3", port, security), &pop3);
    }
}
