//! Tokens: who may renew them, what takes whose place, and consents that are begun, given and ended.

use crate::engine::Engine;
use crate::told::{NOW, US, account, at, credential_text};
use model::oauth::{Consent, OAuthClient, OAuthGrant, OAuthProvider};
use model::{CredentialId, CredentialKind};
use server::store::{CredentialText, Store, StoredTokens, TokenTimes};

const TIMES: TokenTimes = TokenTimes { token_until: Some(at(60)), consent_until: Some(at(600)) };

fn client() -> OAuthClient {
    OAuthClient {
        provider: OAuthProvider::Other,
        grant: OAuthGrant::Browser,
        client_id: "app".into(),
        authorize_url: "https://login.example.org/authorize".into(),
        device_url: String::new(),
        token_url: "https://login.example.org/token".into(),
        scope: "mail offline_access".into(),
    }
}

async fn tokens(store: &Store, id: CredentialId) -> StoredTokens {
    store.sealed_tokens(id).await.unwrap().unwrap()
}

async fn consent(store: &Store, id: CredentialId) -> Consent {
    let shown = store.find_credential(id).await.unwrap().unwrap().oauth.unwrap();
    assert_eq!((shown.provider, shown.client_id.as_str()), (OAuthProvider::Other, "app"));
    shown.consent
}

pub async fn tokens_and_their_consent(engine: Engine) {
    let store = engine.open().await;
    let zoe = account(&store, "Zoe").await;
    let password = store.find_credential_by_name("mail").await.unwrap().unwrap().id;
    assert_eq!(store.sealed_tokens(password).await.unwrap(), None, "a password");
    let kind = CredentialKind::OAuth2;
    let text = CredentialText { kind, oauth: Some(client()), ..credential_text("tokens", "anna") };
    let id = store.insert_credential(&text, &US, NOW, &|_| b"none".to_vec()).await.unwrap().unwrap();
    let empty = tokens(&store, id).await;
    assert_eq!(
        (&empty.client, empty.consent, empty.sealed.as_slice()),
        (&client(), Consent::Needed, &b"none"[..])
    );
    assert_eq!(store.list_credentials().await.unwrap()[1].oauth.as_ref().unwrap().consent, Consent::Needed);

    // Begun twice: the later one counts, once, and until its end.
    for state in ["first", "second"] {
        assert!(store.begin_consent(id, state, b"sealed", at(10)).await.unwrap());
    }
    assert!(!store.begin_consent(password, "third", b"sealed", at(10)).await.unwrap());
    assert_eq!(store.take_begun_consent("first", at(1)).await.unwrap(), None);
    assert_eq!(store.take_begun_consent("second", at(10)).await.unwrap(), None, "too late");
    assert_eq!(store.take_begun_consent("second", at(9)).await.unwrap(), Some((id, b"sealed".to_vec())));
    assert_eq!(store.take_begun_consent("second", at(9)).await.unwrap(), None, "a second time");

    assert!(store.give_consent(&empty, b"one", TIMES, &US, at(2)).await.unwrap());
    assert!(!store.give_consent(&empty, b"other", TIMES, &US, at(2)).await.unwrap(), "not there any more");
    let one = tokens(&store, id).await;
    assert_eq!((one.consent, one.sealed.as_slice()), (Consent::Given, &b"one"[..]));
    let shown = store.find_credential(id).await.unwrap().unwrap();
    assert_eq!((shown.rotated, shown.oauth.clone().unwrap().consented), (at(2), Some(at(2))));
    let until = |shown: &model::oauth::OAuthStatus| (shown.token_until, shown.consent_until);
    assert_eq!(until(&shown.oauth.unwrap()), (Some(at(60)), Some(at(600))));

    // One may renew at a time, and a right that is not given back ends.
    assert!(store.claim_renewal(id, at(3), at(8)).await.unwrap());
    assert!(!store.claim_renewal(id, at(4), at(9)).await.unwrap());
    store.release_renewal(id).await.unwrap();
    assert!(store.claim_renewal(id, at(5), at(8)).await.unwrap());
    assert!(store.claim_renewal(id, at(9), at(20)).await.unwrap(), "the last one died");
    assert!(store.renew_tokens(&one, b"two", TIMES).await.unwrap());
    assert!(!store.renew_tokens(&one, b"three", TIMES).await.unwrap(), "not there any more");
    assert!(!store.end_consent(&one).await.unwrap(), "what was refused is not there any more");
    assert_eq!(consent(&store, id).await, Consent::Given);
    assert!(store.end_consent(&tokens(&store, id).await).await.unwrap());
    assert_eq!(consent(&store, id).await, Consent::Ended);

    let two = tokens(&store, id).await;
    assert!(store.change_client_secret(&two, b"four", &US, at(30)).await.unwrap());
    assert!(!store.change_client_secret(&two, b"five", &US, at(30)).await.unwrap());
    assert_eq!(tokens(&store, id).await.sealed, b"four");
    store.request_checks_with(password, at(40)).await.unwrap();
    assert_eq!(store.claim_due("node", at(41), 1_000, 5).await.unwrap()[0].account, zoe);
    store.remove_credential(id, &US, at(50)).await.unwrap();
    assert_eq!(store.sealed_tokens(id).await.unwrap(), None);
}
