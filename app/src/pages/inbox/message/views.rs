//! The six ways to look at a message.

use super::super::row::marked;
use super::attachments::attachments;
use crate::components::report::parameters::{SEARCH, escaped};
use crate::view::view;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use model::{Mark, Marked, Marks, MessageId, MessageView};
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
    /// Whose pictures are loaded from the net.
    pictures: Pictures,
) -> impl IntoView {
    view! {
        <div
            class="message-view"
            id="message-view"
            role="tabpanel"
            tabindex="0"
            aria-labelledby=move || view.get().tab_id()
        >
            {move || message.with_value(|message| panel(view.get(), message, pictures))}
        </div>
    }
}

fn panel(view: View, message: &MessageView, pictures: Pictures) -> AnyView {
    let id = message.summary.id;
    match view {
        View::Message if message.has_html => {
            let search = use_query_map().with_untracked(|query| query.get(SEARCH));
            frame(id, search.as_deref(), message.remote_content, pictures)
        }
        View::Message | View::Text => text(&message.text, &message.summary.marks),
        View::Headers => headers(message.headers.clone()).into_any(),
        View::Source => source(id, message.summary.size),
        View::Structure => text(&message.structure, &Marks::default()),
        View::Attachments => attachments(id, message.attachments.clone()),
    }
}

/// Whose pictures are loaded from the net.
#[derive(Clone, Copy)]
pub struct Pictures {
    /// Those of this message, as long as it is open.
    pub once: RwSignal<bool>,
    /// Those of its sender.
    pub trusted: RwSignal<bool>,
    /// Changes the latter.
    pub mark: Callback<Mark>,
}

/// The HTML, with an opaque origin and without scripts: `allow-scripts` and `allow-same-origin` stay away for good. Where it
/// has `remote` content, its value says whether its sender is confirmed.
fn frame(id: MessageId, search: Option<&str>, remote: Option<bool>, pictures: Pictures) -> AnyView {
    let body = format!("/messages/{}/body?{SEARCH}={}", id.0, escaped(search.unwrap_or_default()));
    let Pictures { once, trusted, mark } = pictures;
    let confirmed = remote == Some(true);
    let button = |words: &'static str, press: Callback<()>| {
        view! {
            <button type="button" class="button button-quiet button-small" on:click=move |_| press.run(())>
                {words}
            </button>
        }
    };
    let bar = move || {
        let trust = |trusted| Callback::new(move |()| mark.run(Mark::Trusted(trusted)));
        let (words, buttons) = match (once.get(), confirmed && trusted.get()) {
            (_, true) => (
                "Pictures of this sender are loaded through this server.",
                button("Not any more", trust(false)),
            ),
            (true, false) => ("Pictures are loaded through this server, this once.", ().into_any()),
            (false, false) => {
                let always = confirmed.then(|| button("Always from this sender", trust(true)));
                let once = button("Show once", Callback::new(move |()| once.set(true)));
                ("Remote content is not loaded.", (once, always).into_any())
            }
        };
        remote.map(|_| view! { <p class="message-bar">{words} {buttons}</p> })
    };
    view! {
        {bar}
        <iframe
            class="message-frame"
            sandbox="allow-popups allow-popups-to-escape-sandbox"
            referrerpolicy="no-referrer"
            src=move || format!("{body}{}", if once.get() { "&pictures=once" } else if trusted.get() { "&" } else { "" })
            title="Message"
        ></iframe>
    }
    .into_any()
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

/// Bytes of a part of the source: `mail::message::SOURCE_PART`, which the browser's half does not know.
const SOURCE_PART: u64 = 1024 * 1024;

/// The source in a frame of its own, which the form above it fills: so it is searched without scripts too, and a message of
/// a hundred megabytes comes in parts.
fn source(id: MessageId, size: u64) -> AnyView {
    let page = format!("/messages/{}/source", id.0);
    let parts = size.div_ceil(SOURCE_PART);
    let part = (parts > 1).then(|| {
        view! {
            <label>
                "Part " <input type="number" class="input source-part" name="part" min="1" max=parts value="1" /> " of "
                {parts}
            </label>
        }
    });
    view! {
        {save(format!("/messages/{}/raw", id.0), "Download the exact source")}
        <form class="message-bar source-search" action=page.clone() target="message-source" role="search">
            <input type="search" class="input" name="find" aria-label="Search the source" placeholder="Search the source" />
            {part}
            <button class="button button-small">"Show"</button>
        </form>
        <iframe class="message-frame" sandbox="" name="message-source" src=page title="Source"></iframe>
    }
    .into_any()
}

/// A bar with a link to a file.
pub fn save(href: String, words: &'static str) -> AnyView {
    view! {
        <p class="message-bar">
            <a href=href download rel="external">
                {words}
            </a>
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "ssr")]
    use model::AttachmentInfo;

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
        let html = Owner::new().with(|| {
            let (once, trusted) = (RwSignal::new(false), RwSignal::new(false));
            let pictures = Pictures { once, trusted, mark: Callback::new(|_| ()) };
            frame(MessageId(7), None, Some(true), pictures).to_html()
        });
        assert!(html.contains("Always from this sender"), "{html}");
        assert!(html.contains("src=\"/messages/7/body?q=\""), "{html}");
        assert!(html.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{html}");
        assert!(html.contains("Remote content is not loaded."), "{html}");
        let html = Owner::new().with(|| source(MessageId(7), 10).to_html());
        assert!(html.contains("sandbox=\"\"") || html.contains(" sandbox "), "{html}");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn text_and_names_of_a_message_are_text() {
        let hostile = "<script>alert(1)</script>";
        let attachment = AttachmentInfo {
            index: 0,
            name: hostile.to_owned(),
            kind: hostile.to_owned(),
            size: 1,
            inline: false,
            picture: true,
            readable: true,
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
