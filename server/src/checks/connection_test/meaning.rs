//! What a server's capabilities mean for this account, in sentences. Pure.

use super::report::{fact, warning};
use model::{AccountSettings, Fact, Protocol};

/// What `offered` (upper case) means where `settings` hold.
pub fn meaning(settings: &AccountSettings, offered: &[String]) -> Vec<Fact> {
    match settings.protocol {
        Protocol::Imap => imap(settings, offered),
        Protocol::Pop3 => pop3(settings, offered),
    }
}

fn imap(settings: &AccountSettings, offered: &[String]) -> Vec<Fact> {
    let has = |name: &str| offered.iter().any(|capability| capability == name);
    let mut facts = vec![fact(format!("The server offers {}.", offered.join(" ")))];
    if !has("IMAP4REV1") && has("IMAP4REV2") {
        facts.push(warning("The server speaks IMAP4rev2 alone, of which only what IMAP4rev1 has is used."));
    }
    facts.push(match (has("IDLE"), settings.instant) {
        (true, true) => fact("IDLE: new mail will be here at once."),
        (true, false) => fact("IDLE: new mail can be here at once, where Instant is Yes."),
        (false, true) => warning("No IDLE: Instant has no effect, new mail comes with the next check."),
        (false, false) => fact("No IDLE: new mail comes with the next check."),
    });
    facts.push(match (has("UIDPLUS") || has("IMAP4REV2"), settings.keep_copy) {
        (true, _) => fact("UIDPLUS: exactly the messages that are stored here can be deleted."),
        (false, true) => fact("No UIDPLUS: deleting is possible by way of a trash folder alone."),
        (false, false) => warning(
            "No UIDPLUS: messages are marked as deleted, and expunged only where nobody else marked any.",
        ),
    });
    if has("QRESYNC") || has("CONDSTORE") {
        facts.push(fact("CONDSTORE: folders without changes are not opened."));
    }
    if has("COMPRESS=DEFLATE") {
        facts.push(fact("COMPRESS: mail comes compressed where the way is long."));
    }
    facts
}

fn pop3(settings: &AccountSettings, offered: &[String]) -> Vec<Fact> {
    let line = |name: &str| offered.iter().find(|line| line.split(' ').next() == Some(name));
    let mut facts = vec![if offered.is_empty() {
        fact("The server does not say what it can do (no CAPA).")
    } else {
        fact(format!("The server offers {}.", offered.join(", ")))
    }];
    facts.push(fact(
        "DELE: exactly the messages that are stored here can be deleted, as on every POP3 server.",
    ));
    if line("PIPELINING").is_none() {
        facts.push(fact("No PIPELINING: each message takes a round trip of its own."));
    }
    if settings.keep_copy && line("EXPIRE").is_some_and(|line| line == "EXPIRE 0") {
        facts.push(warning(
            "EXPIRE 0: the server may delete messages once they were fetched, in spite of Keep copy.",
        ));
    }
    let delay = line("LOGIN-DELAY").and_then(|line| line.split(' ').nth(1)?.parse::<u32>().ok());
    if let Some(delay) = delay.filter(|delay| *delay > settings.check_interval_seconds) {
        facts.push(warning(format!(
            "The server wants {delay} seconds between two sign-ins: checks will be as far apart."
        )));
    }
    if settings.instant {
        facts.push(warning("POP3 cannot tell of new mail: Instant has no effect."));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountDraft, CredentialId};

    fn settings(change: impl FnOnce(&mut AccountDraft)) -> AccountSettings {
        let mut draft = AccountDraft {
            name: "Sales".to_owned(),
            address: "mail.example.org".to_owned(),
            credential: Some(CredentialId(1)),
            ..AccountDraft::default()
        };
        change(&mut draft);
        draft.validate().unwrap()
    }

    fn warnings(settings: &AccountSettings, offered: &[&str]) -> Vec<String> {
        let offered: Vec<_> = offered.iter().map(|line| (*line).to_owned()).collect();
        meaning(settings, &offered).into_iter().filter(|fact| fact.warns).map(|fact| fact.text).collect()
    }

    #[test]
    fn only_what_this_account_asks_for_is_warned_of() {
        let poor = ["IMAP4REV1"];
        assert!(warnings(&settings(|_| ()), &poor).is_empty());
        let asking = settings(|draft| {
            draft.instant = true;
            draft.keep_copy = false;
        });
        let told = warnings(&asking, &poor);
        assert!(told[0].starts_with("No IDLE") && told[1].starts_with("No UIDPLUS"), "{told:?}");
        assert!(warnings(&asking, &["IMAP4REV1", "IDLE", "UIDPLUS"]).is_empty());
        let pop3 = settings(|draft| draft.protocol = Protocol::Pop3);
        let told = warnings(&pop3, &["UIDL", "EXPIRE 0", "LOGIN-DELAY 900 USER"]);
        assert!(told[0].starts_with("EXPIRE 0") && told[1].contains("900 seconds"), "{told:?}");
        assert!(warnings(&pop3, &["EXPIRE NEVER", "LOGIN-DELAY 60"]).is_empty());
    }
}
