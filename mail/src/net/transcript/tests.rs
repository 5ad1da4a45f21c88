use super::*;

/// What is told of a conversation, without the times.
fn told(protocol: Protocol, said: &[(char, &[u8])]) -> Vec<String> {
    let transcript = Transcript::new(protocol);
    for (who, bytes) in said {
        if *who == 'C' { transcript.sent(bytes) } else { transcript.heard(bytes) }
    }
    transcript.text().lines().map(|line| line.trim_start().split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn an_imap_conversation_is_told_without_secrets_and_mail() {
    let said: &[(char, &[u8])] = &[
        ('S', b"* OK ready\r\n"),
        ('C', b"a1 LOGIN \"ana\" \"hunter2\"\r\n"),
        ('S', b"a1 OK hunter2 is right\r\n"),
        ('C', b"a2 EXAMINE INBOX\r\n"),
        ('S', b"* 3 EXISTS\r\na2 OK [READ-ONLY] done\r\n"),
        ('C', b"a3 UID FETCH 1:2 (BODY.PEEK[])\r\n"),
        ('S', b"* 1 FETCH (UID 1 BODY[] {9}\r\nSECRET\r\n1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 BODY[] \"SEC\\\"RET\")\r\na3 OK\r\n"),
        ('C', b"DONE\r\n"),
    ];
    insta::assert_snapshot!(told(Protocol::Imap, said).join("\n"), @r#"
    S: * OK ready
    C: a1 LOGIN [hidden]
    S: a1 OK •••• is right
    C: a2 EXAMINE INBOX
    S: * 3 EXISTS
    S: a2 OK [READ-ONLY] done
    C: a3 UID FETCH 1:2 (BODY.PEEK[])
    S: * 1 FETCH (UID 1 BODY[] [9 bytes] …
    S: * 2 FETCH (UID 2 BODY[] "…")
    S: a3 OK
    C: DONE
    "#);
}

#[test]
fn a_connection_that_broke_off_in_the_middle_of_mail_gives_nothing_of_the_next_one_away() {
    for (first, announced) in
        [(Protocol::Imap, "* 1 FETCH (UID 1 BODY[] {9}\r\nSEC"), (Protocol::Pop3, "+OK\r\nSEC")]
    {
        for second in [Protocol::Imap, Protocol::Pop3] {
            let transcript = Transcript::new(first);
            transcript.begin(first);
            transcript.heard(if first == Protocol::Imap { b"* OK ready\r\n" } else { b"+OK ready\r\n" });
            if first == Protocol::Pop3 {
                transcript.sent(b"RETR 1\r\n");
            }
            transcript.heard(announced.as_bytes());
            transcript.begin(second);
            if second == Protocol::Imap {
                transcript.heard(b"* OK ready\r\n");
                transcript.sent(b"a1 UID FETCH 1 (BODY.PEEK[])\r\n");
                transcript
                    .heard(b"* 1 FETCH (UID 1 BODY[] {20}\r\nSECRET\r\nand SECRET\r\n)\r\na1 OK done\r\n");
            } else {
                transcript.heard(b"+OK ready\r\n");
                transcript.sent(b"RETR 1\r\n");
                transcript.heard(b"+OK\r\nSECRET\r\nand SECRET\r\n.\r\n");
            }
            let text = transcript.text();
            assert!(!text.contains("SEC"), "{first:?} {second:?}\n{text}");
            assert!(text.contains("-: another connection") && text.contains("ready"), "{text}");
            assert!(text.contains(" bytes] "), "{text}");
        }
    }
}

#[test]
fn sign_ins_by_mechanism_and_by_literal_are_hidden() {
    // \0ana\0hunter2
    let plain = b"AGFuYQBodW50ZXIy";
    let line = |before: &[u8]| [before, plain, b"\r\n"].concat();
    let (initial, answer) = (line(b"a1 AUTHENTICATE PLAIN "), line(b""));
    let said: &[(char, &[u8])] = &[
        ('C', &initial),
        ('S', b"a1 NO hunter2? AGFuYQBodW50ZXIy?\r\n"),
        ('C', b"a2 AUTHENTICATE SCRAM-SHA-256\r\n"),
        ('S', b"+ \r\n"),
        ('C', &answer),
        ('S', b"+ cj1mb28=\r\n"),
        ('C', b"YmFy\r\n"),
        ('S', b"a2 OK\r\n"),
        ('C', b"a3 LOGIN {3}\r\n"),
        ('S', b"+ go on\r\n"),
        ('C', b"ana {7}\r\n"),
        ('C', b"secret9\r\n"),
        ('S', b"a3 BAD secret9\r\n"),
        ('C', b"secret9\r\n"),
    ];
    insta::assert_snapshot!(told(Protocol::Imap, said).join("\n"), @r"
    C: a1 AUTHENTICATE PLAIN [hidden]
    S: a1 NO ••••? ••••?
    C: a2 AUTHENTICATE SCRAM-SHA-256
    S: + [hidden]
    C: [hidden]
    S: + [hidden]
    C: [hidden]
    S: a2 OK
    C: a3 LOGIN [hidden] [3 bytes]
    S: + go on
    C: [hidden] [7 bytes]
    S: a3 BAD ••••
    C: [hidden]
    ");
}

#[test]
fn a_pop3_conversation_is_told_without_secrets_and_mail() {
    let said: &[(char, &[u8])] = &[
        ('S', b"+OK ready\r\n"),
        ('C', b"CAPA\r\n"),
        ('S', b"+OK\r\nTOP\r\nSASL PLAIN\r\n.\r\n"),
        ('C', b"USER ana\r\nPASS hunter2\r\n"),
        ('S', b"+OK\r\n-ERR not hunter2\r\n"),
        ('C', b"AUTH PLAIN\r\n"),
        ('S', b"+ \r\n"),
        ('C', b"AGFuYQBodW50ZXIy\r\n"),
        ('S', b"+OK in\r\n"),
        ('C', b"UIDL\r\nTOP 1 2147483647\r\nRETR 2\r\nDELE 1\r\n"),
        ('S', b"+OK\r\n1 abc\r\n.\r\n+OK\r\nSECRET\r\n..\r\n.\r\n-ERR gone\r\n+OK\r\nSECRET nobody asked for\r\n"),
        ('C', b"hunter2\r\n"),
    ];
    insta::assert_snapshot!(told(Protocol::Pop3, said).join("\n"), @r"
    S: +OK ready
    C: CAPA
    S: +OK
    S: TOP
    S: SASL PLAIN
    S: .
    C: USER ana
    C: PASS [hidden]
    S: +OK
    S: -ERR not ••••
    C: AUTH PLAIN
    S: + [hidden]
    C: [hidden]
    S: +OK in
    C: UIDL
    C: TOP 1 2147483647
    C: RETR 2
    C: DELE 1
    S: +OK
    S: 1 abc
    S: .
    S: +OK
    S: [12 bytes] .
    S: -ERR gone
    S: +OK
    S: [25 bytes]
    C: [hidden]
    ");
}

#[test]
fn a_transcript_and_its_lines_are_bounded() {
    let transcript = Transcript::new(Protocol::Imap);
    transcript.heard(b"* OK ");
    for _ in 0..100_000 {
        transcript.heard(&[b'x'; 100]);
    }
    transcript.heard(b"\r\n");
    assert!(transcript.text().len() < 1000);
    for _ in 0..100_000 {
        transcript.heard(b"* OK and so on\r\n");
    }
    let text = transcript.text();
    assert!(text.len() < LONGEST + 1000 && text.ends_with("is cut here.\n"));
}

#[test]
fn a_terminal_does_not_act_on_it() {
    let said: &[(char, &[u8])] = &[('S', "* OK \u{1b}[2J\u{202e}x\0\r\n".as_bytes())];
    assert_eq!(told(Protocol::Imap, said), ["S: * OK \\u{1b}[2J\\u{202e}x\\u{0}"]);
}
