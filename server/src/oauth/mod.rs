//! Tokens that sign in where a password would (OAuth 2): how a consent is had, and how tokens are renewed without anybody.
//! Deliberately absent: who may ask for that (`services::consents`), and signing in with a token (`mail`).

mod client;
mod consent;
mod presets;
mod renewal;
mod token_set;

pub use client::TokenError;
pub use consent::CameBack;
pub use presets::checked;

use crate::clock::SharedClock;
use crate::connectors::Connectors;
use crate::store::Store;
use crate::vault::Vault;
use consent::Waiting;
use mail::{Limits, Trust};
use std::sync::{Arc, PoisonError, RwLock};

/// The tokens of this process; cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    store: Store,
    vault: Arc<Vault>,
    connectors: Arc<Connectors>,
    clock: SharedClock,
    trust: Trust,
    limits: Arc<RwLock<Limits>>,
    /// Consents that are not there yet.
    pub waiting: Waiting,
}

/// What tokens need.
pub struct Parts {
    /// Where they are kept.
    pub store: Store,
    /// What seals them.
    pub vault: Arc<Vault>,
    /// How authorization servers are reached.
    pub connectors: Arc<Connectors>,
    /// What time it is.
    pub clock: SharedClock,
    /// Who vouches for authorization servers.
    pub trust: Trust,
    /// How long they may take.
    pub limits: Limits,
}

impl Tokens {
    /// The tokens of this process.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, vault, connectors, clock, trust, limits } = parts;
        Self {
            store,
            vault,
            connectors,
            clock,
            trust,
            limits: Arc::new(RwLock::new(limits)),
            waiting: Waiting::default(),
        }
    }

    /// How long an authorization server may take from now on.
    pub fn use_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }
}
