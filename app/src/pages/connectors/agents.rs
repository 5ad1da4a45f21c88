//! The dialog of the agents that carry a Network Connector: the line that makes another one known, and how those that are
//! known are doing.

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::connectors::{enrol_agent, list_connectors, renew_agent, revoke_agent};
use crate::api::live::LiveEvent;
use crate::components::dialog::{Confirm, Dialog, DialogSize};
use crate::components::feedback::{Badge, Notice};
use crate::components::live::use_live;
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{AgentId, AgentSummary, ConnectorSummary, Enrolment};

const WHERE: &str = "The agent is a small program for a machine in the other network: restante-connector, from the same release as this server. It dials out to this server, listens nowhere, needs no rights, and reaches mail ports alone unless it is told otherwise.";

/// The agents of one connector, and how to get another one.
#[component]
pub fn AgentsDialog(
    /// The connector.
    known: ConnectorSummary,
    /// A code is asked for at once.
    begin: bool,
    /// Seen.
    close: Callback<()>,
) -> impl IntoView {
    let id = known.id;
    let all = Asked::once(list_connectors);
    use_live().refetch_on(|event| matches!(event, LiveEvent::Accounts), move || all.refetch());
    let first = StoredValue::new(known.agents.clone());
    let agents = Memo::new(move |_| {
        let found = all.get().and_then(Result::ok);
        let found = found.and_then(|all| all.iter().find(|other| other.id == id).cloned());
        found.map_or_else(|| first.get_value(), |connector| connector.agents)
    });
    let enrolment = RwSignal::new(None::<(Enrolment, Vec<AgentId>)>);
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let ask = move || {
        busy.set(true);
        refusal.set(None);
        // Before the question: the dialog may be gone when the answer comes.
        let before: Vec<_> = agents.with_untracked(|agents| agents.iter().map(|agent| agent.id).collect());
        spawn_local(async move {
            match enrol_agent(id).await {
                Ok(given) => {
                    enrolment.try_set(Some((given, before)));
                }
                Err(error) => {
                    refusal.try_set(Some(error));
                }
            }
            busy.try_set(false);
        });
    };
    if begin {
        ask();
    }
    let doomed = RwSignal::new(None::<AgentSummary>);
    let act = Callback::new(move |(agent, revoke): (AgentId, bool)| {
        doomed.set(None);
        spawn_local(async move {
            let done = if revoke { revoke_agent(agent).await } else { renew_agent(agent).await };
            refusal.try_set(done.err());
            all.refetch();
        });
    });
    let line = move || enrolment.get().map(|(given, before)| paste(&given, agents.get(), &before));
    let list = move || agents.get().into_iter().map(|agent| row(agent, doomed, act)).collect_view();
    let label = move || if enrolment.with(Option::is_some) { "Another code" } else { "Enrol an agent" };
    view! {
        <Dialog id="connector-agents" title=format!("Agents of {}", known.settings.name) on_dismiss=close size=DialogSize::Form>
            <div class="dialog-body">
                <p class="muted">{WHERE}</p>
                {move || refusal.get().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
                <div role="status">{line}</div>
                <ul class="agents">{list}</ul>
                {move || (agents.with(Vec::is_empty) && enrolment.with(Option::is_none))
                    .then(|| view! { <p>"No agent is known yet."</p> })}
            </div>
            <footer class="dialog-footer">
                <button type="button" class="button" on:click=move |_| close.run(())>"Close"</button>
                <button
                    type="button"
                    class="button button-primary"
                    disabled=move || busy.get()
                    on:click=move |_| ask()
                >
                    {label}
                </button>
            </footer>
        </Dialog>
        {move || doomed.get().map(|agent| {
            let id = agent.id;
            view! {
                <Confirm
                    title=format!("Revoke {}?", agent.host)
                    text="Its streams end at once and its key opens nothing any more. It can be enrolled anew with another code."
                    confirm="Revoke"
                    destructive=true
                    on_confirm=move |()| act.run((id, true))
                    on_cancel=move |()| doomed.set(None)
                />
            }
        })}
    }
}

/// The line, and what has come of it.
fn paste(given: &Enrolment, agents: Vec<AgentSummary>, before: &[AgentId]) -> AnyView {
    let new = agents.into_iter().find(|agent| !before.contains(&agent.id));
    match new {
        Some(agent) if agent.since.is_some() => {
            view! { <Notice kind="good">{format!("{} is connected.", agent.host)}</Notice> }.into_any()
        }
        Some(agent) => view! {
            <Notice kind="warning">
                {format!("{} is enrolled and not connected yet. Start it there: ", agent.host)}
                <code>"restante-connector run"</code>
                ", or for good: "
                <code>"restante-connector install"</code>
                "."
            </Notice>
        }
        .into_any(),
        None => view! {
            <p>"Type this line on that machine. The code in it works once, until " <When at=given.until /> "."</p>
            <pre class="enrolment-line" tabindex="0">{given.line()}</pre>
            <p class="muted">"Waiting for the agent…"</p>
        }
        .into_any(),
    }
}

/// One agent.
fn row(
    agent: AgentSummary,
    doomed: RwSignal<Option<AgentSummary>>,
    act: Callback<(AgentId, bool)>,
) -> impl IntoView {
    let id = agent.id;
    let (kind, icon, word) = standing(&agent);
    let last = agent.since.or(agent.revoked).or(agent.seen);
    let facts = [
        Some(format!("version {}", agent.version)),
        agent.latency.map(|latency| format!("{latency} ms")),
        agent.since.map(|_| streams(agent.streams)),
        Some(format!("from {}", agent.address)),
        agent.renewing.then(|| "a new key was asked for".to_owned()),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let used = agent.refused.map(|at| {
        view! { <p class="agent-used">"Its key was used after that, at " <When at />"."</p> }
    });
    let actions = agent.revoked.is_none().then(|| {
        let doom = agent.clone();
        let renew = (!agent.renewing).then(|| {
            view! {
                <button type="button" class="button" on:click=move |_| act.run((id, false))>"Renew key"</button>
            }
        });
        view! {
            <div class="agent-actions">
                {renew}
                <button type="button" class="button" on:click=move |_| doomed.set(Some(doom.clone()))>
                    "Revoke"
                </button>
            </div>
        }
    });
    view! {
        <li class="agent">
            <div>
                <p>
                    <strong>{agent.host.clone()}</strong>
                    " "
                    <Badge kind icon text=word />
                    " "
                    {last.map(|at| view! { <span class="muted">"since " <When at /></span> })}
                </p>
                <p class="muted">{facts}</p>
                <p class="muted">{lets_through(&agent.allows)}</p>
                {used}
            </div>
            {actions}
        </li>
    }
}

/// How an agent stands: kind and picture of the badge, and the word.
fn standing(agent: &AgentSummary) -> (&'static str, &'static str, &'static str) {
    match (agent.revoked, agent.since) {
        (Some(_), _) => ("quiet", "info", "Revoked"),
        (None, Some(_)) => ("good", "good", "Connected"),
        (None, None) => ("bad", "bad", "Not connected"),
    }
}

fn streams(count: u32) -> String {
    if count == 1 { "1 stream".to_owned() } else { format!("{count} streams") }
}

/// Nobody knows before it runs.
fn lets_through(allows: &str) -> String {
    if allows.is_empty() { "never started".to_owned() } else { format!("lets through {allows}") }
}
