//! Mailbox names in modified UTF-7 (RFC 3501 §5.1.3). Our own, because the crate for it panics on malformed names.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// `name` as it travels.
pub fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut wide: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut wide, &mut encoded);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                wide.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut wide, &mut encoded);
    encoded
}

fn flush(wide: &mut Vec<u8>, encoded: &mut String) {
    if !wide.is_empty() {
        encoded.push('&');
        BASE64.encode_string(&*wide, encoded);
        encoded.push('-');
        wide.clear();
    }
}

/// The Unicode name of what travelled; as it came where it is not modified UTF-7 (servers with UTF8=ACCEPT, broken ones).
pub fn decode(travelled: &str) -> String {
    try_decode(travelled).unwrap_or_else(|| travelled.to_owned())
}

fn try_decode(travelled: &str) -> Option<String> {
    let mut name = String::with_capacity(travelled.len());
    let mut rest = travelled;
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (coded, after) = shifted.split_once('-')?;
        name.push_str(plain);
        if coded.is_empty() {
            name.push('&');
        } else {
            let bytes = BASE64.decode(coded).ok()?;
            let units: Vec<u16> = bytes
                .chunks(2)
                .map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes))
                .collect::<Result<_, _>>()
                .ok()?;
            name.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    name.push_str(rest);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_rfc_and_of_the_world() {
        let check = |name: &str, travelled: &str| {
            assert_eq!(encode(name), travelled);
            assert_eq!(decode(travelled), name);
        };
        check("INBOX", "INBOX");
        check("Tom & Jerry", "Tom &- Jerry");
        check("&", "&-");
        check("Entwürfe", "Entw&APw-rfe");
        check("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        check("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-");
        check("📥", "&2D3c5Q-");
        check("ü&ü", "&APw-&-&APw-");
    }

    #[test]
    fn malformed_names_stay_as_they_are() {
        for travelled in ["&", "a&b", "&!!!-", "&AA-", "&2D0-", "Entwürfe"] {
            assert_eq!(decode(travelled), travelled);
        }
    }

    proptest! {
        #[test]
        fn every_name_survives(name in "\\PC*") {
            let travelled = encode(&name);
            prop_assert!(travelled.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert_eq!(decode(&travelled), name);
        }

        #[test]
        fn nothing_panics(travelled in "[&A-Za-z0-9,+/-]{0,40}") {
            decode(&travelled);
        }
    }
}
