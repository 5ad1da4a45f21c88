//! Whom to ask at the providers that everybody has, and whether what somebody typed of another one can be asked.

use mail::token_server::checked_url;
use model::FieldErrors;
use model::oauth::{OAuthClient, OAuthDraft, OAuthGrant, OAuthProvider};

/// Mailboxes over IMAP and POP3, and a refresh token.
const MICROSOFT_SCOPE: &str = "offline_access https://outlook.office.com/IMAP.AccessAsUser.All \
                               https://outlook.office.com/POP.AccessAsUser.All";
/// Whatever an administrator has agreed to for the application.
const MICROSOFT_APPLICATION_SCOPE: &str = "https://outlook.office365.com/.default";
const GOOGLE_SCOPE: &str = "https://mail.google.com/";

/// Whom to ask.
///
/// # Errors
/// Every field that is wrong.
pub fn checked(draft: &OAuthDraft) -> Result<OAuthClient, FieldErrors> {
    let mut errors = FieldErrors::default();
    if !draft.provider.grants().contains(&draft.grant) {
        let message = format!("{} gives mailboxes only to a person in a browser.", draft.provider.label());
        errors.add("grant", message);
    }
    let client_id = model::field::line(&draft.client_id, 500);
    let client_id = client_id.map_err(|message| errors.add("client_id", message)).unwrap_or_default();
    let client = match draft.provider {
        OAuthProvider::Microsoft365 => microsoft(draft, &mut errors),
        OAuthProvider::Google => OAuthClient {
            authorize_url: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            device_url: String::new(),
            token_url: "https://oauth2.googleapis.com/token".to_owned(),
            scope: GOOGLE_SCOPE.to_owned(),
            ..bare(draft)
        },
        OAuthProvider::Other => other(draft, &mut errors),
    };
    if errors.is_empty() { Ok(OAuthClient { client_id, ..client }) } else { Err(errors) }
}

fn bare(draft: &OAuthDraft) -> OAuthClient {
    OAuthClient {
        provider: draft.provider,
        grant: draft.grant,
        client_id: String::new(),
        authorize_url: String::new(),
        device_url: String::new(),
        token_url: String::new(),
        scope: String::new(),
    }
}

fn microsoft(draft: &OAuthDraft, errors: &mut FieldErrors) -> OAuthClient {
    let application = draft.grant == OAuthGrant::Application;
    let tenant = match draft.tenant.trim() {
        "" if application => {
            errors.add("tenant", "An application belongs to one directory: its number or domain is needed.");
            ""
        }
        "" => "organizations",
        tenant => tenant,
    };
    if tenant.len() > 200 || !tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) {
        errors.add("tenant", "The number of a directory, or its domain.");
    }
    let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
    OAuthClient {
        authorize_url: format!("{base}/authorize"),
        device_url: format!("{base}/devicecode"),
        token_url: format!("{base}/token"),
        scope: if application { MICROSOFT_APPLICATION_SCOPE } else { MICROSOFT_SCOPE }.to_owned(),
        ..bare(draft)
    }
}

fn other(draft: &OAuthDraft, errors: &mut FieldErrors) -> OAuthClient {
    let mut url = |field, typed: &str, needed: bool| {
        if needed {
            checked_url(typed).map_err(|message| errors.add(field, message)).unwrap_or_default()
        } else {
            String::new()
        }
    };
    let authorize_url = url("authorize_url", &draft.authorize_url, draft.grant == OAuthGrant::Browser);
    let device_url = url("device_url", &draft.device_url, draft.grant == OAuthGrant::Device);
    let token_url = url("token_url", &draft.token_url, true);
    let scope = draft.scope.split_whitespace().collect::<Vec<_>>().join(" ");
    if scope.len() > 1_000 || scope.chars().any(char::is_control) {
        errors.add("scope", "At most 1,000 characters.");
    }
    OAuthClient { authorize_url, device_url, token_url, scope, ..bare(draft) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(provider: OAuthProvider, grant: OAuthGrant) -> OAuthDraft {
        OAuthDraft { provider, grant, client_id: "app".to_owned(), ..OAuthDraft::default() }
    }

    #[test]
    fn the_presets_need_no_address() {
        for provider in [OAuthProvider::Microsoft365, OAuthProvider::Google] {
            let client = checked(&draft(provider, OAuthGrant::Browser)).unwrap();
            assert!(client.token_url.starts_with("https://") && client.authorize_url.starts_with("https://"));
        }
        let microsoft = checked(&draft(OAuthProvider::Microsoft365, OAuthGrant::Device)).unwrap();
        assert_eq!(
            microsoft.device_url,
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode"
        );
    }

    #[test]
    fn each_wrong_field_is_named() {
        let wrong = |draft: OAuthDraft| {
            let errors = checked(&draft).unwrap_err();
            ["grant", "tenant", "client_id", "authorize_url", "device_url", "token_url", "scope"]
                .into_iter()
                .filter(|field| errors.at(field).is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(draft(OAuthProvider::Google, OAuthGrant::Device)), ["grant"]);
        assert_eq!(wrong(draft(OAuthProvider::Microsoft365, OAuthGrant::Application)), ["tenant"]);
        let tenant = "evil.example/x?".to_owned();
        assert_eq!(
            wrong(OAuthDraft { tenant, ..draft(OAuthProvider::Microsoft365, OAuthGrant::Browser) }),
            ["tenant"]
        );
        assert_eq!(wrong(draft(OAuthProvider::Other, OAuthGrant::Browser)), ["authorize_url", "token_url"]);
        let client_id = "a\r\nb".to_owned();
        assert_eq!(
            wrong(OAuthDraft { client_id, ..draft(OAuthProvider::Other, OAuthGrant::Application) }),
            ["client_id", "token_url"]
        );
    }
}
