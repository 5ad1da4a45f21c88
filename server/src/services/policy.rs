//! The one place that says who may do what. Every server function, route and stream asks here.

use app::api::ApiError;
use model::{AccountId, Actor, Person, Role};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See accounts and how they are doing.
    ReadAccounts,
    /// Add, change, pause or remove them.
    ChangeAccounts,
    /// Have one checked now.
    CheckAccounts,
    /// See the names in the vault.
    ReadCredentials,
    /// Add, replace or remove secrets.
    ChangeCredentials,
    /// See the ways into other networks.
    ReadConnectors,
    /// Add, change, try or remove them.
    ChangeConnectors,
    /// See who did what.
    ReadAudit,
    /// See the system parameters.
    ReadParameters,
    /// Set them.
    ChangeParameters,
    /// See what is written when, and read it.
    ReadReports,
    /// Have reports written, and remove them.
    ChangeReports,
    /// Read messages, their source and attachments.
    ReadMessages,
    /// Mark them as read or unread.
    MarkMessages,
    /// Hear what happens as it happens.
    Listen,
}

/// What it is to be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Nothing in particular, or all there is.
    All,
    /// One account and its messages.
    Account(AccountId),
}

/// Whether `person` may do `action` to `resource`. Until other roles arrive, administrators may do everything and
/// nobody else exists; the signature is what the rest of the program relies on.
pub fn allows(person: &Person, action: Action, resource: Resource) -> bool {
    let _ = (action, resource);
    match person.role {
        Role::Administrator => true,
    }
}

/// [`allows`] as an error.
///
/// # Errors
/// [`ApiError::Forbidden`]; for one account [`ApiError::NotFound`], so that what is not theirs looks absent.
pub fn authorise(person: &Person, action: Action, resource: Resource) -> Result<(), ApiError> {
    match (allows(person, action, resource), resource) {
        (true, _) => Ok(()),
        (false, Resource::All) => Err(ApiError::Forbidden),
        (false, Resource::Account(_)) => Err(ApiError::NotFound),
    }
}

/// [`authorise`] for what is recorded. Whoever has the data folder may do what its owner may: the command line, and the
/// program itself.
///
/// # Errors
/// As [`authorise`].
pub fn authorise_actor(actor: &Actor, action: Action, resource: Resource) -> Result<(), ApiError> {
    match actor {
        Actor::Person { person, .. } => authorise(person, action, resource),
        Actor::CommandLine { .. } | Actor::System => Ok(()),
        Actor::Nobody { .. } => Err(ApiError::SignedOut),
    }
}
