//! `restante parameter …`

use super::operator::operator;
use super::{Exit, open, output};
use crate::Program;
use crate::config::Config;
use clap::Subcommand;
use model::{ParameterChange, ParameterView};

/// Global settings, in force on every running server within two seconds.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List them, each with its default and where its value comes from
    List,
    /// Set one
    Set {
        /// Its name, as in the list
        name: String,
        /// Its value
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Give one its default again
    Reset {
        /// Its name, as in the list
        name: String,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let change = match self {
            Self::List => return list(&program, json),
            Self::Set { name, value } => ParameterChange { id: name, value: Some(value) },
            Self::Reset { name } => ParameterChange { id: name, value: None },
        };
        let id = change.id.clone();
        program.parameters.save(&operator(), vec![change]).await??;
        let parameters = program.parameters.list();
        let Some(now) = parameters.iter().find(|parameter| parameter.id == id) else {
            return Err(Exit::Failed);
        };
        if json {
            return output::json(&as_json(now));
        }
        output::line(&format!("{id} is {} now (from: {})", shown(&now.value), now.source))
    }
}

fn list(program: &Program, json: bool) -> Result<(), Exit> {
    let parameters = program.parameters.list();
    if json {
        return output::json(&parameters.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = parameters
        .iter()
        .map(|parameter| {
            let ParameterView { id, value, default, source, .. } = parameter;
            vec![id.clone(), shown(value), shown(default), source.clone()]
        })
        .collect();
    output::table(&["NAME", "VALUE", "DEFAULT", "FROM"], &rows)
}

fn shown(value: &str) -> String {
    if value.is_empty() { "-".to_owned() } else { value.to_owned() }
}

fn as_json(parameter: &ParameterView) -> serde_json::Value {
    let ParameterView { id, value, default, source, .. } = parameter;
    serde_json::json!({ "name": id, "value": value, "default": default, "from": source })
}
