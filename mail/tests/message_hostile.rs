//! Attacks that were published against other mail readers and sanitisers, each put through the frame's sanitiser. The
//! check reads the output with a reader of its own, so that it does not share a mistake with what it tests.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use mail::message::frame_document;

const ATTACKS: &[&str] = &[
    // Scripts, plainly and in disguise (OWASP filter evasion sheet).
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://x.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script >",
    "<<script>alert(1);//<</script>",
    "<script\n>alert(1)</script\n>",
    "\u{0}<scr\u{0}ipt>alert(1)</script>",
    "<script>alert(1)",
    "</title><script>alert(1)</script>",
    "<title><img src=x onerror=alert(1)></title>",
    // Handlers.
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\"\"onerror=\"alert(1)\">",
    "<img src='x' \u{c}onerror\u{c}=alert(1)>",
    "<body onload=alert(1)>",
    "<body background=javascript:alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<p onpointerrawupdate=alert(1) style=color:red onanimationstart='alert(1)'>x",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a onmouseover=alert(1) href=x>x</a>",
    "<div OnClick=alert(1)>x</div>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    // Links.
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a>",
    "<a href=\"&#106&#97&#118ascript:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"javascript&colon;alert(1)\">x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a href=//x.example>x</a><a href=/inbox>y</a><a href=#a>z</a>",
    "<a href=https://x.example target=_self rel=opener ping=https://y.example>x</a>",
    "<area href=javascript:alert(1)><map name=x>",
    // SVG and MathML (RUSTSEC-2021-0074, 2025-0071, 2026-0193, 2026-0213; Roundcube CVE-2024-37383, -2023-5631).
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /><a id=x><text>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to=alert(1)>",
    "<svg><use href=\"data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=#x\"></svg>",
    "<svg><style><!--</style><img src=x onerror=alert(1)>--></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><feImage href=https://x.example/a.png></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<svg><foreignObject><iframe srcdoc=\"<script>alert(1)</script>\"></foreignObject></svg>",
    // What a second parser reads differently.
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\">",
    "<plaintext><img src=x onerror=alert(1)>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!> <img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=\"1.0\"?><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<p title=\"&quot;><img src=x onerror=alert(1)>\">x",
    "<img alt=\"`><script>alert(1)</script>\" src=x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    // Frames, objects, forms, documents.
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">",
    "<object data=https://x.example/x.swf><param name=movie value=x></object>",
    "<embed src=https://x.example/x.swf>",
    "<applet code=x codebase=https://x.example></applet>",
    "<form action=https://x.example><input name=password><button formaction=javascript:alert(1)>x</button></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<base href=https://x.example/><a href=/x>x</a>",
    "<meta http-equiv=refresh content=\"0;url=https://x.example\">",
    "<link rel=stylesheet href=https://x.example/x.css>",
    "<link rel=prefetch href=https://x.example/x>",
    "<frameset onload=alert(1)><frame src=https://x.example></frameset>",
    // Remote loads (Roundcube CVE-2024-42010, 2026-25916, -35540, -48845, -48846 and their kin).
    "<img src=https://x.example/o.gif>",
    "<img src=//x.example/o.gif>",
    "<img srcset=\"https://x.example/o.gif 2x\" src=cid:x>",
    "<table background=https://x.example/b.png><tr><td background=//x.example/c.png>x</table>",
    "<video poster=https://x.example/p.jpg src=https://x.example/v.mp4></video>",
    "<img lowsrc=https://x.example/l.gif dynsrc=https://x.example/d.avi>",
    "<div style=\"background:url(https://x.example/b.png)\">x</div>",
    "<div style=\"background:url('https://x.example/b.png\">x</div>",
    "<div style=\"background-image:u\\72l(https://x.example/b.png)\">x</div>",
    "<div style=\"background:&#x75;rl(//x.example/b.png)\">x</div>",
    "<div style=\"background:image-set('https://x.example/b.png' 1x)\">x</div>",
    "<div style=\"--x:url(https://x.example);background:var(--x)\">x</div>",
    "<div style=\"list-style:url(https://x.example/l.png);cursor:url(https://x.example/c.cur)\">x</div>",
    "<div style=\"content:url(https://x.example/c.png);border-image:url(//x.example/i)\">x</div>",
    "<style>@import 'https://x.example/x.css';</style>",
    "<style>@font-face{font-family:x;src:url(https://x.example/f)}</style>x",
    "<picture><source srcset=https://x.example/p.webp><img src=x></picture>",
    "<input type=image src=https://x.example/i.png>",
    "<body style=\"background:url(https://x.example/b)\">x",
    // Style: overlays, old engines, leaving the attribute.
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999\">x</div>",
    "<div style=\"position:\\66ixed\">x</div>",
    "<div style=\"margin-top:-5000px;transform:translate(0,-500px)\">x</div>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<div style=\"width:exp/**/ression(alert(1))\">x</div>",
    "<div style=\"-moz-binding:url(https://x.example/x.xml#x)\">x</div>",
    "<div style=\"behavior:url(x.htc)\">x</div>",
    "<div style=\"color:red;}</style><script>alert(1)</script>\">x</div>",
    "<style></style><script>alert(1)</script></style>",
    "<font color=\"red' onmouseover='alert(1)\">x</font>",
    "<td style='font-family:\"</td><script>alert(1)</script>\"'>x",
    // Names that scripts or styles of a page would meet (DOM clobbering).
    "<img name=getElementById id=location><p id=body class=overlay>x",
    // Pictures that are none.
    "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
    "<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\">",
    "<img src=\"data:image/png;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\">",
    "<img src=\"data:text/html,<script>alert(1)</script>\">",
    "<img src=cid:0><img src=cid:1><img src='cid:../../x'>",
];

const LOADED: &[&str] =
    &["img src=h", "img src=//", "srcset=\"h", "background=h", "url(h", "@import 'h", "poster=h"];

#[test]
fn no_published_attack_comes_through() {
    assert!(ATTACKS.len() >= 60);
    for attack in ATTACKS {
        for around in [
            "{}",
            "<p>before {} after</p>",
            "<table><tr><td>{}</td></tr></table>",
            "<b><a href=https://a.example>{}",
        ] {
            let html = around.replace("{}", attack);
            let raw = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}");
            let frame = frame_document(raw.as_bytes()).unwrap();
            check(attack, &frame.html);
            let loads = LOADED.iter().any(|sign| attack.contains(sign));
            assert!(!loads || frame.remote_content, "{attack} loads something and it was not said");
        }
    }
}

#[test]
fn an_attack_in_the_text_beside_html_stays_text() {
    for attack in ATTACKS {
        let raw = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{attack}\r\n--b\r\nContent-Type: text/html\r\n\r\nx\r\n--b--"
        );
        check(attack, &frame_document(raw.as_bytes()).unwrap().html);
    }
}

#[test]
fn harmless_looks_stay() {
    let html = "<table width=600 cellpadding=0 align=center><tr><td colspan=2 bgcolor=#eeeeee style='color:#333;padding:4px'>\
                <font color=red face=Arial size=2>Hi</font> <a href='https://a.example/x?y=1&z=2' style='color:blue'>go</a>\
                <img alt='Logo' width=20 src=https://a.example/l.png></td></tr></table>";
    let frame = frame_document(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes()).unwrap();
    for kept in [
        "<table width=\"600\" cellpadding=\"0\" align=\"center\">",
        "colspan=\"2\"",
        "bgcolor=\"#eeeeee\"",
        "style=\"color:#333;padding:4px",
        "<font color=\"red\" face=\"Arial\" size=\"2\">Hi</font>",
        "href=\"https://a.example/x?y=1&amp;z=2\"",
        "target=\"_blank\"",
        "rel=\"noopener noreferrer nofollow\"",
        "alt=\"Logo\"",
    ] {
        assert!(frame.html.contains(kept), "{kept} is missing in {}", frame.html);
    }
}

/// Reads the body of a frame tag by tag.
fn check(attack: &str, document: &str) {
    assert_eq!(document.matches("<body>").count(), 1, "{attack}");
    let body = document.split_once("<body>").unwrap().1.strip_suffix("</body></html>").unwrap();
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = tag_end(rest).unwrap_or_else(|| panic!("{attack}: a tag without an end in {body}"));
        let (tag, after) = rest.split_at(end);
        rest = &after[1..];
        check_tag(attack, tag);
    }
}

/// Where a tag ends: at the first `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '"';
        (character == '>' && !quoted).then_some(at)
    })
}

fn check_tag(attack: &str, tag: &str) {
    let name = tag.trim_start_matches('/').split(' ').next().unwrap();
    let known = [
        "a", "b", "br", "center", "div", "font", "i", "img", "p", "pre", "span", "table", "tbody", "td", "tr",
    ];
    assert!(known.contains(&name), "{attack}: <{tag}>");
    let mut rest = tag[tag.find(' ').unwrap_or(tag.len())..].trim();
    while !rest.is_empty() {
        let (attribute, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{attack}: <{tag}>"));
        let (value, after) = after.split_once('"').unwrap();
        rest = after.trim();
        let value = value.to_lowercase();
        let fine = match attribute {
            "src" => value.starts_with("data:image/") && !value.contains("svg"),
            "href" => ["https://", "http://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
            "style" => {
                !["url", "expression", "position", "fixed", "transform", "var(", "@", "\\", "//", "-5000"]
                    .iter()
                    .any(|word| value.contains(word))
            }
            "target" => value == "_blank",
            "rel" => value == "noopener noreferrer nofollow",
            "alt" | "title" | "color" | "width" | "height" | "bgcolor" | "align" => true,
            _ => false,
        };
        assert!(fine, "{attack}: {attribute}=\"{value}\"");
    }
}
