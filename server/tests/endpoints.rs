//! Every endpoint, tried as nobody and as somebody else's page.

mod support;

use support::restante::Restante;
use support::server::Server;

/// Answers nobody with "nobody", which is what it is for.
const OPEN: [&str; 1] = ["/api/session/current"];

#[test]
fn nobody_gets_anything_from_any_endpoint() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let endpoints = server::web::endpoints();
    assert!(endpoints.len() > 20, "{endpoints:?}");
    for (method, path) in endpoints {
        let is_call = method == "POST";
        let as_nobody =
            if is_call { server.post(&path, &[], "application/json", "{}") } else { server.get(&path, &[]) };
        if OPEN.contains(&path.as_str()) {
            assert_eq!(as_nobody.body, "null", "{path}");
        } else if is_call
            || path.starts_with("/api/")
            || path.matches('/').count() > 2 && path.starts_with("/messages/")
        {
            assert_eq!(as_nobody.status, 401, "{method} {path}: {}", as_nobody.body);
        } else {
            assert_eq!(as_nobody.status, 303, "{method} {path}");
            assert!(as_nobody.header("location").starts_with("/sign-in"), "{path}");
        }
        if is_call {
            let call = |headers: &[(&str, &str)], content_type| {
                server.post(&path, headers, content_type, "{}").status
            };
            assert_eq!(
                call(&[("cookie", &cookie), ("origin", "http://evil.example")], "application/json"),
                403,
                "{path}"
            );
            assert_eq!(call(&[("cookie", &cookie), ("origin", "")], "application/json"), 403, "{path}");
            assert_eq!(call(&[("cookie", &cookie)], "application/x-www-form-urlencoded"), 403, "{path}");
            assert_eq!(server.get(&path, &[("cookie", &cookie)]).status, 405, "{path} is not for reading");
        }
    }
}

#[test]
fn pages_carry_the_headers_that_hold() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    for path in ["/", "/settings/email/accounts", "/inbox", "/nowhere"] {
        let page = server.get(path, &[("cookie", &cookie)]);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'nonce-"), "{path}: {policy}");
        assert!(
            !policy.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.status, if path == "/nowhere" { 404 } else { 200 }, "{path}");
    }
}

#[test]
fn exports_end_where_they_end_also_when_a_browser_wants_them_compressed() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    for path in [
        "/api/accounts/export.csv",
        "/api/messages/export.csv",
        "/api/receipts/export.csv?account=1",
        "/api/audit/export.csv",
    ] {
        for encoding in ["", "gzip"] {
            let file = server.get(path, &[("cookie", &cookie), ("accept-encoding", encoding)]);
            assert_eq!((file.status, file.body.is_empty()), (200, false), "{path} {encoding}");
        }
    }
}
