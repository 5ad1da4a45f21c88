//! The rows of the file, each with what would come of it, and its test.

use super::super::page_of;
use super::run::{Import, Tested};
use crate::components::feedback::Badge;
use crate::view::view;
use leptos::prelude::*;
use model::{AccountImport, ImportOutcome, ImportedRow};

/// The rows; nothing before the file was read.
#[component]
pub fn Rows(import: Import) -> impl IntoView {
    move || import.answer.get().map(|answer| table(import, &answer))
}

fn table(import: Import, answer: &AccountImport) -> AnyView {
    let rows = answer.rows.iter().map(|row| line(import, row)).collect_view();
    let test_all = (answer.ready() > 0).then(|| {
        view! {
            <button type="button" class="button" on:click=move |_| import.test_all()>
                "Test all"
            </button>
        }
    });
    view! {
        <div class="import-head">
            <div role="status">
                <h3>{summary(answer)}</h3>
            </div>
            {test_all}
        </div>
        <div class="account-table" role="group" tabindex="0" aria-label="Rows of the file">
            <table class="report-table">
                <thead>
                    <tr>
                        <th scope="col" class="numbers">"Line"</th>
                        <th scope="col">"Account name"</th>
                        <th scope="col">"Server"</th>
                        <th scope="col">"Signs in as"</th>
                        <th scope="col">"Result"</th>
                        <th scope="col">"Connection"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn summary(answer: &AccountImport) -> String {
    let (created, ready, wrong) = (answer.created(), answer.ready(), answer.wrong());
    let counts = [(created, "imported"), (ready, "ready to import"), (wrong, "left out")];
    let said = counts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
}

fn line(import: Import, row: &ImportedRow) -> AnyView {
    let result = match &row.outcome {
        ImportOutcome::Ready => view! { <Badge kind="info" icon="add" text="Ready" /> },
        ImportOutcome::Created(id) => view! {
            <Badge kind="good" icon="good" text="Imported" />
            " "
            <a href=page_of(*id)>"View account"</a>
        }
        .into_any(),
        ImportOutcome::Wrong(errors) => {
            let errors = errors.0.iter().map(|error| {
                view! { <li><strong>{error.field.replace('_', " ")}</strong> ": " {error.message.clone()}</li> }
            });
            view! {
                <Badge kind="bad" icon="bad" text="Left out" />
                <ul class="import-errors">{errors.collect_view()}</ul>
            }
            .into_any()
        }
    };
    let connection = (row.outcome == ImportOutcome::Ready).then(|| connection(import, row));
    view! {
        <tr>
            <td class="cell numbers" data-label="Line">{row.line}</td>
            <td class="cell" data-label="Account name">{row.name.clone()}</td>
            <td class="cell" data-label="Server">{row.server.clone()}</td>
            <td class="cell" data-label="Signs in as">{row.sign_in.clone()}</td>
            <td class="cell" data-label="Result">{result}</td>
            <td class="cell" data-label="Connection">{connection}</td>
        </tr>
    }
}

fn connection(import: Import, row: &ImportedRow) -> AnyView {
    let (line, name) = (row.line, row.name.clone());
    let button = move |word: &'static str| {
        let label = format!("{word} {name}");
        view! {
            <button type="button" class="button" aria-label=label on:click=move |_| import.test(line)>
                {word}
            </button>
        }
    };
    let shown = move || match import.tested.with(|tested| tested.get(&line).cloned()) {
        None => button("Test"),
        Some(Tested::UnderWay) => view! { <Badge kind="quiet" icon="refresh" text="Testing…" /> }.into_any(),
        Some(Tested::Works) => view! { <Badge kind="good" icon="good" text="Works" /> }.into_any(),
        Some(Tested::Fails(why)) => view! {
            <Badge kind="bad" icon="bad" text="Does not work" />
            <p>{why}</p>
            {button("Test again")}
        }
        .into_any(),
    };
    shown.into_any()
}
