//! `restante account folders`

use super::{Exit, output};
use crate::Program;
use mail::{RemoteFolder, SpecialUse};
use model::AccountSummary;
use serde_json::{Value, json};

/// Lists what the server of an account has, in the spelling that `--folder` takes.
pub async fn run(program: &Program, account: &AccountSummary, json: bool) -> Result<(), Exit> {
    let folders = match program.checks.folders(&account.settings).await {
        Ok(folders) => folders,
        Err(error) => {
            let failure = error.into_failure();
            let words = failure.server_reply.map(|words| format!(" Server: {words}")).unwrap_or_default();
            return Err(Exit::Because(format!(
                "{}: failed at {}. {}{words}",
                account.settings.name,
                failure.stage.label(),
                failure.error
            )));
        }
    };
    if json {
        return output::json(&folders.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = folders.iter().map(as_row).collect();
    output::table(&["NAME", "USE", "MESSAGES"], &rows)
}

fn as_json(folder: &RemoteFolder) -> Value {
    json!({
        "name": folder.name,
        "use": folder.special_use.map(SpecialUse::id),
        "messages": folder.status.map(|status| status.messages),
        "selectable": folder.selectable,
    })
}

/// What a server does not tell stays blank.
fn as_row(folder: &RemoteFolder) -> Vec<String> {
    let messages = folder.status.map(|status| status.messages.to_string());
    let messages = messages.filter(|_| folder.selectable);
    vec![
        output::plain(&folder.name),
        folder.special_use.map_or("", SpecialUse::id).to_owned(),
        messages.unwrap_or_else(|| if folder.selectable { "" } else { "holds folders only" }.to_owned()),
    ]
}
