//! Hundreds of messages as the world sends them, whole and broken, made here: every charset, every way to write a word or a
//! file name, parts in parts, and what breaks off in the middle. Deliberately absent: what they mean (see who uses them).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A family of messages, each with its name.
pub struct Family {
    pub name: &'static str,
    pub messages: Vec<(String, Vec<u8>)>,
}

/// All of them; more than three hundred.
pub fn families() -> Vec<Family> {
    vec![
        family("charsets of a text", charsets()),
        family("encoded words", encoded_words()),
        family("file names", file_names()),
        family("eight bits in a header", eight_bit_headers()),
        family("transfer encodings", transfer_encodings()),
        family("dates", dates()),
        family("addresses", addresses()),
        family("parts", parts()),
        family("broken off", broken_off()),
        family("odd bytes", odd_bytes()),
        family("extremes", extremes()),
    ]
}

fn family(name: &'static str, messages: Vec<(String, Vec<u8>)>) -> Family {
    Family { name, messages }
}

/// `one` of each, one after the other.
fn joined<T>(each: impl IntoIterator<Item = T>, one: impl Fn(T) -> String) -> String {
    each.into_iter().map(one).collect::<Vec<_>>().concat()
}

/// A message of these header lines and this body.
fn message(head: &str, body: &[u8]) -> Vec<u8> {
    let head = head.replace('\n', "\r\n");
    let usual = "From: Anna Ek <anna@example.org>\r\nTo: bo@example.net\r\nDate: Mon, 5 Oct 2026 08:00:00 +0200\r\n\
                 Message-ID: <corpus@example.org>\r\n";
    [usual.as_bytes(), head.as_bytes(), b"\r\n\r\n", body].concat()
}

/// The same text in one charset: its name, and its bytes.
const CHARSETS: [(&str, &[u8]); 24] = [
    ("us-ascii", b"Greetings"),
    ("utf-8", "Grüße, 日本".as_bytes()),
    ("UTF8", "Grüße".as_bytes()),
    ("utf-8-bom", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe"),
    ("iso-8859-1", b"Gr\xfc\xdfe"),
    ("latin1", b"Gr\xfc\xdfe"),
    ("iso-8859-2", b"P\xf8\xedli\xb9"),
    ("iso-8859-5", b"\xbf\xe0\xd8\xd2\xd5\xe2"),
    ("iso-8859-7", b"\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1"),
    ("iso-8859-8", b"\xf9\xec\xe5\xed"),
    ("iso-8859-9", b"G\xfcnayd\xfdn"),
    ("iso-8859-15", b"10 \xa4"),
    ("windows-1250", b"P\xf8\xedli\x9a"),
    ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2"),
    ("windows-1252", b"\x84Gr\xfc\xdfe\x93 \x80"),
    ("windows-1256", b"\xe3\xd1\xcd\xc8\xc7"),
    ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4"),
    ("koi8-u", b"\xf0\xd2\xc9\xd7\xa6\xd4"),
    ("shift_jis", b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd"),
    ("euc-jp", b"\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf"),
    ("iso-2022-jp", b"\x1b$B$3$s$K$A$O\x1b(B"),
    ("gb2312", b"\xc4\xe3\xba\xc3"),
    ("big5", b"\xa7A\xa6n"),
    ("euc-kr", b"\xbe\xc8\xb3\xe7"),
];

fn charsets() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (charset, bytes) in CHARSETS {
        let declared = charset.trim_end_matches("-bom");
        for kind in ["plain", "html"] {
            let body = if kind == "html" { [b"<p>", bytes, b"</p>"].concat() } else { bytes.to_vec() };
            let head = format!(
                "Subject: {charset}\nContent-Type: text/{kind}; charset=\"{declared}\"\nContent-Transfer-Encoding: 8bit"
            );
            all.push((format!("{charset} {kind}"), message(&head, &body)));
        }
    }
    for wrong in ["x-unknown", "", "utf-7", "utf-16", "binary", "ansi_x3.110-1983", "iso-8859-1, utf-8", "*"]
    {
        let head = format!("Subject: wrong\nContent-Type: text/plain; charset=\"{wrong}\"");
        all.push((format!("declared {wrong:?}"), message(&head, "Grüße".as_bytes())));
    }
    all
}

fn encoded_words() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (charset, bytes) in CHARSETS.into_iter().filter(|(charset, _)| !charset.ends_with("-bom")) {
        let quoted = joined(bytes, |byte| format!("={byte:02X}"));
        for (letter, text) in [("B", STANDARD.encode(bytes)), ("q", quoted)] {
            let head = format!("Subject: =?{charset}?{letter}?{text}?= and more");
            all.push((format!("{charset} {letter}"), message(&head, b"x")));
        }
    }
    for (name, subject) in [
        ("language", "=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?="),
        ("two in a row", "=?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe?="),
        ("folded", "=?utf-8?Q?one?=\n =?utf-8?Q?_two?="),
        ("underscores", "=?utf-8?Q?a_b=5Fc?="),
        ("no end", "=?utf-8?Q?Gr=C3=BC"),
        ("no text", "=?utf-8?Q??="),
        ("no charset", "=??Q?abc?="),
        ("unknown charset", "=?x-none?Q?Gr=FC?="),
        ("unknown encoding", "=?utf-8?X?abc?="),
        ("broken base64", "=?utf-8?B?R3LDvA=!?="),
        ("base64 without padding", "=?utf-8?B?R3LDvMOfZQ?="),
        ("a space inside", "=?utf-8?Q?Gr=C3=BC =C3=9Fe?="),
        ("glued to a word", "Re:=?utf-8?Q?=C3=BC?=x"),
        ("in quotation marks", "\"=?utf-8?Q?=C3=BC?=\""),
        ("a cut character", "=?utf-8?B?w7zD?= =?utf-8?B?n2U=?="),
        ("controls inside", "=?utf-8?Q?a=00b=0D=0AX:_y?="),
        ("reading direction", "=?utf-8?Q?=E2=80=AEtxt.exe?="),
        ("lower case", "=?UTF-8?q?=c3=bc?="),
    ] {
        all.push((name.to_owned(), message(&format!("Subject: {subject}"), b"x")));
    }
    all
}

fn file_names() -> Vec<(String, Vec<u8>)> {
    let ways = [
        ("plain", "filename=report.txt"),
        ("quoted", "filename=\"my report.txt\""),
        ("escaped", "filename=\"a \\\"b\\\".txt\""),
        ("extended", "filename*=utf-8''%C3%9Cbersicht.txt"),
        ("extended language", "filename*=utf-8'de'%C3%9Cbersicht.txt"),
        ("extended latin1", "filename*=iso-8859-1''%DCbersicht.txt"),
        ("extended unknown", "filename*=x-none''%DCbersicht.txt"),
        ("extended no quotes", "filename*=report.txt"),
        ("continued", "filename*0=long; filename*1=er; filename*2=.txt"),
        ("continued extended", "filename*0*=utf-8''%C3%9C; filename*1*=bersicht; filename*2=.txt"),
        ("continued in disorder", "filename*1=b.txt; filename*0=a"),
        ("continued with a gap", "filename*0=a; filename*2=c.txt"),
        ("both", "filename=plain.txt; filename*=utf-8''%C3%9C.txt"),
        ("encoded word", "filename=\"=?utf-8?Q?=C3=9Cbersicht.txt?=\""),
        ("encoded word bare", "filename==?utf-8?B?w5xiZXJzaWNodC50eHQ=?="),
        ("eight bits", "filename=\"Übersicht.txt\""),
        ("no end", "filename=\"report.txt"),
        ("empty", "filename=\"\""),
        ("path", "filename=\"../../etc/passwd\""),
        ("windows path", "filename=\"C:\\\\temp\\\\a.txt\""),
        ("reading direction", "filename*=utf-8''%E2%80%AEgpj.exe"),
        ("two endings", "filename=\"invoice.pdf.exe\""),
        ("device", "filename=\"CON.txt\""),
        ("dots", "filename=\"..\""),
        ("controls", "filename*=utf-8''a%00b%0D%0Ac.txt"),
        ("html", "filename=\"<img src=x onerror=alert(1)>.txt\""),
    ];
    let mut all = Vec::new();
    for (name, disposition) in ways {
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nText\r\n--b\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; {disposition}\r\n\r\nbytes\r\n--b--\r\n"
        );
        let head = "Subject: A file\nContent-Type: multipart/mixed; boundary=b";
        all.push((name.to_owned(), message(head, body.as_bytes())));
        let other = disposition.replace("filename", "name");
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nText\r\n--b\r\nContent-Type: application/pdf; {other}\r\n\r\n%PDF-\r\n--b--\r\n"
        );
        all.push((format!("{name}, of the type"), message(head, body.as_bytes())));
    }
    all
}

fn eight_bit_headers() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (charset, bytes) in CHARSETS.into_iter().filter(|(charset, _)| !charset.contains("2022")) {
        let head = [
            &b"Subject: "[..],
            bytes,
            b"\r\nFrom: ",
            bytes,
            b" <x@example.org>\r\nContent-Type: text/plain; charset=\"",
        ];
        let declared = charset.trim_end_matches("-bom").as_bytes();
        let whole = [&head.concat()[..], declared, b"\"\r\n\r\nText\r\n"].concat();
        all.push((charset.to_owned(), whole));
    }
    all
}

fn transfer_encodings() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (encoding, body) in [
        ("7bit", "plain"),
        ("8bit", "Grüße"),
        ("binary", "Grüße"),
        ("quoted-printable", "Gr=C3=BC=C3=9Fe=\r\n and on"),
        ("Quoted-Printable", "=c3=bc"),
        ("quoted-printable", "broken =G1 = =\r\n"),
        ("quoted-printable", "ends in =C3"),
        ("base64", "R3LDvMOfZQ=="),
        ("BASE64", "R3LD\r\nvMOf\r\nZQ==\r\n"),
        ("base64", "R3LDvMOfZQ"),
        ("base64", "R3!LD*vMOfZQ=="),
        ("base64", "=====R3Lx"),
        ("base64", ""),
        ("x-uuencode", "begin 644 a.txt\r\n%2&5L;&\\\r\n`\r\nend\r\n"),
        ("unknown", "as it is"),
        ("", "as it is"),
        ("7bit (remark)", "as it is"),
        ("quoted-printable; x=y", "=C3=BC"),
    ] {
        let head = format!(
            "Subject: {encoding}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}"
        );
        all.push((format!("{encoding:?} {body:?}"), message(&head, body.as_bytes())));
    }
    all
}

fn dates() -> Vec<(String, Vec<u8>)> {
    [
        "Mon, 05 Oct 2026 08:00:00 +0200",
        "5 Oct 2026 08:00 GMT",
        "Mon, 5 Oct 26 08:00:00 EST",
        "Mon, 05 Oct 2026 08:00:00 -0000",
        "Mon, 05 Oct 2026 08:00:00 +0200 (CEST)",
        "Mon, 05 Oct 2026 08:00:60 +0200",
        "Mon, 05 Oct 2026 25:61:00 +0200",
        "Tue, 30 Feb 2026 08:00:00 +0000",
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "Fri, 13 Dec 1901 20:45:52 +0000",
        "Fri, 31 Dec 9999 23:59:59 +0000",
        "Mon, 05 Oct 2126 08:00:00 +0200",
        "Mon, 05 Oct 2026",
        "2026-10-05T08:00:00Z",
        "05/10/2026 08:00",
        "Mon Oct  5 08:00:00 2026",
        "yesterday",
        "",
        "Mon, 05 Oct 2026 08:00:00 +9999",
        "Mon, 05 Oct 99999999999 08:00:00 +0000",
        "Mon,\n 05 Oct\n 2026 08:00:00\n +0200",
        "=?utf-8?Q?Mon,_05_Oct_2026_08:00:00_+0200?=",
    ]
    .into_iter()
    .map(|date| {
        let whole =
            format!("From: a@example.org\nSubject: date\nDate: {date}\n\nText\n").replace('\n', "\r\n");
        (format!("{date:?}"), whole.into_bytes())
    })
    .collect()
}

fn addresses() -> Vec<(String, Vec<u8>)> {
    [
        "anna@example.org",
        "Anna Ek <anna@example.org>",
        "\"Ek, Anna\" <anna@example.org>",
        "anna@example.org (Anna Ek)",
        "=?utf-8?Q?=C3=85sa?= <asa@example.org>",
        "\"=?utf-8?Q?=C3=85sa?=\" <asa@example.org>",
        "Åsa <asa@exämple.org>",
        "<anna@example.org>",
        "Anna <>",
        "Anna",
        "",
        "anna@",
        "@example.org",
        "anna@@example.org",
        "\"anna bo\"@example.org",
        "anna@[192.0.2.1]",
        "anna@example.org, bo@example.net",
        "friends: anna@example.org, bo@example.net;",
        "undisclosed-recipients:;",
        "Anna <anna@example.org",
        "Anna anna@example.org>",
        "\"Anna <anna@example.org>",
        "Anna <anna@example.org> <bo@example.net>",
        "\"ceo@example.com\" <x@evil.example>",
        "\u{202e}anna@example.org",
        "<script>alert(1)</script> <x@example.org>",
        "a@xn--exmple-cua.org",
        "a b c <d@e> f, g",
        ",,,",
        "MAILER-DAEMON",
        "<@route.example:anna@example.org>",
        "Anna\n <anna@example.org>",
    ]
    .into_iter()
    .map(|from| {
        let whole = format!("From: {from}\nTo: {from}\nReply-To: {from}\nSubject: address\n\nText\n");
        (format!("{from:?}"), whole.replace('\n', "\r\n").into_bytes())
    })
    .collect()
}

fn parts() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let plain = "Content-Type: text/plain\n\nPlain text";
    let html = "Content-Type: text/html\n\n<p>HTML text</p>";
    let empty = "Content-Type: text/plain\n\n";
    let file = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=";
    let inline = "Content-Type: image/png\nContent-ID: <p@x>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=";
    let inner = "Content-Type: message/rfc822\n\nFrom: c@example.org\nSubject: Inner\n\nInner text";
    let lists: [(&str, &[&str]); 11] = [
        ("plain, html", &[plain, html]),
        ("html, plain", &[html, plain]),
        ("html alone", &[html]),
        ("plain, file", &[plain, file]),
        ("file alone", &[file]),
        ("html, inline", &[html, inline]),
        ("two texts", &[plain, plain]),
        ("message", &[plain, inner]),
        ("empty text, html", &[empty, html]),
        ("nothing", &[]),
        ("no header", &["\nText without a header"]),
    ];
    for kind in ["mixed", "alternative", "related", "signed", "report", "digest", "x-unknown"] {
        for (name, list) in lists {
            let mut body = joined(list, |part| format!("--b\n{part}\n"));
            body.push_str("--b--\n");
            let head = format!("Subject: {kind}\nContent-Type: multipart/{kind}; boundary=b");
            all.push((format!("{kind}: {name}"), message(&head, body.replace('\n', "\r\n").as_bytes())));
        }
    }
    all
}

/// One message with everything, cut at every so many bytes.
fn broken_off() -> Vec<(String, Vec<u8>)> {
    let body = "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=utf-8\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n--c\r\nContent-Type: text/html\r\n\r\n\
                <p>Gr&uuml;&szlig;e <a href=\"https://example.org\">here</a></p>\r\n--c--\r\n--b\r\nContent-Type: application/pdf;\r\n \
                name*0*=utf-8''%C3%9C; name*1=bersicht.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n--b--\r\n";
    let head = "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nContent-Type: multipart/mixed;\n boundary=\"b\"";
    let whole = message(head, body.as_bytes());
    let cuts = (0..whole.len()).step_by(23).chain([whole.len()]);
    cuts.filter_map(|at| Some((format!("after {at} bytes"), whole.get(..at)?.to_vec()))).collect()
}

fn odd_bytes() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = [
        ("nothing", &b""[..]),
        ("a line end", b"\r\n"),
        ("a line feed", b"\n"),
        ("nul", b"\0"),
        ("no header", b"Just some words\r\n"),
        ("no body", b"Subject: x\r\n"),
        ("no line end", b"Subject: x"),
        ("an empty name", b": x\r\nSubject: y\r\n\r\nText"),
        ("a space before the colon", b"Subject : x\r\n\r\nText"),
        ("a fold at first", b" folded\r\nSubject: x\r\n\r\nText"),
        ("carriage returns", b"Subject: x\r\rText\r"),
        ("line feeds", b"Subject: x\n\nText\n"),
        ("mixed ends", b"Subject: x\n\r\nText\n\rmore\r\r\n"),
        ("nul in a header", b"Subject: a\0b\r\n\r\nText"),
        ("an mbox line", b"From anna@example.org Mon Oct  5 08:00:00 2026\r\nSubject: x\r\n\r\n>From here"),
        ("a byte order mark", b"\xef\xbb\xbfSubject: x\r\n\r\nText"),
        ("a dot", b"Subject: x\r\n\r\n.\r\n..\r\n"),
        ("two subjects", b"Subject: a\r\nSubject: b\r\n\r\nText"),
        ("two types", b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<p>x"),
        ("a header in the body", b"Subject: x\r\n\r\nSubject: y\r\n\r\nText"),
        ("a broken type", b"Content-Type: text\r\n\r\n<p>x"),
        ("a type of nothing", b"Content-Type: ;;;=\r\n\r\nx"),
        ("escapes", b"Subject: \x1b[31mred\x07\r\n\r\n\x1b[2Jtext"),
    ]
    .into_iter()
    .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
    .collect();
    let every: Vec<u8> = (0..=255).collect();
    all.push(("every byte".to_owned(), [b"Subject: x\r\n\r\n", &every[..]].concat()));
    all.push(("every byte in a header".to_owned(), [b"Subject: ", &every[..], b"\r\n\r\nText"].concat()));
    all
}

fn extremes() -> Vec<(String, Vec<u8>)> {
    let people = joined(0..10_000, |at| format!(" person{at}@example.org,\r\n"));
    let many =
        format!("From: a@example.org\r\nTo:\r\n{people} last@example.org\r\nSubject: many\r\n\r\nText");
    let deep = (0..200).fold(String::new(), |text, at| {
        format!("{text}Content-Type: multipart/mixed; boundary=b{at}\r\n\r\n--b{at}\r\n")
    });
    let parts = joined(0..3000, |at| format!("--b\r\nContent-Type: text/plain; name=f{at}\r\n\r\nx\r\n"));
    let references = joined(0..5000, |at| format!(" <{at}@example.org>\r\n"));
    vec![
        ("10,000 recipients".to_owned(), many.into_bytes()),
        (
            "a subject of a megabyte".to_owned(),
            message(&format!("Subject: {}", "x ".repeat(500_000)), b"Text"),
        ),
        ("a line of a megabyte".to_owned(), message("Subject: x", &b"y".repeat(1_000_000))),
        (
            "200 levels".to_owned(),
            message(&format!("Subject: deep\n{}", deep.replace("\r\n", "\n").trim_end()), b"x"),
        ),
        (
            "3,000 parts".to_owned(),
            message("Subject: parts\nContent-Type: multipart/mixed; boundary=b", parts.as_bytes()),
        ),
        (
            "5,000 references".to_owned(),
            message(&format!("References:\n{}", references.replace("\r\n", "\n").trim_end()), b"x"),
        ),
        ("10,000 header fields".to_owned(), message(&"X-Field: y\n".repeat(10_000), b"Text")),
        (
            "HTML of 100,000 tags".to_owned(),
            message("Content-Type: text/html", "<b><i><div>".repeat(33_000).as_bytes()),
        ),
        (
            "50 MB".to_owned(),
            message(
                "Subject: large\nContent-Type: application/octet-stream",
                &b"0123456789abcdef".repeat(3_276_800),
            ),
        ),
    ]
}
