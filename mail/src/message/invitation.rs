//! A calendar entry that came along (RFC 5545, RFC 5546), told in words: what, when, where, who. Nothing is answered, nothing
//! is put into a calendar. Deliberately absent: time zones, which are named as the sender named them.

use super::display;
use super::structure::Part;
use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarFrequency,
    ICalendarParameterName, ICalendarProperty, ICalendarValue,
};
use calcard::{Entry, Parser};

/// Most bytes of an entry that are read.
const LONGEST: usize = 256 * 1024;
/// People who are named; the rest is counted.
const NAMED: usize = 10;

/// The first entry among `parts`: a name and a text for each line to show, the first of which says what kind it is. Empty
/// where there is none.
pub(super) fn invitation(parts: &[Part<'_>]) -> Vec<(String, String)> {
    let is_calendar =
        |part: &&Part<'_>| matches!(part.media_type.as_str(), "text/calendar" | "application/ics");
    parts.iter().filter(is_calendar).find_map(|part| told(&part.text())).unwrap_or_default()
}

fn told(text: &str) -> Option<Vec<(String, String)>> {
    let Entry::ICalendar(calendar) = Parser::new(display::beginning(text, LONGEST)).entry() else {
        return None;
    };
    let of_kind = |kind| calendar.components.iter().find(|own| own.component_type == kind);
    let entry = of_kind(ICalendarComponentType::VEvent).or_else(|| of_kind(ICalendarComponentType::VTodo))?;
    let lines = [
        ("Calendar", Some(kind(&calendar).to_owned())),
        ("What", text_of(entry, &ICalendarProperty::Summary)),
        ("When", when(entry)),
        ("Repeats", entry.property(&ICalendarProperty::Rrule).and_then(repeats)),
        ("Where", text_of(entry, &ICalendarProperty::Location)),
        ("Status", text_of(entry, &ICalendarProperty::Status).map(|status| lower(&status))),
        ("Organiser", entry.property(&ICalendarProperty::Organizer).and_then(person)),
        ("Invited", invited(entry)),
    ];
    Some(lines.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect())
}

/// What the sender does with it, by METHOD (RFC 5546 §1.4).
fn kind(calendar: &ICalendar) -> &'static str {
    let mut methods = calendar.components.iter().filter_map(|own| own.property(&ICalendarProperty::Method));
    let method = methods.find_map(|entry| entry.values.first()?.as_text());
    match method.map(str::to_ascii_uppercase).as_deref() {
        Some("REQUEST" | "ADD") => "Invitation",
        Some("CANCEL") => "Cancelled",
        Some("REPLY") => "Answer to an invitation",
        Some("COUNTER") => "Another time is proposed",
        Some("DECLINECOUNTER") => "The proposed time is declined",
        Some("REFRESH") => "The newest version is asked for",
        _ => "Entry",
    }
}

fn when(entry: &ICalendarComponent) -> Option<String> {
    let start = entry.property(&ICalendarProperty::Dtstart)?;
    let end = entry.property(&ICalendarProperty::Dtend).or_else(|| entry.property(&ICalendarProperty::Due));
    let (day, time) = moment(start)?;
    let zone = zone(start).map(|zone| format!(", {zone}")).unwrap_or_default();
    Some(match (time, end.and_then(moment)) {
        (None, _) => format!("{day}, all day"),
        (Some(time), None) => format!("{day} {time}{zone}"),
        (Some(time), Some((last, Some(until)))) if last == day => format!("{day} {time} to {until}{zone}"),
        (Some(time), Some((last, until))) => {
            format!("{day} {time} to {last} {}{zone}", until.unwrap_or_default())
        }
    })
}

/// The day, and the time where it has one.
fn moment(entry: &ICalendarEntry) -> Option<(String, Option<String>)> {
    let Some(ICalendarValue::PartialDateTime(at)) = entry.values.first() else { return None };
    let PartialDateTime { year: Some(year), month: Some(month), day: Some(day), hour, minute, .. } = **at
    else {
        return None;
    };
    let time = hour.zip(minute).map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
    Some((format!("{year:04}-{month:02}-{day:02}"), time))
}

fn zone(entry: &ICalendarEntry) -> Option<String> {
    if let Some(zone) = entry.parameter(&ICalendarParameterName::Tzid).and_then(|zone| zone.as_text()) {
        return Some(display::one_line(zone, 100));
    }
    match entry.values.first() {
        Some(ICalendarValue::PartialDateTime(at)) if at.tz_hour.is_some() => Some("UTC".to_owned()),
        _ => None,
    }
}

fn repeats(entry: &ICalendarEntry) -> Option<String> {
    let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first() else { return None };
    let unit = match rule.freq {
        ICalendarFrequency::Yearly => "year",
        ICalendarFrequency::Monthly => "month",
        ICalendarFrequency::Weekly => "week",
        ICalendarFrequency::Daily => "day",
        ICalendarFrequency::Hourly => "hour",
        ICalendarFrequency::Minutely => "minute",
        ICalendarFrequency::Secondly => "second",
    };
    let every = match rule.interval {
        Some(interval) if interval > 1 => format!("every {interval} {unit}s"),
        _ => format!("every {unit}"),
    };
    Some(match rule.count {
        Some(count) => format!("{every}, {count} times"),
        None => every,
    })
}

fn invited(entry: &ICalendarComponent) -> Option<String> {
    let mut people =
        entry.entries.iter().filter(|own| own.name == ICalendarProperty::Attendee).filter_map(person);
    let named: Vec<String> = people.by_ref().take(NAMED).collect();
    let more = people.count();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

/// The name and always the address.
fn person(entry: &ICalendarEntry) -> Option<String> {
    let address = display::one_line(entry.calendar_address()?, 320);
    let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|name| name.as_text());
    Some(match name.map(|name| display::one_line(name, 200)).filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} <{address}>"),
        None => address,
    })
}

fn text_of(entry: &ICalendarComponent, property: &ICalendarProperty) -> Option<String> {
    let text = display::one_line(entry.property(property)?.values.first()?.as_text()?, 500);
    (!text.is_empty()).then_some(text)
}

fn lower(text: &str) -> String {
    text.to_lowercase().replace('-', " ")
}

#[cfg(test)]
mod tests {
    use super::told;

    #[track_caller]
    fn check(calendar: &str, expected: &[(&str, &str)]) {
        let told = told(&calendar.replace('\n', "\r\n")).unwrap_or_default();
        let told: Vec<(&str, &str)> =
            told.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(told, expected, "{calendar}");
    }

    #[test]
    fn an_invitation_is_told_in_words() {
        check(
            "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Budget\\, second round\nLOCATION:Room \u{202e}4\n\
             DTSTART;TZID=Europe/Vienna:20261224T100000\nDTEND;TZID=Europe/Vienna:20261224T113000\n\
             RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5\nSTATUS:CONFIRMED\nORGANIZER;CN=Anna:mailto:anna@example.org\n\
             ATTENDEE;CN=Ben:mailto:ben@example.org\nATTENDEE:mailto:c@example.org\nEND:VEVENT\nEND:VCALENDAR\n",
            &[
                ("Calendar", "Invitation"),
                ("What", "Budget, second round"),
                ("When", "2026-12-24 10:00 to 11:30, Europe/Vienna"),
                ("Repeats", "every 2 weeks, 5 times"),
                ("Where", "Room 4"),
                ("Status", "confirmed"),
                ("Organiser", "Anna <anna@example.org>"),
                ("Invited", "Ben <ben@example.org>, c@example.org"),
            ],
        );
    }

    #[test]
    fn days_and_zones_are_as_the_sender_says() {
        for (lines, when) in [
            ("DTSTART;VALUE=DATE:20261224\n", "2026-12-24, all day"),
            ("DTSTART:20261224T100000Z\n", "2026-12-24 10:00, UTC"),
            ("DTSTART:20261224T230000\nDTEND:20261225T010000\n", "2026-12-24 23:00 to 2026-12-25 01:00"),
        ] {
            check(
                &format!("BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\n{lines}END:VEVENT\nEND:VCALENDAR\n"),
                &[("Calendar", "Cancelled"), ("When", when)],
            );
        }
    }

    #[test]
    fn what_is_no_calendar_is_not_told() {
        for text in [
            "",
            "BEGIN:VCALENDAR",
            "BEGIN:VCARD\nFN:x\nEND:VCARD\n",
            "\0\0",
            "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        ] {
            check(text, &[]);
        }
        let many = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(70_000));
        assert!(told(&many).is_some_and(|told| told.len() == 1));
    }
}
