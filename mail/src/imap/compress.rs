//! COMPRESS=DEFLATE (RFC 4978): asked for when there is something to fetch, because it costs a round trip, and never
//! for a server on this machine.

use super::answer::Verdict;
use super::driver::Driver;
use super::sign_in::has;
use crate::{MailError, Target};
use model::Stage;
use std::net::IpAddr;

/// True where compressing what goes between us and `target` can pay.
pub fn pays(target: &Target, capabilities: &[String]) -> bool {
    let address = target.address.trim_start_matches('[').trim_end_matches(']');
    let here = address.parse::<IpAddr>().map_or_else(
        |_| address.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        |ip| ip.to_canonical().is_loopback(),
    );
    !here && has(capabilities, "COMPRESS=DEFLATE")
}

/// Asks the server to compress and goes over to it where it agrees. A refusal changes nothing.
///
/// # Errors
/// The session is over.
pub async fn begin(driver: &mut Driver) -> Result<(), MailError> {
    // Nothing behind the answer may be taken for plain text.
    driver.guard().byte_by_byte(true);
    let done = driver.run(Stage::Folder, "COMPRESS DEFLATE", 100, |_| ()).await?;
    driver.guard().byte_by_byte(false);
    if done.verdict == Verdict::Ok {
        driver.guard().compress();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Secret};
    use model::{Protocol, Security};

    #[test]
    fn nothing_is_compressed_on_its_way_to_this_machine() {
        let check = |address: &str, expected: bool| {
            let target = Target {
                protocol: Protocol::Imap,
                address: address.to_owned(),
                port: 143,
                security: Security::Plaintext,
                trust: crate::Trust::SystemRoots,
                user_name: String::new(),
                secret: Secret::Password(String::new().into()),
                limits: Limits::default(),
                transcript: None,
            };
            assert_eq!(pays(&target, &["COMPRESS=DEFLATE".to_owned()]), expected, "{address}");
            assert!(!pays(&target, &["IDLE".to_owned()]));
        };
        for here in ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "LocalHost", "localhost."]
        {
            check(here, false);
        }
        for elsewhere in ["mail.example", "10.0.0.1", "2001:db8::1"] {
            check(elsewhere, true);
        }
    }
}
