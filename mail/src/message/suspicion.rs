//! What about the sender of a message deserves a second look: names that show another address, look-alike letters, answers
//! that go elsewhere. Each is one neutral sentence. Deliberately absent: verdicts.

use super::fields::Fields;
use model::Address;

/// The sentences, in the order of their weight; empty for most mail.
pub(super) fn suspicions(fields: &Fields, sender: &Address, reply_to: &[Address]) -> Vec<String> {
    let mut all = Vec::new();
    let from = fields.addresses("From");
    if from.len() > 1 {
        all.push(format!("This message names {} senders; a message has one.", from.len()));
    }
    if let Some(shown) = address_in(&sender.name).filter(|shown| !shown.eq_ignore_ascii_case(&sender.address))
    {
        all.push(format!(
            "The sender's name shows the address {shown}, and the message comes from {}.",
            sender.address
        ));
    }
    if let Some(domain) = domain(&sender.address) {
        let (shown, clean) = idna::domain_to_unicode(domain);
        if clean.is_ok() && !shown.is_ascii() {
            let ascii = idna::domain_to_ascii(&shown).unwrap_or_else(|_| domain.to_owned());
            all.push(format!(
                "The sender's domain {shown} has letters beyond a to z. Its ASCII form is {ascii}."
            ));
        }
    }
    // Lists send answers to themselves, and say who they are.
    if fields.text("List-Id").is_none()
        && let Some(other) = reply_to.iter().find(|other| !same_domain(&other.address, &sender.address))
    {
        all.push(format!("Answers go to {}, not to the sender's domain.", other.address));
    }
    all
}

/// The first word that is an address.
fn address_in(name: &str) -> Option<&str> {
    let words = name.split(|c: char| c.is_whitespace() || "<>()[]\"',;:".contains(c));
    words.filter(|word| word.is_ascii()).find(|word| {
        domain(word)
            .is_some_and(|domain| domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.'))
    })
}

fn domain(address: &str) -> Option<&str> {
    address
        .rsplit_once('@')
        .filter(|(local, domain)| !local.is_empty() && !domain.is_empty())
        .map(|(_, domain)| domain)
}

/// Two of the last names of a domain count: `news.example.org` is `example.org`.
fn same_domain(one: &str, other: &str) -> bool {
    let end = |address: &str| {
        let domain = domain(address).unwrap_or_default().to_ascii_lowercase();
        let names: Vec<String> = domain.rsplit('.').take(2).map(str::to_owned).collect();
        names
    };
    end(one) == end(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[&str]) {
        let fields = Fields::read(header.as_bytes());
        let sender = fields.addresses("From").into_iter().next().unwrap_or_default();
        let reply_to = fields.addresses("Reply-To");
        assert_eq!(suspicions(&fields, &sender, &reply_to), expected, "{header}");
    }

    #[test]
    fn what_deserves_a_second_look_is_said() {
        check("From: Anna <anna@example.org>\nReply-To: help@news.example.org\n", &[]);
        check("From: \"anna@example.org\" <anna@example.org>\n", &[]);
        check(
            "From: \"ceo@example.org\" <x@evil.example>\n",
            &[
                "The sender's name shows the address ceo@example.org, and the message comes from x@evil.example.",
            ],
        );
        check(
            "From: a@b.example\nReply-To: c@d.example.net\n",
            &["Answers go to c@d.example.net, not to the sender's domain."],
        );
        check("From: a@b.example\nReply-To: c@d.example.net\nList-Id: <x>\n", &[]);
        check(
            "From: a@xn--pple-43d.com\n",
            &["The sender's domain аpple.com has letters beyond a to z. Its ASCII form is xn--pple-43d.com."],
        );
        check("From: a@b.org, c@d.org\n", &["This message names 2 senders; a message has one."]);
        check("From: broken\n", &[]);
    }
}
