//! The six ways to look at a message.

use super::super::row::marked;
use crate::components::report::parameters::{SEARCH, escaped};
use crate::view::view;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use model::report::size_text;
use model::{AttachmentInfo, Marked, Marks, MessageId, MessageView};
use std::sync::Arc;

/// A way to look at a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// As its sender meant it: the HTML in its frame, or the text.
    #[default]
    Message,
    /// The text alone.
    Text,
    /// Every header field in order.
    Headers,
    /// The exact bytes.
    Source,
    /// Its MIME tree.
    Structure,
    /// What came along.
    Attachments,
}

impl View {
    const ALL: [Self; 6] =
        [Self::Message, Self::Text, Self::Headers, Self::Source, Self::Structure, Self::Attachments];

    fn label(self) -> &'static str {
        match self {
            Self::Message => "Message",
            Self::Text => "Text",
            Self::Headers => "Headers",
            Self::Source => "Source",
            Self::Structure => "Structure",
            Self::Attachments => "Attachments",
        }
    }

    /// The value of `view` in the URL.
    fn id(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Text => "text",
            Self::Headers => "headers",
            Self::Source => "source",
            Self::Structure => "structure",
            Self::Attachments => "attachments",
        }
    }

    fn tab_id(self) -> String {
        format!("message-tab-{}", self.id())
    }

    /// The view that the URL asks for; *Message* where it asks for none.
    pub fn from_query(value: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|view| Some(view.id()) == value).unwrap_or_default()
    }

    /// The view that a key leads to from this one (WAI-ARIA, tabs pattern).
    fn after_key(self, key: &str) -> Option<Self> {
        let position = Self::ALL.iter().position(|view| *view == self)?;
        let last = Self::ALL.len() - 1;
        let target = match key {
            "ArrowRight" => (position + 1) % Self::ALL.len(),
            "ArrowLeft" => position.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        Self::ALL.get(target).copied()
    }
}

/// The tabs. Each is a link too, so that every view can be reached without JavaScript.
#[component]
pub fn ViewTabs(
    /// The view that is shown.
    view: RwSignal<View>,
    /// How many attachments there are.
    attachments: usize,
) -> impl IntoView {
    let location = use_location();
    let query = location.query.get_untracked();
    let on_keydown = move |event: KeyboardEvent| {
        if let Some(target) = view.get_untracked().after_key(&event.key()) {
            event.prevent_default();
            view.set(target);
            crate::components::form::focus_element(&target.tab_id());
        }
    };
    let tabs = View::ALL.map(|tab| {
        let mut query = query.clone();
        query.replace("view", tab.id().to_owned());
        let count = (tab == View::Attachments && attachments > 0).then(|| format!(" ({attachments})"));
        let open = move |event: MouseEvent| {
            // With a key held, the browser opens the link elsewhere as always.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                view.set(tab);
            }
        };
        view! {
            <a
                class="tab"
                role="tab"
                id=tab.tab_id()
                href=query.to_query_string()
                aria-selected=move || if view.get() == tab { "true" } else { "false" }
                aria-controls="message-view"
                tabindex=move || if view.get() == tab { "0" } else { "-1" }
                on:click=open
            >
                {tab.label()}
                {count}
            </a>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label="Views of the message" on:keydown=on_keydown>
            {tabs.collect_view()}
        </div>
    }
}

/// What the chosen tab shows. Only that is in the page: a source of many megabytes waits until it is asked for.
#[component]
pub fn ViewPanel(
    /// The view that is shown.
    view: RwSignal<View>,
    /// The message.
    message: StoredValue<Arc<MessageView>>,
) -> impl IntoView {
    view! {
        <div
            class="message-view"
            id="message-view"
            role="tabpanel"
            tabindex="0"
            aria-labelledby=move || view.get().tab_id()
        >
            {move || message.with_value(|message| panel(view.get(), message))}
        </div>
    }
}

fn panel(view: View, message: &MessageView) -> AnyView {
    let id = message.summary.id;
    match view {
        View::Message if message.has_html => {
            let search = use_query_map().with_untracked(|query| query.get(SEARCH));
            frame(id, search.as_deref(), message.remote_content).into_any()
        }
        View::Message | View::Text => text(&message.text, &message.summary.marks),
        View::Headers => headers(message.headers.clone()).into_any(),
        View::Source => source(id),
        View::Structure => text(&message.structure, &Marks::default()),
        View::Attachments => attachments(id, message.attachments.clone()),
    }
}

/// The HTML, with an opaque origin and without scripts: `allow-scripts` and `allow-same-origin` stay away for good.
fn frame(id: MessageId, search: Option<&str>, remote_content: bool) -> impl IntoView + use<> {
    let search = search.map(|search| format!("?{SEARCH}={}", escaped(search))).unwrap_or_default();
    view! {
        {remote_content.then(|| view! { <p class="message-bar">"Remote content is not loaded."</p> })}
        <iframe
            class="message-frame"
            sandbox="allow-popups allow-popups-to-escape-sandbox"
            referrerpolicy="no-referrer"
            src=format!("/messages/{}/body{search}", id.0)
            title="Message"
        ></iframe>
    }
}

fn text(text: &str, marks: &Marks) -> AnyView {
    if text.trim().is_empty() {
        return view! { <p class="message-nothing muted">"This message has no text."</p> }.into_any();
    }
    view! {
        <pre class="message-text" dir="auto">
            {marked(text, "", marks.of(Marked::Text))}
        </pre>
    }
    .into_any()
}

fn headers(headers: Vec<(String, String)>) -> impl IntoView {
    let rows = headers.into_iter().map(|(name, value)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>
                    <bdi>{value}</bdi>
                </td>
            </tr>
        }
    });
    view! {
        <table class="message-fields">
            <thead class="said">
                <tr>
                    <th scope="col">"Field"</th>
                    <th scope="col">"Value"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn source(id: MessageId) -> AnyView {
    view! {
        {save(format!("/messages/{}/raw", id.0), "Download the exact source")}
        <iframe class="message-frame" sandbox="" src=format!("/messages/{}/source", id.0) title="Source"></iframe>
    }
    .into_any()
}

/// A bar with a link to a file.
fn save(href: String, words: &'static str) -> AnyView {
    view! {
        <p class="message-bar">
            <a href=href download rel="external">
                {words}
            </a>
        </p>
    }
    .into_any()
}

fn attachments(id: MessageId, attachments: Vec<AttachmentInfo>) -> AnyView {
    if attachments.is_empty() {
        return view! { <p class="message-nothing muted">"This message has no attachments."</p> }.into_any();
    }
    let all = (attachments.len() > 1)
        .then(|| save(format!("/messages/{}/attachments.zip", id.0), "Download all as ZIP"));
    let entries = attachments.into_iter().map(|attachment| {
        let AttachmentInfo { index, name, media_type, size, inline } = attachment;
        let href = format!("/messages/{}/attachments/{index}", id.0);
        let label = format!("Download {name}");
        view! {
            <li class="attachment">
                <bdi class="attachment-name">{name}</bdi>
                <span class="attachment-kind muted">
                    {media_type} " · " {size_text(size)} {inline.then_some(" · shown in the message")}
                </span>
                <a class="button button-small" href=href download rel="external" aria-label=label>
                    "Download"
                </a>
            </li>
        }
    });
    view! {
        {all}
        <ul class="attachments">{entries.collect_view()}</ul>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round() {
        assert_eq!(View::Message.after_key("ArrowLeft"), Some(View::Attachments));
        assert_eq!(View::Attachments.after_key("ArrowRight"), Some(View::Message));
        assert_eq!(View::Headers.after_key("Home"), Some(View::Message));
        assert_eq!(View::Headers.after_key("End"), Some(View::Attachments));
        assert_eq!(View::Headers.after_key("x"), None);
    }

    #[test]
    fn the_url_names_a_view() {
        for view in View::ALL {
            assert_eq!(View::from_query(Some(view.id())), view);
        }
        assert_eq!(View::from_query(Some("colour")), View::Message);
        assert_eq!(View::from_query(None), View::Message);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn html_stays_in_a_frame_without_scripts_and_without_our_origin() {
        let html = Owner::new().with(|| frame(MessageId(7), None, true).to_html());
        assert!(html.contains("src=\"/messages/7/body\""), "{html}");
        assert!(html.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{html}");
        assert!(html.contains("Remote content is not loaded."), "{html}");
        let html = Owner::new().with(|| source(MessageId(7)).to_html());
        assert!(html.contains("sandbox=\"\"") || html.contains(" sandbox "), "{html}");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn text_and_names_of_a_message_are_text() {
        let hostile = "<script>alert(1)</script>";
        let attachment = AttachmentInfo {
            index: 0,
            name: hostile.to_owned(),
            media_type: hostile.to_owned(),
            size: 1,
            inline: false,
        };
        let mut marks = Marks::default();
        marks.add(Marked::Text, std::iter::once(1..7));
        let html = Owner::new().with(|| {
            let headers = headers(vec![(hostile.to_owned(), hostile.to_owned())]).to_html();
            let attachments = attachments(MessageId(7), vec![attachment]).to_html();
            text(hostile, &marks).to_html() + &headers + &attachments
        });
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("href=\"/messages/7/attachments/0\""), "{html}");
    }
}
