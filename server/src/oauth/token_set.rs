//! What is sealed of a credential of tokens, as one secret. Deliberately absent: `Serialize`, so that nothing of it gets
//! anywhere by accident.

use crate::store::TokenTimes;
use model::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// The tokens and what is needed for others. No field has a line break: RFC 6749 (appendix A) allows visible characters.
#[derive(Debug, Clone, Default)]
pub struct TokenSet {
    /// What proves that we are the application; many applications have none.
    pub client_secret: Option<SecretString>,
    /// What other tokens are had for.
    pub refresh: Option<SecretString>,
    /// What signs in.
    pub access: Option<SecretString>,
    /// The end of `access`, where the provider said so.
    pub until: Option<Timestamp>,
    /// The end of `refresh`, where the provider said so.
    pub refresh_until: Option<Timestamp>,
}

impl TokenSet {
    /// One secret, line by line.
    pub fn to_secret(&self) -> SecretString {
        let time = |at: Option<Timestamp>| at.map(|at| at.0.to_string()).unwrap_or_default();
        let (until, refresh_until) = (time(self.until), time(self.refresh_until));
        let text = |secret: &Option<SecretString>| {
            Zeroizing::new(
                secret.as_ref().map_or_else(String::new, |secret| secret.expose_secret().to_owned()),
            )
        };
        let (client_secret, refresh, access) =
            (text(&self.client_secret), text(&self.refresh), text(&self.access));
        let lines = [client_secret.as_str(), &refresh, &access, &until, &refresh_until];
        SecretString::from(lines.join("\n"))
    }

    /// What [`TokenSet::to_secret`] made a secret of.
    pub fn from_secret(secret: &SecretString) -> Self {
        let mut lines = secret.expose_secret().split('\n').map(|line| (!line.is_empty()).then_some(line));
        let mut next = || lines.next().flatten();
        let (client_secret, refresh, access) = (next(), next(), next());
        let (until, refresh_until) = (next(), next());
        let time = |text: Option<&str>| text.and_then(|text| text.parse().ok()).map(Timestamp);
        Self {
            client_secret: client_secret.map(SecretString::from),
            refresh: refresh.map(SecretString::from),
            access: access.map(SecretString::from),
            until: time(until),
            refresh_until: time(refresh_until),
        }
    }

    /// What may be known without opening it.
    pub fn times(&self) -> TokenTimes {
        let token_until = self.until.filter(|_| self.access.is_some());
        TokenTimes { token_until, consent_until: self.refresh_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_there_and_back() {
        let text = |secret: Option<SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        for whole in [true, false] {
            let set = TokenSet {
                client_secret: whole.then(|| "s~1".into()),
                refresh: Some("r/2+=".into()),
                access: whole.then(|| "ya29.3".into()),
                until: Some(Timestamp(17)),
                refresh_until: None,
            };
            let back = TokenSet::from_secret(&set.to_secret());
            assert_eq!(text(back.client_secret), text(set.client_secret));
            assert_eq!((text(back.refresh), text(back.access)), (text(set.refresh), text(set.access)));
            assert_eq!((back.until, back.refresh_until), (Some(Timestamp(17)), None));
        }
        let nothing = TokenSet::from_secret(&SecretString::default());
        assert!(nothing.client_secret.is_none() && nothing.refresh.is_none() && nothing.access.is_none());
    }
}
