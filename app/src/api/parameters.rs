//! The system parameters: read, set, and given their defaults again.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{ParameterChange, ParameterView};

/// What `server::services::parameters` does for the screens. Every method authorises `caller` first, but for the one that
/// says how screens look.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ParametersPort: Send + Sync {
    /// Every parameter with its value in force, in the order of the screen.
    async fn list_parameters(&self, caller: &model::Person) -> Result<Vec<ParameterView>, ApiError>;

    /// Sets parameters, all of them or, where one does not fit, none.
    async fn save_parameters(
        &self,
        caller: &model::Actor,
        changes: Vec<ParameterChange>,
    ) -> Result<(), ApiError>;

    /// How screens look now.
    fn display(&self) -> model::Display;
}

/// Every parameter with its value in force.
///
/// # Errors
/// [`ApiError::Forbidden`] for whoever may not see them.
#[server(endpoint = "parameters/list", prefix = "/api", protocol = Wire)]
pub async fn list_parameters() -> Result<Vec<ParameterView>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.parameters.list_parameters(&caller).await)
}

/// Sets parameters, or gives them their defaults again.
///
/// # Errors
/// [`ApiError::Invalid`] with every parameter that does not fit, under its id.
#[server(endpoint = "parameters/save", prefix = "/api", protocol = Wire)]
pub async fn save_parameters(changes: Vec<ParameterChange>) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.parameters.save_parameters(&caller, changes).await)
}
