//! Messages that a server makes up where it cannot read the one that was asked for, and gives with OK. Their size gives
//! them away only where the server knew the size of the other (see `imap::doubt`); these are known by their words.

/// Courier's, whole: the file of the message is gone, or its directory changes too fast.
const COURIER: &str = "From: System Administrator <root@localhost>\nSubject: message unavailable\n\n\
                       This message is no longer available on the server.\n";
/// How the subject of Exchange's begins, where it cannot convert a message: it is still there, and Outlook shows it.
const EXCHANGE: [&str; 2] = [
    "Subject: Retrieval using the IMAP4 protocol failed for the following message",
    "Subject: Retrieval using the POP3 protocol failed for the following message",
];
/// None of them is larger.
const LARGEST: usize = 16 * 1024;

/// True where `raw` is what a known server puts in place of a message.
pub(crate) fn is_stand_in(raw: &[u8]) -> bool {
    if raw.len() > LARGEST {
        return false;
    }
    let text = String::from_utf8_lossy(raw);
    let mut header = text.lines().take_while(|line| !line.is_empty());
    header.any(|line| EXCHANGE.iter().any(|words| line.starts_with(words)))
        || text.lines().eq(COURIER.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_make_up_is_known() {
        assert!(is_stand_in(COURIER.as_bytes()));
        assert!(is_stand_in(COURIER.replace('\n', "\r\n").as_bytes()));
        let exchange = "From: x\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message: 7\r\n\r\nx";
        assert!(is_stand_in(exchange.as_bytes()));
        assert!(!is_stand_in(format!("Subject: Re\n\n{exchange}").as_bytes()), "somebody quotes it");
        assert!(!is_stand_in(format!("Received: x\n{COURIER}").as_bytes()), "somebody sent it on");
        assert!(!is_stand_in(b""));
    }
}
