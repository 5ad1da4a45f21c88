//! The audit report.

use super::query::{ACTION, SUBJECT, WHO, audit_query};
use super::row::columns;
use crate::api::asked::Asked;
use crate::api::audit::list_audit;
use crate::components::feedback::Empty;
use crate::components::report::{Field, FieldKind, Place, Report, RowAction};
use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};
use model::{AuditAction, AuditRecord};

/// Where the report is.
const PATH: &str = "/settings/audit";

/// Who did what.
#[component]
pub fn AuditPage() -> impl IntoView {
    let parameters = use_query_map();
    let query = Memo::new(move |_| parameters.with(|map| audit_query(&|name: &str| map.get(name))));
    let page = Asked::new(query, list_audit);
    let search = use_location().search;
    let export = Signal::derive(move || match search.get() {
        search if search.is_empty() => "/api/audit/export.csv".to_owned(),
        search => format!("/api/audit/export.csv?{search}"),
    });
    let empty = move || {
        view! {
            <Empty
                icon="eye"
                title="Nothing is recorded yet"
                text="Every sign-in, change, check that somebody asks for and deletion on a server is recorded here, and stays."
            >
                <a class="button" href="/">"Overview"</a>
            </Empty>
        }
    };
    let actions = move |row: AuditRecord| {
        let only = |name: &str, value: String| {
            let here = Place::new(PATH.to_owned(), parameters.get_untracked());
            here.first_page().with([(name, Some(value))]).href()
        };
        vec![
            RowAction::link("Only this action", only(ACTION, row.action.clone())),
            RowAction::link("Only by the same", only(WHO, row.who_text())),
            RowAction::link("Only on the same", only(SUBJECT, row.subject_text())),
        ]
    };
    view! {
        <Title text="Audit" />
        <main id="content" class="audit" tabindex="-1">
            <Report
                title="Audit"
                path=PATH
                search_label="Search what it was done to"
                columns=columns()
                fields=fields()
                default_sort="-at"
                page=page
                export=export
                empty=empty
                actions=actions
            />
        </main>
    }
}

/// The search fields behind *More*.
fn fields() -> Vec<Field> {
    let actions = AuditAction::ALL.iter().map(|action| (action.id(), action.label())).collect();
    vec![
        Field { name: WHO, label: "Who", kind: FieldKind::Text },
        Field { name: ACTION, label: "Action", kind: FieldKind::Choice(actions) },
        Field { name: SUBJECT, label: "On what", kind: FieldKind::Text },
        Field { name: "since", label: "Since", kind: FieldKind::Date },
        Field { name: "before", label: "Before", kind: FieldKind::Date },
    ]
}
