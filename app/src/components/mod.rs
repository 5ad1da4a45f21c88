//! Widgets that know no screen: each can be used on any page. Deliberately absent: what a page asks the API for.

pub mod bars;
pub mod certificate;
pub mod dialog;
pub mod display;
pub mod feedback;
pub mod form;
pub mod icon;
pub mod layout;
pub mod live;
pub mod menu;
pub mod report;
pub mod suggestions;
pub mod theme;
pub mod time;
