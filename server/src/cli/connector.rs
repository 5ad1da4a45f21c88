//! `restante connector …`

use super::operator::operator;
use super::{Exit, agent, open, output};
use crate::Program;
use crate::config::Config;
use crate::store::Removal;
use clap::{Args, Subcommand};
use model::{ConnectorDraft, ConnectorId, ConnectorKind, ConnectorSummary, FieldErrors};
use serde_json::json;

/// Ways into networks that this server does not reach by itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add one
    Add {
        /// Its unique name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Change one; what is not given stays
    Edit {
        /// Its name
        connector: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// List them, and how many accounts go through each
    List,
    /// Try to reach a server through one
    Test {
        /// Its name
        connector: String,
        /// Host name or IP address of the server, and its port, such as mail.example.org:993
        #[arg(value_name = "HOST:PORT")]
        server: String,
    },
    /// Print the line that makes another agent known; the code in it works once, for 15 minutes
    Enrol {
        /// Name of the connector
        connector: String,
        /// How the agent reaches this server [default: --public-url, else --listen]
        #[arg(long, value_name = "URL")]
        server: Option<String>,
    },
    /// List the agents of one
    Agents {
        /// Name of the connector
        connector: String,
    },
    /// Have an agent make itself another key, now or as soon as it is connected
    RenewKey {
        /// Name of the connector
        connector: String,
        /// Number of the agent, as `connector agents` lists it
        agent: i64,
    },
    /// Let an agent in no more; its streams end at once
    Revoke {
        /// Name of the connector
        connector: String,
        /// Number of the agent, as `connector agents` lists it; without one, all of them
        agent: Option<i64>,
    },
    /// Remove one that no account goes through
    Remove {
        /// Its name
        connector: String,
        /// Accounts that go through it go through this one from then on
        #[arg(long, value_name = "NAME")]
        replacement: Option<String>,
    },
}

/// What a connector is.
#[derive(Debug, Args)]
pub struct Fields {
    /// What it is
    #[arg(long, value_parser = kind, value_name = "agent|socks5|http_connect|ssh")]
    kind: Option<ConnectorKind>,
    /// Host name or IP address of the proxy
    #[arg(long)]
    address: Option<String>,
    /// Its port [default: 1080 for SOCKS5, 3128 for HTTP CONNECT, 22 for SSH; an agent has neither]
    #[arg(long)]
    port: Option<u16>,
    /// TLS to the proxy itself; HTTP CONNECT alone (yes where given without a value)
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = super::account::yes_no)]
    tls: Option<bool>,
    /// Name of the credential that the proxy wants to see [blank: none]
    #[arg(long)]
    credential: Option<String>,
    /// Fingerprint of the key that an SSH server has to prove, as `connector test` shows it [blank: none is trusted]
    #[arg(long, value_name = "SHA256:…")]
    host_key: Option<String>,
    /// Connections that it carries at once [default: 200]
    #[arg(long, value_name = "N")]
    streams: Option<u32>,
    /// Let nobody through
    #[arg(long, conflicts_with = "enabled")]
    disabled: bool,
    /// Let accounts through again
    #[arg(long)]
    enabled: bool,
}

fn kind(id: &str) -> Result<ConnectorKind, String> {
    ConnectorKind::from_id(id).ok_or_else(|| "expected agent, socks5, http_connect or ssh".to_owned())
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        match self {
            Self::Add { name, fields } => {
                if fields.address.is_none() && fields.kind != Some(ConnectorKind::Agent) {
                    return Err(Exit::Usage("connector add needs --address".to_owned()));
                }
                save(&program, None, ConnectorDraft { name, ..ConnectorDraft::default() }, fields, json).await
            }
            Self::Edit { connector, name, fields } => {
                let found = find(&program, &connector).await?;
                let mut draft = ConnectorDraft::from(&found.settings);
                draft.name = name.unwrap_or(draft.name);
                save(&program, Some(found.id), draft, fields, json).await
            }
            Self::List => list(&program, json).await,
            Self::Test { connector, server } => test(&program, &connector, &server, json).await,
            Self::Enrol { connector, server } => {
                let server = server.unwrap_or_else(|| config.own_url());
                agent::enrol(&program, &find(&program, &connector).await?, &server, json).await
            }
            Self::Agents { connector } => agent::list(&find(&program, &connector).await?, json),
            Self::RenewKey { connector, agent } => {
                agent::renew(&program, &find(&program, &connector).await?, agent, json).await
            }
            Self::Revoke { connector, agent } => {
                agent::revoke(&program, &find(&program, &connector).await?, agent, json).await
            }
            Self::Remove { connector, replacement } => {
                let found = find(&program, &connector).await?;
                let replacement = match replacement {
                    Some(name) => Some(find(&program, &name).await?),
                    None => None,
                };
                match program.connectors.remove(&operator(), found.id, replacement.as_ref()).await? {
                    Removal::Removed => say(&found, "was removed", json),
                    Removal::Absent => Err(absent(&connector)),
                    Removal::InUse => Err(Exit::Because(
                        "accounts go through it, or it is the default: name a --replacement".to_owned(),
                    )),
                }
            }
        }
    }
}

async fn save(
    program: &Program,
    id: Option<ConnectorId>,
    mut draft: ConnectorDraft,
    fields: Fields,
    json: bool,
) -> Result<(), Exit> {
    if let Some(kind) = fields.kind {
        draft.kind = kind;
        draft.port = kind.usual_port().to_string();
    }
    if let Some(port) = fields.port {
        draft.port = port.to_string();
    }
    draft.address = fields.address.unwrap_or(draft.address);
    if let Some(streams) = fields.streams {
        draft.most_streams = streams.to_string();
    }
    draft.host_key = fields.host_key.unwrap_or(draft.host_key);
    draft.tls = fields.tls.unwrap_or(draft.tls);
    draft.enabled = (draft.enabled || fields.enabled) && !fields.disabled;
    match fields.credential.as_deref() {
        None => {}
        Some("") => draft.credential = None,
        Some(name) => {
            let found = program.store.find_credential_by_name(name).await?;
            let found =
                found.ok_or_else(|| Exit::Because(format!("there is no credential named {name:?}")))?;
            draft.credential = Some(found.id);
        }
    }
    let id = program.connectors.save(&operator(), id, &draft).await??;
    let saved = program.store.find_connector(id).await?;
    saved.map_or(Err(Exit::Failed), |saved| say(&saved, "is saved", json))
}

async fn list(program: &Program, json: bool) -> Result<(), Exit> {
    let mut connectors = program.store.list_connectors().await?;
    for connector in &mut connectors {
        program.agents.fill_in(connector);
    }
    if json {
        return output::json(&connectors.iter().map(as_json).collect::<Vec<_>>());
    }
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let rows: Vec<_> = connectors
        .iter()
        .map(|connector| {
            let settings = &connector.settings;
            vec![
                output::plain(&settings.name),
                settings.kind.id().to_owned(),
                way(connector),
                yes_no(settings.enabled),
                yes_no(connector.is_default),
                (connector.used_by + connector.inherited_by).to_string(),
            ]
        })
        .collect();
    output::table(&["NAME", "KIND", "BY", "ENABLED", "DEFAULT", "ACCOUNTS"], &rows)
}

/// Where the proxy is, or how many agents there are.
fn way(connector: &ConnectorSummary) -> String {
    let settings = &connector.settings;
    if settings.kind != ConnectorKind::Agent {
        return format!("{}:{}", settings.address, settings.port);
    }
    let known = connector.agents.iter().filter(|agent| agent.revoked.is_none());
    let connected = known.clone().filter(|agent| agent.since.is_some()).count();
    format!("{connected} of {} agents", known.count())
}

async fn test(program: &Program, name: &str, server: &str, json: bool) -> Result<(), Exit> {
    let connector = find(program, name).await?;
    let (host, port) = server
        .rsplit_once(':')
        .ok_or_else(|| Exit::Usage("expected HOST:PORT, such as mail.example.org:993".to_owned()))?;
    let wrong = |field: &str| {
        let field = field.to_owned();
        move |sentence: String| Exit::from(FieldErrors::one(&field, sentence))
    };
    let address = model::account::address(host).map_err(wrong("address"))?;
    let port = model::account::port(port).map_err(wrong("port"))?;
    let test = program.connectors.test(&operator(), &connector, &address, port).await?;
    if json {
        output::json(&test)?;
    }
    if !json {
        for passed in &test.stages {
            let words = output::plain(&passed.words);
            output::line(&format!("{:>6} ms  {:<9} {words}", passed.milliseconds, passed.stage.id()))?;
        }
    }
    match (&test.failure, json) {
        (Some(_), true) => Err(Exit::Failed),
        (Some(failure), false) => {
            if let Some(shown) = &test.host_key {
                output::progress(&format!(
                    "If that is the right server: restante connector edit {name:?} --host-key {shown}"
                ));
            }
            let more = failure.server_reply.as_deref().unwrap_or_default();
            Err(Exit::Because(format!("{} {}", failure.error, output::plain(more)).trim_end().to_owned()))
        }
        (None, true) => Ok(()),
        (None, false) => output::line(&format!("{address}:{port} answered in {} ms", test.milliseconds)),
    }
}

async fn find(program: &Program, name: &str) -> Result<ConnectorSummary, Exit> {
    let found = program.store.find_connector_by_name(name).await?;
    let mut found = found.ok_or_else(|| absent(name))?;
    program.agents.fill_in(&mut found);
    Ok(found)
}

fn absent(name: &str) -> Exit {
    Exit::Because(format!("there is no Network Connector named {name:?}"))
}

fn say(connector: &ConnectorSummary, what: &str, json: bool) -> Result<(), Exit> {
    if json {
        return output::json(&as_json(connector));
    }
    output::line(&format!("{} {what}", output::plain(&connector.settings.name)))
}

fn as_json(connector: &ConnectorSummary) -> serde_json::Value {
    let settings = &connector.settings;
    json!({
        "id": connector.id,
        "name": settings.name,
        "kind": settings.kind,
        "address": settings.address,
        "port": settings.port,
        "tls": settings.tls,
        "credential": connector.credential_name,
        "host_key": Some(&settings.host_key).filter(|host_key| !host_key.is_empty()),
        "streams": settings.most_streams,
        "agents": connector.agents.iter().map(agent::as_json).collect::<Vec<_>>(),
        "enabled": settings.enabled,
        "default": connector.is_default,
        "accounts": connector.used_by,
        "inherited_by": connector.inherited_by,
    })
}
