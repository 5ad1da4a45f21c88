//! Mail for measuring: the same for the same seed, shaped like what a support mailbox holds. Deliberately absent:
//! where it is delivered to (`server`).

use std::fmt::Write;

/// 256 bits of state, one step a number: xoshiro256**, seeded by splitmix64.
pub struct Dice([u64; 4]);

const WORDS: [&str; 48] = [
    "invoice", "order", "delivery", "server", "backup", "report", "alert", "ticket", "customer", "password",
    "token", "approval", "request", "meeting", "schedule", "account", "payment", "failed", "success", "disk",
    "memory", "node", "cluster", "release", "build", "deploy", "review", "the", "of", "and", "to", "in",
    "for", "with", "on", "by", "from", "at", "your", "our", "this", "that", "is", "was", "will", "please",
    "note", "attached",
];
const NAMES: [&str; 12] =
    ["Ana", "Bruno", "Carla", "Diego", "Elena", "Felix", "Gina", "Hugo", "Ines", "Jonas", "Karin", "Luca"];
const HOSTS: [&str; 4] = ["example.org", "example.net", "alerts.example.com", "billing.example.com"];
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LINE: usize = 76;

impl Dice {
    /// Thrown the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    fn throw(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let thrown = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        thrown
    }

    /// From `low` up to, and without, `high`.
    fn between(&mut self, low: usize, high: usize) -> usize {
        let span = high.saturating_sub(low).max(1) as u64;
        low + usize::try_from(self.throw() % span).unwrap_or_default()
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all.get(self.between(0, all.len())).copied().unwrap_or_default()
    }
}

/// A message of the mix. By count: a quarter plain text of 2 to 8 KiB, 30 % short alternatives, 33 % newsletters of 10
/// to 60 KiB of HTML, 10 % with an attachment of 50 to 400 KiB and 2 % with one of 1 to 3 MB: 77 KB on average.
pub fn mixed(dice: &mut Dice, number: usize) -> Vec<u8> {
    let mut mail = head(dice, number);
    match dice.between(0, 100) {
        0..25 => {
            mail.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
            let size = dice.between(2000, 8000);
            text(dice, &mut mail, size);
        }
        25..55 => {
            let size = dice.between(1000, 4000);
            alternative(dice, &mut mail, size);
        }
        55..88 => {
            let size = dice.between(10_000, 60_000);
            alternative(dice, &mut mail, size);
        }
        88..98 => {
            let size = dice.between(50_000, 400_000);
            attachment(dice, &mut mail, size);
        }
        _ => {
            let size = dice.between(1_000_000, 3_000_000);
            attachment(dice, &mut mail, size);
        }
    }
    mail.into_bytes()
}

/// A plain message of 4 KiB.
pub fn small(dice: &mut Dice, number: usize) -> Vec<u8> {
    let mut mail = head(dice, number);
    mail.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    let rest = 4096_usize.saturating_sub(mail.len() + 60);
    text(dice, &mut mail, rest);
    mail.into_bytes()
}

/// A message with one attachment of `size` bytes of base64; its line ends come on top.
pub fn large(dice: &mut Dice, size: usize) -> Vec<u8> {
    let mut mail = head(dice, 0);
    attachment(dice, &mut mail, size);
    mail.into_bytes()
}

/// A message of at least 1 KiB, unlike every other: half of them say a common word, some one of fifty rare ones, and each is
/// about one of a thousand topics and from one of a thousand senders. `date` is its Date.
pub fn distinct(dice: &mut Dice, number: usize, date: &str) -> Vec<u8> {
    let (sender, topic, person) = (dice.between(0, 1000), dice.between(0, 1000), dice.between(0, 100));
    let mut mail = format!(
        "From: Sender {sender} <sender{sender}@example.org>\r\nTo: team@example.net\r\nSubject: Message {number} of \
         topic{topic}\r\nMessage-ID: <{number}@bench.example>\r\nDate: {date}\r\n\r\n\
         person{person} "
    );
    if dice.between(0, 2) == 0 {
        mail.push_str("common ");
    }
    if dice.between(0, 2000) == 0 {
        let _ = write!(mail, "rare{} ", dice.between(0, 50));
    }
    while mail.len() < 1300 {
        // A vocabulary in which few words are said often and many seldom.
        let (low, high) = (dice.between(1, 50_000), dice.between(1, 50_000));
        let line = if mail.len() % 8 == 0 { "\r\n" } else { " " };
        let _ = write!(mail, "w{}{line}", low * high / 50_000);
    }
    mail.push_str("\r\n");
    mail.into_bytes()
}

fn head(dice: &mut Dice, number: usize) -> String {
    let (from, to, host) = (dice.one_of(&NAMES), dice.one_of(&NAMES), dice.one_of(&HOSTS));
    // One message a minute in November 2023.
    let (day, hour, minute) = (1 + number / 1440 % 28, number / 60 % 24, number % 60);
    let date = format!("{day} Nov 2023 {hour:02}:{minute:02}:00 +0000");
    let id = dice.throw();
    let mut head = format!(
        "Return-Path: <{from}@{host}>\r\nReceived: from mx.example.net by mail.example.org with ESMTPS id \
         {number:08x}; {date}\r\nDate: {date}\r\nFrom: {from} Example <{from}@{host}>\r\n\
         To: {to} <{to}@example.org>\r\nMessage-ID: <{number}.{id:x}@example.net>\r\nSubject: "
    );
    for _ in 0..5 {
        head.push_str(dice.one_of(&WORDS));
        head.push(' ');
    }
    let _ = write!(head, "#{number}\r\nMIME-Version: 1.0\r\n");
    head
}

/// Lines of ten words until `size` bytes are full.
fn text(dice: &mut Dice, mail: &mut String, size: usize) {
    let end = mail.len() + size;
    while mail.len() < end {
        for _ in 0..10 {
            mail.push_str(dice.one_of(&WORDS));
            mail.push(' ');
        }
        mail.push_str("\r\n");
    }
}

fn alternative(dice: &mut Dice, mail: &mut String, html: usize) {
    mail.push_str("Content-Type: multipart/alternative; boundary=\"part\"\r\n\r\n--part\r\n");
    mail.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    text(dice, mail, 1000);
    mail.push_str("\r\n--part\r\nContent-Type: text/html; charset=utf-8\r\n\r\n");
    mail.push_str("<html><head><style>p{margin:0 0 1em;font:14px sans-serif}</style></head><body>\r\n");
    let end = mail.len() + html;
    while mail.len() < end {
        let _ =
            write!(mail, "<p><a href=\"https://www.example.org/{}\">more</a> ", dice.between(0, 1_000_000));
        text(dice, mail, 150);
        mail.push_str("</p>\r\n");
    }
    mail.push_str("</body></html>\r\n--part--\r\n");
}

fn attachment(dice: &mut Dice, mail: &mut String, size: usize) {
    mail.push_str("Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\n");
    mail.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    text(dice, mail, 1500);
    mail.push_str("\r\n--part\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\n");
    mail.push_str("Content-Transfer-Encoding: base64\r\n");
    mail.push_str("Content-Disposition: attachment; filename=\"report.pdf\"\r\n\r\n");
    // Letters at random are what random bytes look like in base64, without the detour.
    for _ in 0..size.div_ceil(LINE) {
        let mut left = LINE;
        while left > 0 {
            let mut bits = dice.throw();
            for _ in 0..left.min(10) {
                let letter = usize::try_from(bits & 63).unwrap_or_default();
                mail.push(char::from(BASE64.get(letter).copied().unwrap_or(b'A')));
                bits >>= 6;
            }
            left -= left.min(10);
        }
        mail.push_str("\r\n");
    }
    mail.push_str("--part--\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_mail() {
        assert_eq!(mixed(&mut Dice::new(7), 3), mixed(&mut Dice::new(7), 3));
        assert_ne!(mixed(&mut Dice::new(7), 3), mixed(&mut Dice::new(8), 3));
    }

    #[test]
    fn the_mix_is_as_heavy_as_it_says() {
        let mut dice = Dice::new(7);
        let bytes: usize = (0..2000).map(|number| mixed(&mut dice, number).len()).sum();
        assert!((60_000..95_000).contains(&(bytes / 2000)), "{}", bytes / 2000);
        let small = small(&mut dice, 1).len();
        assert!((3900..4300).contains(&small), "{small}");
        let large = large(&mut dice, 1_000_000).len();
        assert!((1_000_000..1_040_000).contains(&large), "{large}");
    }
}
