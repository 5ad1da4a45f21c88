//! The system parameters: what is set, what is in force, and how what is in force reaches those who go by it.

use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::checks::Checks;
use crate::clock::SharedClock;
use crate::config::{Config, LimitsConfig};
use crate::store::{ParameterSetting, Store};
use app::api::ApiError;
use app::api::parameters::ParametersPort;
use async_trait::async_trait;
use mail::net::egress::networks_of;
use model::parameter::SET;
use model::{Actor, Display, FieldErrors, Parameter, ParameterChange, ParameterKind, ParameterView, Person};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The system parameters; clones share what is in force.
#[derive(Clone)]
pub struct Parameters {
    store: Store,
    clock: SharedClock,
    checks: Checks,
    /// What the operator decided before the start: the defaults of the limits.
    limits: LimitsConfig,
    /// Where each limit comes from.
    origins: Arc<HashMap<&'static str, String>>,
    /// What somebody set, as far as it fits.
    set: Arc<RwLock<HashMap<Parameter, String>>>,
}

impl Parameters {
    /// The parameters of `store`, in force for `checks` from now on.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        store: Store,
        clock: SharedClock,
        config: &Config,
        checks: Checks,
    ) -> Result<Self, ServiceError> {
        let origins = config
            .settings
            .iter()
            .filter_map(|setting| Some((setting.key.strip_prefix("limits.")?, setting.origin.to_string())));
        let parameters = Self {
            store,
            clock,
            checks,
            limits: config.limits,
            origins: Arc::new(origins.collect()),
            set: Arc::default(),
        };
        parameters.reload().await?;
        Ok(parameters)
    }

    /// Reads what is set, by this process or another one, and puts it in force.
    ///
    /// # Errors
    /// The store's; what was in force stays then.
    pub async fn reload(&self) -> Result<(), ServiceError> {
        let mut set = HashMap::new();
        for (id, value) in self.store.parameters().await? {
            // Another version may know more parameters, or other values.
            let known = Parameter::from_id(&id);
            let fitting = known.and_then(|parameter| Some((parameter, checked(parameter, &value).ok()?)));
            if let Some((parameter, value)) = fitting {
                set.insert(parameter, value);
            } else {
                tracing::warn!(id, "a system parameter is set to what this version does not understand");
            }
        }
        let mut limits = self.limits;
        for (parameter, value) in &set {
            if let Some(number) = parameter.number(value) {
                limits = limits.with(parameter.id(), number);
            }
        }
        let networks = set.get(&Parameter::AllowedNetworks).map_or("", String::as_str);
        if let Err(error) = self.checks.connectors.egress().allow_text(networks) {
            tracing::error!(error, "the allowed networks stay as they were");
        }
        self.checks.use_limits(limits.session(), limits.stall());
        mail::message::use_mime_limits(limits.mime());
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = set;
        Ok(())
    }

    /// Every parameter with its value in force, for callers that are authorised already.
    pub fn list(&self) -> Vec<ParameterView> {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        let view = |parameter: &Parameter| {
            let default = self.default_of(*parameter);
            let value = set.get(parameter);
            let origin = self.origins.get(parameter.id()).map_or("default", String::as_str);
            ParameterView {
                id: parameter.id().to_owned(),
                label: parameter.label().to_owned(),
                section: parameter.section().to_owned(),
                kind: parameter.kind(),
                help: parameter.help().to_owned(),
                source: if value.is_some() { SET } else { origin }.to_owned(),
                value: value.unwrap_or(&default).clone(),
                default,
            }
        };
        Parameter::ALL.iter().map(view).collect()
    }

    /// Sets parameters, for callers that are authorised already. The inner error says which do not fit; nothing was set then.
    ///
    /// # Errors
    /// The store's.
    pub async fn save(
        &self,
        by: &Actor,
        changes: Vec<ParameterChange>,
    ) -> Result<Result<(), FieldErrors>, ServiceError> {
        // Somebody else may have set the other half of what has to fit together.
        self.reload().await?;
        let mut errors = FieldErrors::default();
        let mut settings = Vec::new();
        for ParameterChange { id, value } in changes {
            let Some(parameter) = Parameter::from_id(&id) else {
                errors.add(&id, "There is no such parameter.");
                continue;
            };
            match value.map(|value| checked(parameter, &value)).transpose() {
                Ok(value) => {
                    settings.push(ParameterSetting { parameter, value, default: self.default_of(parameter) });
                }
                Err(why) => errors.add(&id, why),
            }
        }
        for setting in &settings {
            if setting.parameter == Parameter::NetworkConnector
                && let Some(name) = setting.value.as_deref().filter(|name| !name.is_empty())
                && self.store.find_connector_by_name(name).await?.is_none()
            {
                errors.add(setting.parameter.id(), "There is no Network Connector of this name.");
            }
        }
        let after = |parameter| {
            let setting = settings.iter().rev().find(|setting| setting.parameter == parameter);
            let value = match setting {
                Some(setting) => setting.value.clone().unwrap_or_else(|| setting.default.clone()),
                None => self.value_of(parameter),
            };
            value.parse().unwrap_or(0)
        };
        let (rows, most): (u32, u32) = (after(Parameter::PageSize), after(Parameter::PageSizeMaximum));
        if errors.is_empty() && rows > most {
            let is_asked = |parameter| settings.iter().any(|setting| setting.parameter == parameter);
            let field =
                if is_asked(Parameter::PageSize) { Parameter::PageSize } else { Parameter::PageSizeMaximum };
            errors.add(field.id(), format!("{rows} records per page would be more than the most, {most}."));
        }
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        self.store.save_parameters(&settings, by, self.clock.now()).await?;
        self.reload().await?;
        Ok(Ok(()))
    }

    fn default_of(&self, parameter: Parameter) -> String {
        let limit = self.limits.get(parameter.id());
        limit.map_or_else(|| parameter.default_value().to_owned(), |limit| parameter.number_text(limit))
    }

    fn value_of(&self, parameter: Parameter) -> String {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        set.get(&parameter).cloned().unwrap_or_else(|| self.default_of(parameter))
    }
}

/// One more value to choose from.
fn offer(parameters: &mut [ParameterView], of: Parameter, value: String) {
    let found = parameters.iter_mut().find(|parameter| parameter.id == of.id());
    if let Some(ParameterKind::Choice(options)) = found.map(|parameter| &mut parameter.kind) {
        options.push((value.clone(), value));
    }
}

/// The value that `text` means.
fn checked(parameter: Parameter, text: &str) -> Result<String, String> {
    let value = parameter.read(text)?;
    if parameter != Parameter::AllowedNetworks {
        return Ok(value);
    }
    let networks = networks_of(&value)?;
    Ok(networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

#[async_trait]
impl ParametersPort for Parameters {
    async fn list_parameters(&self, caller: &Person) -> Result<Vec<ParameterView>, ApiError> {
        authorise(caller, Action::ReadParameters, Resource::All)?;
        let mut parameters = self.list();
        for connector in self.store.list_connectors().await.map_err(internal)? {
            let name = connector.settings.name;
            offer(&mut parameters, Parameter::NetworkConnector, name);
        }
        Ok(parameters)
    }

    async fn save_parameters(&self, caller: &Actor, changes: Vec<ParameterChange>) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeParameters, Resource::All)?;
        self.save(caller, changes).await.map_err(internal)?.map_err(ApiError::Invalid)
    }

    fn display(&self) -> Display {
        let number = |parameter| self.value_of(parameter).parse().unwrap_or(model::report::DEFAULT_PAGE_SIZE);
        let most = number(Parameter::PageSizeMaximum);
        let page_size = number(Parameter::PageSize).min(most);
        Display {
            page_size,
            page_sizes: Display::sizes(page_size, most),
            hide_filters: self.value_of(Parameter::HideFilters) != "no",
            time_in_filters: self.value_of(Parameter::TimeInFilters) == "yes",
            check_interval: self.value_of(Parameter::CheckInterval),
            date_format: self.value_of(Parameter::DateFormat),
        }
    }
}
