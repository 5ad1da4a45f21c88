//! `[credential_sources]`: which variables, files and commands credentials may be read from. In the file alone: what a flag
//! or a variable could add, somebody without the file's rights could add.

use super::ConfigError;
use super::settings::Settings;
use crate::vault::Sources;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

impl Sources {
    pub(super) fn from_settings(settings: &mut Settings<'_>) -> Result<Self, ConfigError> {
        let directory = settings.in_file("credential_sources.directory", absolute)?;
        let files = settings.in_file("credential_sources.files", |text| each(text, file_name))?;
        let files = files.unwrap_or_default();
        let variables = settings.in_file("credential_sources.variables", |text| each(text, variable))?;
        let commands = settings.in_file("credential_sources.commands", commands)?;
        let seconds = settings.in_file("credential_sources.seconds", within(120))?;
        let bytes = settings.in_file("credential_sources.bytes", within(100_000))?;
        if directory.is_none() && !files.is_empty() {
            return Err(ConfigError::UnknownKey(
                "credential_sources.files, without a credential_sources.directory for them".to_owned(),
            ));
        }
        Ok(Self {
            variables: variables.unwrap_or_default(),
            directory: directory.unwrap_or_default(),
            files,
            commands: commands.unwrap_or_default(),
            limit: Duration::from_secs(seconds.unwrap_or(10)),
            bytes: bytes.unwrap_or(10_000),
        })
    }
}

fn absolute(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if path.is_absolute() { Ok(path.to_owned()) } else { Err("expected an absolute path".to_owned()) }
}

fn within(most: u64) -> impl Fn(&str) -> Result<u64, String> {
    move |text| match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("expected a number from 1 to {most}")),
    }
}

/// A list in the words of the file, of which each entry has to please `check`.
fn each(text: &str, check: fn(&str) -> Result<(), String>) -> Result<Vec<String>, String> {
    let names: Vec<String> = parsed(text).ok_or("expected a list of names, such as [\"sales\"]")?;
    names.iter().try_for_each(|name| check(name))?;
    Ok(names)
}

fn commands(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let commands: BTreeMap<String, Vec<String>> =
        parsed(text).ok_or("expected a program and its arguments for each name, such as [\"/usr/bin/pass\", \"show\", \"sales\"]")?;
    for (name, argv) in &commands {
        let program = argv.first().map(|program| Path::new(program.as_str()));
        if !program.is_some_and(Path::is_absolute) {
            return Err(format!("the program of {name} has to be an absolute path"));
        }
        line(name)?;
    }
    Ok(commands)
}

/// One value that the file held, read again as what it is.
fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    #[derive(serde::Deserialize)]
    struct One<T> {
        value: T,
    }
    toml::from_str::<One<T>>(&format!("value = {text}")).ok().map(|one| one.value)
}

fn line(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
        return Err(format!("{name:?} is no name"));
    }
    Ok(())
}

fn file_name(name: &str) -> Result<(), String> {
    line(name)?;
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(format!("{name:?} is no name of a file inside the directory"));
    }
    Ok(())
}

fn variable(name: &str) -> Result<(), String> {
    line(name)?;
    if name.starts_with("RESTANTE_") {
        return Err(format!("{name} is this program's own and no source of credentials"));
    }
    if name.contains('=') { Err(format!("{name:?} is no name of a variable")) } else { Ok(()) }
}
