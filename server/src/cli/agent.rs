//! The agents of `restante connector …`

use super::operator::operator;
use super::{Exit, output};
use crate::Program;
use model::{AgentId, AgentSummary, ConnectorSummary, Timestamp};
use serde_json::{Value, json};

/// Prints the line that makes another agent known.
pub async fn enrol(
    program: &Program,
    connector: &ConnectorSummary,
    server: &str,
    json: bool,
) -> Result<(), Exit> {
    let enrolment = program.connectors.enrolment(&operator(), connector, server).await?;
    let enrolment = enrolment.map_err(|why| Exit::Because(why.to_owned()))?;
    if json {
        return output::json(&json!({
            "server": enrolment.server,
            "server_key": enrolment.server_key,
            "code": enrolment.code,
            "until": enrolment.until.rfc3339(),
            "line": enrolment.line(),
        }));
    }
    output::line("Type this line where the agent is to run; its code works once, for 15 minutes:")?;
    output::line(&enrolment.line())
}

/// Lists them.
pub fn list(connector: &ConnectorSummary, json: bool) -> Result<(), Exit> {
    if json {
        return output::json(&connector.agents.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = connector
        .agents
        .iter()
        .map(|agent| {
            let last = agent.seen.map_or_else(|| "never".to_owned(), Timestamp::rfc3339);
            vec![
                agent.id.0.to_string(),
                output::plain(&agent.host),
                standing(agent).to_owned(),
                output::plain(&agent.version),
                agent.address.clone(),
                last,
                output::plain(&agent.allows),
            ]
        })
        .collect();
    output::table(&["AGENT", "HOST", "STATUS", "VERSION", "FROM", "LAST SEEN", "LETS THROUGH"], &rows)
}

/// Has one make itself another key.
pub async fn renew(
    program: &Program,
    connector: &ConnectorSummary,
    agent: i64,
    json: bool,
) -> Result<(), Exit> {
    let agent = of(connector, agent)?;
    if !program.agents.renew(&operator(), agent.id).await? {
        return Err(Exit::Because(format!("{} was revoked", agent.host)));
    }
    if json {
        return output::json(&json!({ "agent": agent.id, "renewing": true }));
    }
    output::line(&format!(
        "{} makes itself another key as soon as it is connected",
        output::plain(&agent.host)
    ))
}

/// Takes the right of one back, or of all.
pub async fn revoke(
    program: &Program,
    connector: &ConnectorSummary,
    agent: Option<i64>,
    json: bool,
) -> Result<(), Exit> {
    let doomed: Vec<&AgentSummary> = match agent {
        Some(agent) => vec![of(connector, agent)?],
        None => connector.agents.iter().filter(|agent| agent.revoked.is_none()).collect(),
    };
    let mut revoked = Vec::new();
    for agent in doomed {
        if program.agents.revoke(&operator(), agent.id).await? {
            revoked.push(agent);
        }
    }
    if json {
        return output::json(&json!({ "revoked": revoked.iter().map(|agent| agent.id).collect::<Vec<_>>() }));
    }
    if revoked.is_empty() {
        return Err(Exit::Because("there is nobody to revoke".to_owned()));
    }
    let names: Vec<_> = revoked.iter().map(|agent| output::plain(&agent.host)).collect();
    output::line(&format!("{} may not come in any more", names.join(", ")))
}

fn of(connector: &ConnectorSummary, agent: i64) -> Result<&AgentSummary, Exit> {
    let found = connector.agents.iter().find(|known| known.id == AgentId(agent));
    found.ok_or_else(|| Exit::Because(format!("{} has no agent {agent}", connector.settings.name)))
}

fn standing(agent: &AgentSummary) -> &'static str {
    match (agent.revoked, agent.since) {
        (Some(_), _) => "revoked",
        (None, Some(_)) => "connected",
        (None, None) => "not_connected",
    }
}

/// One of them, for programs.
pub fn as_json(agent: &AgentSummary) -> Value {
    json!({
        "id": agent.id,
        "host": agent.host,
        "status": standing(agent),
        "version": agent.version,
        "address": agent.address,
        "allows": agent.allows,
        "enrolled": agent.enrolled.rfc3339(),
        "seen": agent.seen.map(Timestamp::rfc3339),
        "renewing": agent.renewing,
    })
}
