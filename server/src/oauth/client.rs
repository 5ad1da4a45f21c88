//! What is asked of an authorization server, and what its answers mean. Deliberately absent: keeping anything.

use super::Tokens;
use super::token_set::TokenSet;
use crate::store::StoreError;
use crate::vault::VaultError;
use mail::{MailError, token_server};
use model::oauth::{OAuthClient, OAuthProvider};
use model::{Cause, Stage, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    DeviceCodeErrorResponse, DeviceCodeErrorResponseType, EndpointNotSet, EndpointSet, ErrorResponse,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse, StandardErrorResponse,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::pin::Pin;
use std::time::Duration;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The provider cannot be reached, or says nothing that is an answer; later it may.
    #[error(transparent)]
    Unreachable(#[from] MailError),
    /// The provider says no.
    #[error("the provider refused: {words}")]
    Refused {
        /// The code of RFC 6749 §5.2 or RFC 8628 §3.5, such as `invalid_grant`.
        code: String,
        /// The code, and what the provider said beside it.
        words: String,
    },
    /// Nobody has agreed yet.
    #[error("nobody has agreed to the access yet: connect the credential")]
    NotConnected,
    /// The consent has ended.
    #[error("the access has ended: reconnect the credential")]
    Ended,
    /// The credential is not there any more, or is none of tokens.
    #[error("the credential was removed")]
    Removed,
}

impl TokenError {
    /// One sentence for whoever waits for a consent.
    pub fn into_words(self) -> String {
        match self {
            Self::Refused { code, words } => match code.as_str() {
                "access_denied" => "Somebody refused it at the provider.".to_owned(),
                "expired_token" => "Nobody typed the code in time.".to_owned(),
                _ => format!("The provider refused: {}.", words.trim_end_matches('.')),
            },
            Self::Unreachable(error) => error.detail,
            other => other.to_string(),
        }
    }
}

/// What some providers say besides.
#[derive(Debug, Serialize, Deserialize)]
pub struct Besides {
    /// Seconds from now to the end of the refresh token.
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for Besides {}

type Answer = StandardTokenResponse<Besides, BasicTokenType>;

type Asker = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Where somebody is sent to agree, and what is needed when they come back.
pub struct Invitation {
    /// The provider's page.
    pub url: String,
    /// What the provider brings back with the answer.
    pub state: String,
    /// What the answer is worth nothing without (PKCE).
    pub verifier: SecretString,
}

/// A code for another device as the provider gave it.
pub type DeviceAnswer = StandardDeviceAuthorizationResponse;

impl Tokens {
    /// An invitation to agree; no server is asked for it. The provider sends back to `redirect`.
    pub(super) fn invitation(
        client: &OAuthClient,
        user_name: &str,
        redirect: &str,
    ) -> Result<Invitation, TokenError> {
        let asker = asker(client, None)?
            .set_auth_uri(AuthUrl::new(client.authorize_url.clone()).map_err(no_url)?)
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(no_url)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = asker
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes(client))
            .set_pkce_challenge(challenge);
        if client.provider != OAuthProvider::Other {
            request = request.add_extra_param("login_hint", user_name);
        }
        if client.provider == OAuthProvider::Google {
            // Without both there is no refresh token the second time.
            request = request.add_extra_param("access_type", "offline").add_extra_param("prompt", "consent");
        }
        let (url, state) = request.url();
        Ok(Invitation {
            url: url.into(),
            state: state.secret().clone(),
            verifier: SecretString::from(verifier.secret().clone()),
        })
    }

    /// The tokens for the code that somebody came back with.
    pub(super) async fn for_code(
        &self,
        client: &OAuthClient,
        before: &TokenSet,
        code: &str,
        verifier: &SecretString,
        redirect: &str,
    ) -> Result<TokenSet, TokenError> {
        let asker = asker(client, before.client_secret.as_ref())?
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(no_url)?);
        let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
        let request =
            asker.exchange_code(AuthorizationCode::new(code.to_owned())).set_pkce_verifier(verifier);
        let answer = request.request_async(&self.http()).await.map_err(said)?;
        self.taken(before, &answer)
    }

    /// The tokens that a refresh token is good for, or that the application gets by itself.
    pub(super) async fn renewed(
        &self,
        client: &OAuthClient,
        before: &TokenSet,
    ) -> Result<TokenSet, TokenError> {
        let asker = asker(client, before.client_secret.as_ref())?;
        let answer = if let Some(refresh) = &before.refresh {
            let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
            asker.exchange_refresh_token(&refresh).request_async(&self.http()).await
        } else {
            let request = asker.exchange_client_credentials().add_scopes(scopes(client));
            request.request_async(&self.http()).await
        };
        self.taken(before, &answer.map_err(said)?)
    }

    /// A code for another device.
    pub(super) async fn device_code(
        &self,
        client: &OAuthClient,
        before: &TokenSet,
    ) -> Result<DeviceAnswer, TokenError> {
        let url = DeviceAuthorizationUrl::new(client.device_url.clone()).map_err(no_url)?;
        let asker = asker(client, before.client_secret.as_ref())?.set_device_authorization_url(url);
        let request = asker.exchange_device_code().add_scopes(scopes(client));
        request.request_async(&self.http()).await.map_err(said)
    }

    /// The tokens for a code that somebody types elsewhere, at most after `patience`.
    pub(super) async fn for_device(
        &self,
        client: &OAuthClient,
        before: &TokenSet,
        device: &DeviceAnswer,
        patience: Duration,
    ) -> Result<TokenSet, TokenError> {
        let asker = asker(client, before.client_secret.as_ref())?;
        let request = asker.exchange_device_access_token(device);
        let answer = request.request_async(&self.http(), tokio::time::sleep, Some(patience)).await;
        self.taken(before, &answer.map_err(refused_device)?)
    }

    /// How the library reaches a server: over our connections.
    fn http(&self) -> impl Fn(HttpRequest) -> Asking + use<> {
        let tokens = self.clone();
        move |request| {
            let tokens = tokens.clone();
            Box::pin(async move {
                let host = request.uri().host().unwrap_or_default().to_owned();
                let dialer = tokens.connectors.direct();
                let answer =
                    token_server::ask(request, dialer.as_ref(), &tokens.trust, &tokens.limits()).await?;
                match answer.status().as_u16() {
                    429 => Err(unavailable(Cause::Throttled, &host, 429)),
                    status @ 500.. => Err(unavailable(Cause::ConnectionLost, &host, status)),
                    _ => Ok(answer),
                }
            })
        }
    }

    /// What is kept of an answer. A refresh token that is not replaced stays good (RFC 6749 §6).
    fn taken(&self, before: &TokenSet, answer: &Answer) -> Result<TokenSet, TokenError> {
        let now = self.clock.now();
        let until = |seconds: u64| Timestamp(now.0.saturating_add_unsigned(seconds.saturating_mul(1_000)));
        let access = sealable(answer.access_token().secret())?;
        let refresh = answer.refresh_token().map(|refresh| sealable(refresh.secret())).transpose()?;
        let refresh_until = answer.extra_fields().refresh_token_expires_in.map(until);
        Ok(TokenSet {
            client_secret: before.client_secret.clone(),
            refresh_until: if refresh.is_some() { refresh_until } else { before.refresh_until },
            refresh: refresh.or_else(|| before.refresh.clone()),
            access: Some(access),
            until: answer.expires_in().map(|left| until(left.as_secs())),
        })
    }
}

type Asking = Pin<Box<dyn Future<Output = Result<HttpResponse, MailError>> + Send>>;

fn asker(client: &OAuthClient, secret: Option<&SecretString>) -> Result<Asker, TokenError> {
    let token_url = TokenUrl::new(client.token_url.clone()).map_err(no_url)?;
    let asker = Client::new(ClientId::new(client.client_id.clone()))
        .set_token_uri(token_url)
        .set_auth_type(AuthType::RequestBody);
    Ok(match secret {
        Some(secret) => asker.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
        None => asker,
    })
}

fn scopes(client: &OAuthClient) -> impl Iterator<Item = Scope> {
    client.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned()))
}

/// A token of visible characters that is not longer than any honest one.
fn sealable(token: &str) -> Result<SecretString, TokenError> {
    if token.is_empty() || token.len() > 20_000 || !token.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(senseless());
    }
    Ok(SecretString::from(token))
}

fn no_url(error: url::ParseError) -> TokenError {
    let detail = format!("The provider's address cannot be used: {error}.");
    MailError::account(Stage::SignIn, Cause::ProtocolError, detail).into()
}

fn senseless() -> TokenError {
    let detail = "What the provider of the tokens answered is none of OAuth 2.";
    MailError::account(Stage::SignIn, Cause::ProtocolError, detail).into()
}

fn unavailable(cause: Cause, host: &str, status: u16) -> MailError {
    MailError::account(
        Stage::SignIn,
        cause,
        format!("{host} gave no token now, but the HTTP status {status}."),
    )
}

fn said(error: RequestTokenError<MailError, BasicErrorResponse>) -> TokenError {
    answered(error, |kind: &BasicErrorResponseType| kind.as_ref().to_owned())
}

fn refused_device(error: RequestTokenError<MailError, DeviceCodeErrorResponse>) -> TokenError {
    answered(error, |kind: &DeviceCodeErrorResponseType| kind.to_string())
}

/// What an answer that brings no token means; `code` says the code of its kind.
fn answered<T>(
    error: RequestTokenError<MailError, StandardErrorResponse<T>>,
    code: impl FnOnce(&T) -> String,
) -> TokenError
where
    T: oauth2::ErrorResponseType + 'static,
    StandardErrorResponse<T>: ErrorResponse,
{
    match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(answer) => {
            let code = mail::error::bounded(&code(answer.error()));
            let words = match answer.error_description() {
                Some(more) => format!("{code}: {more}"),
                None => code.clone(),
            };
            TokenError::Refused { code, words: mail::error::bounded(&words) }
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => senseless(),
    }
}
