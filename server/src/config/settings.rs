//! One value after the other, each from the strongest place that names it.

use super::{ConfigError, Flags};
use std::collections::BTreeMap;
use std::path::Path;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The command line.
    Flag,
    /// A `RESTANTE_*` variable.
    Variable,
    /// The configuration file.
    File,
    /// A systemd credential.
    Systemd,
    /// Nobody said anything.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Variable => "variable",
            Self::File => "file",
            Self::Systemd => "systemd",
            Self::Default => "default",
        })
    }
}

/// One key as `restante config` prints it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Setting {
    /// The key, as in the file; limits are `limits.…`.
    pub key: &'static str,
    /// Its effective value, redacted where it is secret.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// The configuration file, flattened: `limits.connect_seconds` → `3`.
pub(super) fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let mut flat = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(section) => {
                for (inner, value) in section {
                    flat.insert(format!("{key}.{inner}"), plain(&value));
                }
            }
            value => {
                flat.insert(key, plain(&value));
            }
        }
    }
    Ok(flat)
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The three places, and what was read so far.
pub(super) struct Settings<'a> {
    flags: &'a Flags,
    variable: &'a dyn Fn(&str) -> Option<String>,
    file: BTreeMap<String, String>,
    read: Vec<Setting>,
}

impl<'a> Settings<'a> {
    pub fn new(
        flags: &'a Flags,
        variable: &'a dyn Fn(&str) -> Option<String>,
        file: BTreeMap<String, String>,
    ) -> Self {
        Self { flags, variable, file, read: Vec::new() }
    }

    /// The value of `key`, or its default.
    pub fn parsed<T>(
        &mut self,
        key: &'static str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let (value, origin) = self.given(key).unwrap_or_else(|| (default.to_owned(), Origin::Default));
        self.read_one(key, &value, origin, parse)
    }

    /// The value of `key`, where somebody gave one.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        self.given(key).map(|(value, origin)| self.read_one(key, &value, origin, parse)).transpose()
    }

    /// The value of `key`, where the file gives one: for what nothing but the file may decide.
    pub fn in_file<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let value = self.file.get(key).cloned();
        value.map(|value| self.read_one(key, &value, Origin::File, parse)).transpose()
    }

    /// A secret: from its variable alone, never from a file or a flag.
    pub fn secret(&mut self, key: &'static str) -> Option<String> {
        let value = (self.variable)(&variable_name(key)).filter(|value| !value.is_empty())?;
        self.read.push(Setting { key, value: "••••".to_owned(), origin: Origin::Variable });
        Some(value)
    }

    /// A secret that systemd put into a file for this service alone (`LoadCredential=`, systemd.exec(5)).
    pub fn systemd_credential(
        &mut self,
        key: &'static str,
        name: &str,
    ) -> Result<Option<String>, ConfigError> {
        let Some(folder) = (self.variable)("CREDENTIALS_DIRECTORY") else { return Ok(None) };
        let file = Path::new(&folder).join(name);
        if !file.exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&file)
            .map_err(|source| ConfigError::File { path: file.clone(), source })?;
        self.read.push(Setting { key, value: "••••".to_owned(), origin: Origin::Systemd });
        Ok(Some(text))
    }

    /// Everything that was read; an error where the file has a key that nobody asked for.
    pub fn finish(mut self) -> Result<Vec<Setting>, ConfigError> {
        for setting in &self.read {
            self.file.remove(setting.key);
        }
        match self.file.into_keys().next() {
            Some(key) => Err(ConfigError::UnknownKey(key)),
            None => Ok(self.read),
        }
    }

    fn given(&self, key: &'static str) -> Option<(String, Origin)> {
        let flag = self.flags.values.iter().find(|(name, _)| *name == key);
        let flag = flag.map(|(_, value)| (value.clone(), Origin::Flag));
        flag.or_else(|| {
            let variable = (self.variable)(&variable_name(key)).filter(|value| !value.is_empty());
            variable.map(|value| (value, Origin::Variable))
        })
        .or_else(|| self.file.get(key).map(|value| (value.clone(), Origin::File)))
    }

    fn read_one<T>(
        &mut self,
        key: &'static str,
        value: &str,
        origin: Origin,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        match parse(value) {
            Ok(parsed) => {
                self.read.push(Setting { key, value: shown(value), origin });
                Ok(parsed)
            }
            Err(reason) => Err(ConfigError::Value { key, value: shown(value), origin, reason }),
        }
    }
}

fn variable_name(key: &str) -> String {
    format!("RESTANTE_{}", key.replace('.', "_").to_uppercase())
}

/// A value without the password that a database URL may carry.
fn shown(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return value.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{name}:••••@{host}")
}
