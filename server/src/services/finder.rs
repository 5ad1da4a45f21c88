//! What somebody may mean who types into the palette: a screen, an account, a message. Deliberately absent: searching on
//! purpose (see `messages`).

use crate::store::{Store, StoreError};
use app::components::report::parameters::escaped;
use model::report::ReportQuery;
use model::search::{Search, Suggestion};
use model::{MessageFilter, Timestamp};

/// Accounts and messages, of each.
const OF_A_KIND: usize = 5;
/// In all.
const MOST: usize = 20;

/// Every screen: its name, where it is, and other words for it.
const SCREENS: [(&str, &str, &str); 10] = [
    ("Overview", "/", "home start"),
    ("Inbox", "/inbox", "mail messages all"),
    ("IMAP Configuration / POP3", "/settings/email/accounts", "accounts mailboxes e-mail"),
    ("New account", "/settings/email/accounts/new", "add register imap pop3"),
    ("Import accounts", "/settings/email/accounts/import", "csv file"),
    ("Credentials", "/settings/credentials", "passwords vault oauth"),
    ("System Parameters", "/settings/parameters", "settings global application"),
    ("Audit", "/settings/audit", "log who did what history"),
    ("Reports", "/reports", "scheduled csv print"),
    ("Unread mail", "/inbox?q=is%3Aunread", "new inbox"),
];

/// What may be meant by `text`, which finds messages as `search`.
///
/// # Errors
/// The store's.
pub async fn of(
    store: &Store,
    text: &str,
    search: Option<&Search>,
    now: Timestamp,
) -> Result<Vec<Suggestion>, StoreError> {
    let lower = text.to_lowercase();
    let to = |text: String, words: String, href: String| Suggestion { text, words, href: Some(href) };
    let means = |(name, _, other): &&(&str, &str, &str)| {
        lower.split_whitespace().all(|word| name.to_lowercase().contains(word) || other.contains(word))
    };
    let screens = SCREENS.iter().filter(means);
    let mut all: Vec<Suggestion> = screens
        .map(|(name, href, _)| to((*name).to_owned(), "screen".to_owned(), (*href).to_owned()))
        .collect();
    if lower.is_empty() {
        return Ok(all);
    }
    let named = store.list_accounts(now).await?.into_iter();
    let named = named.filter(|account| account.settings.name.to_lowercase().contains(&lower)).take(OF_A_KIND);
    for account in named {
        let (name, id) = (account.settings.name, account.id.0);
        all.push(to(name.clone(), "account".to_owned(), format!("/settings/email/accounts/{id}")));
        all.push(to(name.clone(), "inbox".to_owned(), format!("/accounts/{id}/inbox")));
    }
    if let Some(search) = search {
        let filter = MessageFilter { search: Some(text.to_owned()), ..MessageFilter::default() };
        let query =
            ReportQuery { filter, page_size: u32::try_from(OF_A_KIND).ok(), ..ReportQuery::default() };
        let found = store.list_messages(&query, search).await?.rows;
        if !found.is_empty() {
            let href = format!("/inbox?q={}", escaped(text));
            all.push(to(format!("Search mail for {text}"), "inbox".to_owned(), href));
        }
        for message in found {
            let words = format!("{} · {}", message.sender.shown(), message.account_name);
            let subject =
                if message.subject.trim().is_empty() { "(no subject)".to_owned() } else { message.subject };
            all.push(to(subject, words, format!("/messages/{}", message.id.0)));
        }
    }
    all.truncate(MOST);
    Ok(all)
}
