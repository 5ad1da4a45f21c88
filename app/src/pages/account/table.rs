//! The tables of the account page and of *Reports*: a section with its title, rows that become cards on a narrow screen, and the way to the
//! next rows. Deliberately absent: sorting and filters (see `components::report`), and any type of row.

use crate::api::ApiError;
use crate::components::feedback::{Failed, SkeletonRows};
use crate::components::icon::Icon;
use crate::components::report::Place;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use model::{Cursor, Page};

/// A heading, and whether numbers or dates stand below it.
pub type Heading = (&'static str, bool);

/// What a section shows: nothing yet, its rows, or why there are none.
pub type Body = Callback<(), Option<Result<AnyView, ApiError>>>;

/// A section of the page that is loaded by itself.
pub fn section(id: &'static str, title: &'static str, body: Body, retry: Callback<()>) -> AnyView {
    let shown = move || {
        body.run(()).map(|body| match body {
            Ok(body) => body,
            Err(error) => view! { <Failed title="This list could not be loaded" error=error retry=retry /> },
        })
    };
    view! {
        <section class="account-section" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <Transition fallback=|| view! { <SkeletonRows rows=3 /> }>{shown}</Transition>
        </section>
    }
}

/// Rows below their headings. `labelled` is the id of what the table is called.
pub fn table(labelled: &'static str, headings: &'static [Heading], rows: Vec<Vec<AnyView>>) -> AnyView {
    let heading = |(label, numeric): &Heading| {
        view! { <th scope="col" class:numbers=*numeric>{*label}</th> }
    };
    let row = |cells: Vec<AnyView>| {
        let cells = headings.iter().zip(cells).map(|((label, numeric), cell)| {
            let class = if *numeric { "cell numbers" } else { "cell" };
            view! { <td class=class data-label=*label>{cell}</td> }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    view! {
        // Wider than a narrow window, it is scrolled: by the keyboard too. Its section is a landmark of that name already.
        <div class="account-table" role="group" tabindex="0" aria-labelledby=labelled>
            <table class="report-table">
                <thead>
                    <tr>{headings.iter().map(heading).collect_view()}</tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Where the rows of a page are among all, and how to go on.
pub struct Part {
    range: String,
    previous: Option<Cursor>,
    next: Option<Cursor>,
}

impl Part {
    /// The place of `page`.
    pub fn of<T>(page: &Page<T>) -> Self {
        Self { range: page.range_text(), previous: page.previous.clone(), next: page.next.clone() }
    }

    /// The links to the rows before and after; `place` is both the parameter of the page and the id of the section.
    /// Nothing where all rows are here.
    pub fn links(self, place: &'static str, label: &'static str) -> AnyView {
        if self.previous.is_none() && self.next.is_none() {
            return ().into_any();
        }
        let here = Place::new(use_location().pathname.get_untracked(), use_query_map().get_untracked());
        let step = |cursor: Option<Cursor>, words: &'static str, icon: &'static str| {
            cursor.map(|Cursor(cursor)| {
                let href = format!("{}#{place}", here.with([(place, Some(cursor))]).href());
                view! {
                    <a class="button button-small" href=href>
                        <Icon name=icon />
                        {words}
                    </a>
                }
            })
        };
        view! {
            <nav class="pager" aria-label=label>
                <span class="numbers" role="status">{self.range}</span>
                {step(self.previous, "Previous", "left")}
                {step(self.next, "Next", "right")}
            </nav>
        }
    }
}
