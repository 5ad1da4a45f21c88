//! A refused address gets no packet, and the address that was judged is the one that is connected to.
#![expect(clippy::expect_used, reason = "a test that cannot dial has failed")]

use mail::{Dialer, Direct, Egress, Limits, Progress};
use model::Cause;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Dials and says why not.
async fn refusal(direct: &Direct, host: &str, port: u16) -> (Cause, String) {
    let started = Instant::now();
    let error = direct
        .dial(host, port, &Limits::default(), &mut Progress::new(true, &mut |_| ()))
        .await
        .err()
        .expect("it is refused");
    assert!(started.elapsed() < Duration::from_secs(2), "{host}: nobody waits for what is not asked");
    (error.kind, error.detail)
}

#[tokio::test]
async fn a_refused_listener_hears_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let own = Egress::new(vec![address]);
    let (cause, words) = refusal(&Direct::new(own.clone()), "127.0.0.1", address.port()).await;
    assert_eq!(cause, Cause::AddressNotAllowed);
    assert!(words.contains("127.0.0.1") && words.contains("this server itself listens"), "{words}");
    assert_eq!(refusal(&Direct::new(own), "::ffff:127.0.0.1", address.port()).await.0, cause);

    let narrow = Egress::default();
    let direct = Direct::new(narrow.clone());
    narrow.allow(vec!["10.0.0.0/8".parse().unwrap()]);
    for host in ["127.0.0.1", "localhost", "::ffff:127.0.0.1"] {
        let (cause, words) = refusal(&direct, host, address.port()).await;
        assert_eq!(cause, Cause::AddressNotAllowed, "{host}");
        assert!(words.contains("in none of the allowed networks"), "{words}");
    }
    // Whatever had been sent would stand in the queue before this connection.
    let heard = |listener: &TcpListener| std::iter::from_fn(|| listener.accept().ok()).count();
    assert_eq!(heard(&listener), 0);
    narrow.allow(vec!["127.0.0.0/8".parse().unwrap()]);
    let mut nobody = |_| ();
    let mut progress = Progress::new(true, &mut nobody);
    let dialled = direct.dial("127.0.0.1", address.port(), &Limits::default(), &mut progress).await;
    drop(dialled.expect("it is allowed now"));
    assert_eq!(heard(&listener), 1);
}

#[tokio::test]
async fn addresses_that_are_always_refused_are_named_with_their_rule() {
    for (host, rule) in [
        ("169.254.169.254", "a link-local address"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("fd00:ec2::254", "the metadata service of a cloud"),
        ("100.100.100.200", "the metadata service of a cloud"),
        ("224.0.0.1", "a multicast address"),
        ("0.0.0.0", "an unspecified address"),
        ("255.255.255.255", "the broadcast address"),
        ("64:ff9b::a9fe:a9fe", "a link-local address"),
    ] {
        let (cause, words) = refusal(&Direct::default(), host, 80).await;
        assert_eq!(cause, Cause::AddressNotAllowed, "{host}");
        assert!(words.contains(rule) && words.contains("because it is"), "{words}");
    }
}
