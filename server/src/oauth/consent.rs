//! How a consent is had: in a browser that comes back, by a code that is typed elsewhere, or from the provider's administrator
//! who gave it before. Deliberately absent: who may ask for it, and pages.

use super::Tokens;
use super::client::{DeviceAnswer, TokenError};
use super::token_set::TokenSet;
use crate::store::StoredTokens;
use crate::vault::Place;
use model::oauth::{ConsentStep, DeviceCode, OAuthGrant};
use model::{AccountId, Actor, CredentialId};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_mins(15);
const PATIENCE_MILLISECONDS: i64 = 15 * 60 * 1000;

/// Consents of this process that are not there yet: what somebody types elsewhere, and why the last try came to nothing.
#[derive(Clone, Default)]
pub struct Waiting(Arc<Mutex<HashMap<CredentialId, State>>>);

#[derive(Default)]
struct State {
    code: Option<DeviceCode>,
    asking: Option<AbortHandle>,
    failure: Option<String>,
}

impl Waiting {
    /// The code that somebody is to type elsewhere, and why the last try came to nothing.
    pub fn of(&self, id: CredentialId) -> (Option<DeviceCode>, Option<String>) {
        self.with(|states| {
            states.get(&id).map(|state| (state.code.clone(), state.failure.clone())).unwrap_or_default()
        })
    }

    fn begin(&self, id: CredentialId, code: DeviceCode) {
        let before = self.with(|states| states.insert(id, State { code: Some(code), ..State::default() }));
        if let Some(asking) = before.and_then(|before| before.asking) {
            asking.abort();
        }
    }

    /// Who asks whether the code was typed, unless that has ended already.
    fn asked_by(&self, id: CredentialId, asking: AbortHandle) {
        self.with(|states| {
            if let Some(state) = states.get_mut(&id) {
                state.asking = Some(asking);
            }
        });
    }

    fn end(&self, id: CredentialId, failure: Option<String>) {
        self.with(|states| match failure {
            Some(failure) => {
                states.insert(id, State { failure: Some(failure), ..State::default() });
            }
            None => {
                states.remove(&id);
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<CredentialId, State>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where whoever comes back from the provider goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameBack {
    /// What the consent is for.
    pub credential: CredentialId,
    /// The account from whose page it was begun.
    pub account: Option<AccountId>,
}

/// What is remembered of somebody who was sent to the provider.
struct Sent {
    verifier: SecretString,
    redirect: String,
    by: String,
    account: Option<AccountId>,
}

impl Tokens {
    /// Begins, and for an application ends as well. `site` is how browsers reach us, such as `https://mail.example.org`;
    /// `account` is where its page goes back to.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn connect(
        &self,
        id: CredentialId,
        user_name: &str,
        site: &str,
        account: Option<AccountId>,
        by: &Actor,
    ) -> Result<ConsentStep, TokenError> {
        let (stored, set) = self.opened(id).await?;
        match stored.client.grant {
            OAuthGrant::Browser => {
                let redirect = format!("{site}/oauth/callback");
                let invitation = Self::invitation(&stored.client, user_name, &redirect)?;
                let errand =
                    Sent { verifier: invitation.verifier, redirect, by: by.name().to_owned(), account };
                let sealed = self.vault.seal(begun(id), &errand.to_secret());
                let until = self.clock.now().plus_milliseconds(PATIENCE_MILLISECONDS);
                let state = hash(&invitation.state);
                if !self.store.begin_consent(id, &state, &sealed, until).await? {
                    return Err(TokenError::Removed);
                }
                self.waiting.end(id, None);
                Ok(ConsentStep::Visit(invitation.url))
            }
            OAuthGrant::Device => {
                let device = self.device_code(&stored.client, &set).await?;
                Ok(ConsentStep::Type(self.follow(id, stored, set, device, by.clone())))
            }
            OAuthGrant::Application => {
                let asked = self.renewed(&stored.client, &TokenSet { refresh: None, ..set.clone() }).await;
                self.given(&stored, asked?, by).await?;
                Ok(ConsentStep::Done)
            }
        }
    }

    /// Takes what somebody brought back from the provider; `None` where nothing was begun with this state, or by
    /// somebody else. Why it came to nothing is kept for [`Waiting::of`].
    ///
    /// # Errors
    /// The database's and the vault's.
    pub async fn come_back(
        &self,
        state: &str,
        answer: Result<&str, &str>,
        by: &Actor,
    ) -> Result<Option<CameBack>, TokenError> {
        let taken = self.store.take_begun_consent(&hash(state), self.clock.now()).await?;
        let Some((id, sealed)) = taken else { return Ok(None) };
        let Some(errand) = Sent::from_secret(&self.vault.open(begun(id), &sealed)?) else { return Ok(None) };
        if errand.by != by.name() {
            return Ok(None);
        }
        let connected = self.exchange(id, answer, &errand, by).await;
        match connected {
            Ok(()) => self.waiting.end(id, None),
            Err(error @ (TokenError::Refused { .. } | TokenError::Unreachable(_))) => {
                self.waiting.end(id, Some(error.into_words()));
            }
            Err(other) => return Err(other),
        }
        Ok(Some(CameBack { credential: id, account: errand.account }))
    }

    async fn exchange(
        &self,
        id: CredentialId,
        answer: Result<&str, &str>,
        errand: &Sent,
        by: &Actor,
    ) -> Result<(), TokenError> {
        let code = answer.map_err(|error| {
            let words = mail::error::bounded(error);
            TokenError::Refused { code: words.clone(), words }
        })?;
        let (stored, set) = self.opened(id).await?;
        let set = self.for_code(&stored.client, &set, code, &errand.verifier, &errand.redirect).await?;
        self.given(&stored, set, by).await
    }

    /// Asks the provider in its own time whether somebody has typed the code.
    fn follow(
        &self,
        id: CredentialId,
        stored: StoredTokens,
        set: TokenSet,
        device: DeviceAnswer,
        by: Actor,
    ) -> DeviceCode {
        let patience = device.expires_in().min(PATIENCE);
        let left = i64::try_from(patience.as_millis()).unwrap_or(PATIENCE_MILLISECONDS);
        let code = DeviceCode {
            code: mail::error::bounded(device.user_code().secret()),
            address: device.verification_uri().to_string(),
            until: self.clock.now().plus_milliseconds(left),
        };
        let tokens = self.clone();
        // Before somebody asks: the answer may be there at once.
        self.waiting.begin(id, code.clone());
        let asking = tokio::spawn(async move {
            let asked = tokens.for_device(&stored.client, &set, &device, patience).await;
            let ended = match asked {
                Ok(set) => tokens.given(&stored, set, &by).await,
                Err(error) => Err(error),
            };
            tokens.waiting.end(id, ended.err().map(TokenError::into_words));
        });
        self.waiting.asked_by(id, asking.abort_handle());
        code
    }

    /// Stores the tokens of a new consent, and has the accounts checked that wait for it.
    async fn given(&self, stored: &StoredTokens, set: TokenSet, by: &Actor) -> Result<(), TokenError> {
        let mut stored = stored.clone();
        let now = self.clock.now();
        loop {
            let sealed = self.sealed(stored.id, &set);
            if self.store.give_consent(&stored, &sealed, set.times(), by, now).await? {
                break;
            }
            // Only the seal is another one, or older tokens were renewed meanwhile: these are the ones that count.
            stored = self.opened(stored.id).await?.0;
        }
        self.store.request_checks_with(stored.id, now).await?;
        Ok(())
    }

    /// Replaces what proves that we are the application; the tokens stay.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn change_client_secret(
        &self,
        id: CredentialId,
        secret: SecretString,
        by: &Actor,
    ) -> Result<(), TokenError> {
        loop {
            let (stored, set) = self.opened(id).await?;
            let set = TokenSet { client_secret: Some(secret.clone()), ..set };
            let sealed = self.sealed(id, &set);
            if self.store.change_client_secret(&stored, &sealed, by, self.clock.now()).await? {
                return Ok(());
            }
        }
    }
}

/// Where what was begun is sealed. It is good for minutes: a rotation of the vault's key leaves it behind.
fn begun(id: CredentialId) -> Place<'static> {
    Place { table: "oauth_client", row: id.0, column: "begun_sealed" }
}

/// What a database may know of a state.
fn hash(state: &str) -> String {
    blake3::hash(state.as_bytes()).to_hex().to_string()
}

impl Sent {
    fn to_secret(&self) -> SecretString {
        let account = self.account.map(|account| account.0.to_string()).unwrap_or_default();
        let verifier = self.verifier.expose_secret();
        SecretString::from(format!("{verifier}\n{}\n{account}\n{}", self.redirect, self.by))
    }

    fn from_secret(secret: &SecretString) -> Option<Self> {
        let mut lines = secret.expose_secret().splitn(4, '\n');
        let mut next = || lines.next();
        let (verifier, redirect, account, by) = (next()?, next()?, next()?, next()?);
        Some(Self {
            verifier: SecretString::from(verifier),
            redirect: redirect.to_owned(),
            account: account.parse().ok().map(AccountId),
            by: by.to_owned(),
        })
    }
}
