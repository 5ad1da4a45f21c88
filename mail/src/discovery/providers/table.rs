//! The large providers, as data. Deliberately absent: how one is looked up.

use super::{Provider, UserName};
use SignInHint::{AppPassword, OAuth2, Password};
use model::SignInHint;

const fn provider(
    name: &'static str,
    domains: &'static [&'static str],
    exchangers: &'static [&'static str],
    servers: [&'static str; 2],
    sign_in: SignInHint,
    help: &'static str,
) -> Provider {
    let [imap, pop3] = servers;
    let imap = if imap.is_empty() { None } else { Some(imap) };
    let pop3 = if pop3.is_empty() { None } else { Some(pop3) };
    Provider { name, domains, exchangers, imap, pop3, user_name: UserName::Address, sign_in, help }
}

/// The providers, by and large in the order of how many people have an address there.
pub const PROVIDERS: &[Provider] = &[
    provider(
        "Gmail",
        &["gmail.com", "googlemail.com"],
        &["google.com", "googlemail.com"],
        ["imap.gmail.com", "pop.gmail.com"],
        AppPassword,
        "Google takes no account password here: turn on 2-Step Verification and make an app password, or use OAuth2. POP3 \
         has to be turned on in Gmail's settings.",
    ),
    provider(
        "Microsoft 365",
        &[],
        &["mail.protection.outlook.com", "mx.microsoft"],
        ["outlook.office365.com", "outlook.office365.com"],
        OAuth2,
        "Microsoft 365 takes no passwords over IMAP and POP3: sign in with OAuth2. An administrator of the organisation may \
         have to turn IMAP on for the mailbox.",
    ),
    provider(
        "Outlook.com",
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "outlook.de",
            "outlook.fr",
            "outlook.es",
            "outlook.it",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.fr",
            "hotmail.it",
            "hotmail.es",
            "live.de",
            "live.co.uk",
            "live.nl",
            "live.fr",
        ],
        &["olc.protection.outlook.com"],
        ["outlook.office365.com", "outlook.office365.com"],
        OAuth2,
        "Outlook.com takes no passwords over IMAP and POP3: sign in with OAuth2, for a personal mailbox with the directory \
         consumers. POP3 has to be allowed in its settings.",
    ),
    provider(
        "iCloud",
        &["icloud.com", "me.com", "mac.com"],
        &["mail.icloud.com"],
        ["imap.mail.me.com", ""],
        AppPassword,
        "iCloud wants an app-specific password, made at account.apple.com. It has no POP3.",
    ),
    provider(
        "Yahoo Mail",
        &[
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.fr",
            "yahoo.it",
            "yahoo.es",
            "yahoo.ca",
            "yahoo.com.br",
            "yahoo.co.in",
            "ymail.com",
            "rocketmail.com",
        ],
        &["yahoodns.net"],
        ["imap.mail.yahoo.com", "pop.mail.yahoo.com"],
        AppPassword,
        "Yahoo wants an app password, made under Account security.",
    ),
    provider(
        "AOL",
        &["aol.com", "aim.com", "aol.de", "aol.co.uk"],
        &[],
        ["imap.aol.com", "pop.aol.com"],
        AppPassword,
        "AOL wants an app password, made under Account security.",
    ),
    provider(
        "GMX",
        &["gmx.de", "gmx.net", "gmx.at", "gmx.ch"],
        &[],
        ["imap.gmx.net", "pop.gmx.net"],
        Password,
        "GMX lets programs in only after POP3 and IMAP were allowed in its settings; with two-factor sign-in it wants an \
         application-specific password.",
    ),
    provider(
        "GMX",
        &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr"],
        &[],
        ["imap.gmx.com", "pop.gmx.com"],
        Password,
        "GMX lets programs in only after POP3 and IMAP were allowed in its settings.",
    ),
    provider(
        "WEB.DE",
        &["web.de", "email.de"],
        &[],
        ["imap.web.de", "pop3.web.de"],
        Password,
        "WEB.DE lets programs in only after POP3 and IMAP were allowed in its settings; with two-factor sign-in it wants an \
         application-specific password.",
    ),
    provider(
        "mail.com",
        &["mail.com", "email.com", "usa.com", "myself.com", "consultant.com", "post.com", "europe.com"],
        &[],
        ["imap.mail.com", "pop.mail.com"],
        Password,
        "mail.com lets programs in only with a premium mailbox.",
    ),
    Provider {
        user_name: UserName::Address,
        ..provider(
            "T-Online",
            &["t-online.de", "magenta.de"],
            &["t-online.de"],
            ["secureimap.t-online.de", "securepop.t-online.de"],
            AppPassword,
            "Telekom wants the password for e-mail programs, which is set in its customer centre and is another than the one \
             of the web site.",
        )
    },
    provider("freenet", &["freenet.de"], &[], ["mx.freenet.de", "mx.freenet.de"], Password, ""),
    provider(
        "IONOS",
        &["online.de", "onlinehome.de"],
        &["kundenserver.de"],
        ["imap.ionos.de", "pop.ionos.de"],
        Password,
        "",
    ),
    provider("STRATO", &[], &["rzone.de"], ["imap.strato.de", "pop3.strato.de"], Password, ""),
    provider(
        "mailbox.org",
        &["mailbox.org"],
        &["mailbox.org"],
        ["imap.mailbox.org", "pop3.mailbox.org"],
        Password,
        "",
    ),
    provider(
        "Posteo",
        &["posteo.de", "posteo.net", "posteo.eu", "posteo.org", "posteo.at", "posteo.ch"],
        &[],
        ["posteo.de", "posteo.de"],
        Password,
        "With the additional mail access protection turned on, Posteo lets no program in.",
    ),
    provider(
        "Fastmail",
        &["fastmail.com", "fastmail.fm", "messagingengine.com"],
        &["messagingengine.com"],
        ["imap.fastmail.com", "pop.fastmail.com"],
        AppPassword,
        "Fastmail wants an app password, made under Privacy and security.",
    ),
    provider(
        "Zoho Mail",
        &["zoho.com", "zohomail.com"],
        &["zoho.com"],
        ["imap.zoho.com", "pop.zoho.com"],
        AppPassword,
        "IMAP has to be turned on in Zoho's settings; with two-factor sign-in it wants an app-specific password.",
    ),
    provider(
        "Zoho Mail (EU)",
        &["zoho.eu", "zohomail.eu"],
        &["zoho.eu"],
        ["imap.zoho.eu", "pop.zoho.eu"],
        AppPassword,
        "IMAP has to be turned on in Zoho's settings; with two-factor sign-in it wants an app-specific password.",
    ),
    provider(
        "Yandex Mail",
        &["yandex.com", "yandex.ru", "ya.ru", "yandex.by", "yandex.kz"],
        &["yandex.net", "yandex.ru"],
        ["imap.yandex.com", "pop.yandex.com"],
        AppPassword,
        "Yandex lets programs in only after that was allowed in its settings, with an app password.",
    ),
    provider(
        "Mail.ru",
        &["mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru"],
        &["mail.ru"],
        ["imap.mail.ru", "pop.mail.ru"],
        AppPassword,
        "Mail.ru wants a password for external applications.",
    ),
    provider(
        "QQ Mail",
        &["qq.com", "foxmail.com"],
        &[],
        ["imap.qq.com", "pop.qq.com"],
        AppPassword,
        "QQ Mail wants an authorisation code, made in its settings after IMAP was turned on.",
    ),
    provider(
        "NetEase 163",
        &["163.com"],
        &[],
        ["imap.163.com", "pop.163.com"],
        AppPassword,
        "NetEase wants an authorisation code, made in its settings after IMAP was turned on.",
    ),
    provider(
        "NetEase 126",
        &["126.com"],
        &[],
        ["imap.126.com", "pop.126.com"],
        AppPassword,
        "NetEase wants an authorisation code, made in its settings after IMAP was turned on.",
    ),
    provider("Orange", &["orange.fr", "wanadoo.fr"], &[], ["imap.orange.fr", "pop.orange.fr"], Password, ""),
    Provider {
        user_name: UserName::LocalPart,
        ..provider("Free", &["free.fr"], &[], ["imap.free.fr", "pop.free.fr"], Password, "")
    },
    provider("La Poste", &["laposte.net"], &[], ["imap.laposte.net", "pop.laposte.net"], Password, ""),
    provider("OVHcloud", &[], &["mail.ovh.net"], ["ssl0.ovh.net", "ssl0.ovh.net"], Password, ""),
    provider("Gandi", &[], &["mail.gandi.net"], ["mail.gandi.net", "mail.gandi.net"], Password, ""),
    provider(
        "Infomaniak",
        &["ik.me", "ikmail.com"],
        &["infomaniak.ch"],
        ["mail.infomaniak.com", ""],
        Password,
        "",
    ),
    provider("Bluewin", &["bluewin.ch"], &[], ["imaps.bluewin.ch", "pop3s.bluewin.ch"], Password, ""),
    provider("Libero", &["libero.it"], &[], ["imapmail.libero.it", "popmail.libero.it"], Password, ""),
    provider("WP Poczta", &["wp.pl"], &[], ["imap.wp.pl", "pop3.wp.pl"], Password, ""),
    provider("Seznam", &["seznam.cz", "email.cz"], &[], ["imap.seznam.cz", "pop3.seznam.cz"], Password, ""),
    provider("Migadu", &[], &["migadu.com"], ["imap.migadu.com", "pop.migadu.com"], Password, ""),
];
