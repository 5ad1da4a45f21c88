//! Pictures of a message are fetched from the public Internet alone, and whoever serves them learns nothing of the reader.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[expect(dead_code, reason = "discovery asks the DNS for more")]
#[path = "support/web.rs"]
mod web;

use mail::discovery::Rules;
use mail::remote_pictures::fetch;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use web::{Authority, Site, Zone};

const NAMES: [&str; 3] = ["pictures.test", "elsewhere.test", "inside.test"];

/// A web server for two names, and the rules that lead to it. `inside.test` leads into a private network.
async fn served(site: Site) -> Rules {
    let authority = Authority::new();
    let https_port = site.serve("127.0.0.1", 0, authority.acceptor(&NAMES)).await;
    let zone = Zone::default()
        .address("pictures.test", "127.0.0.1")
        .address("elsewhere.test", "127.0.0.1")
        .address("inside.test", "10.0.0.1");
    Rules {
        resolver: Some(zone.serve().await),
        trust: authority.trust(),
        private_https: vec!["127.0.0.1/32".parse().unwrap()],
        https_port,
        ..Rules::default()
    }
}

/// What of `sources` was fetched, in order.
async fn fetched(sources: &[&str], rules: &Rules) -> Vec<String> {
    let fetched = fetch(sources.iter().map(|source| (*source).to_owned()).collect(), rules).await;
    let mut names: Vec<String> = fetched.into_keys().collect();
    names.sort();
    names
}

#[tokio::test]
async fn pictures_are_fetched_from_where_the_message_says() {
    let site = Site::default()
        .file("pictures.test/a.png", "a")
        .redirect("pictures.test/moved", "https://elsewhere.test/b.png")
        .file("elsewhere.test/b.png", "b");
    let asked = Arc::clone(&site.asked);
    let rules = served(site).await;
    let sources =
        ["//pictures.test/a.png", "https://pictures.test/a.png?reader=7", "https://pictures.test/moved"];
    assert_eq!(fetched(&sources, &rules).await, sources);
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    let urls = [
        "elsewhere.test/b.png",
        "pictures.test/a.png",
        "pictures.test/a.png?reader=7",
        "pictures.test/moved",
    ];
    assert_eq!(asked, urls);
}

#[tokio::test]
async fn nothing_inside_is_reached_whatever_a_message_says() {
    let site = Site::default()
        .redirect("pictures.test/in", "https://inside.test/secret")
        .redirect("pictures.test/metadata", "http://169.254.169.254/latest/meta-data")
        .redirect("pictures.test/file", "file:///etc/passwd")
        .redirect("pictures.test/round", "https://pictures.test/round")
        .file("pictures.test/a.png", "a");
    let asked = Arc::clone(&site.asked);
    let connections = Arc::clone(&site.connections);
    let rules = served(site).await;
    let sources = [
        "https://inside.test/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "http://localhost/a",
        "https://pictures.test:8443/a.png",
        "https://anna:secret@pictures.test/a.png",
        "https://nobody.test/a",
        "https://pictures.test/in",
        "https://pictures.test/metadata",
        "https://pictures.test/file",
        "https://pictures.test/round",
        "ftp://pictures.test/a.png",
        "https://",
        "",
    ];
    assert_eq!(fetched(&sources, &rules).await, [""; 0]);
    // Four redirects begin, and the one that goes round is followed three times more.
    assert_eq!(asked.lock().unwrap().len(), 7);
    assert_eq!(connections.load(Ordering::SeqCst), 7);
    let public_only = Rules { private_https: Vec::new(), ..rules };
    assert_eq!(fetched(&["https://pictures.test/a.png"], &public_only).await, [""; 0]);
    assert_eq!(connections.load(Ordering::SeqCst), 7, "nobody knocked");
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_is_left_out_and_the_rest_is_there() {
    let head =
        |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let large = [head(6_000_000).into_bytes(), vec![0; 6_000_000]].concat();
    let site = Site::default()
        .raw("pictures.test/large", large)
        .raw("pictures.test/dripping", format!("{}slow", head(100)).into_bytes())
        .file("pictures.test/a.png", "a");
    let rules = served(site).await;
    let sources =
        ["https://pictures.test/large", "https://pictures.test/dripping", "https://pictures.test/a.png"];
    let began = Instant::now();
    assert_eq!(fetched(&sources, &rules).await, ["https://pictures.test/a.png"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn all_pictures_together_have_a_limit() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\nConnection: close\r\n\r\n";
    let picture = [head.as_bytes().to_vec(), vec![0; 4_000_000]].concat();
    let site =
        (0..4).fold(Site::default(), |site, at| site.raw(&format!("pictures.test/{at}"), picture.clone()));
    let rules = served(site).await;
    let sources: Vec<String> = (0..4).map(|at| format!("https://pictures.test/{at}")).collect();
    assert_eq!(fetch(sources, &rules).await.len(), 2, "ten megabytes");
}
