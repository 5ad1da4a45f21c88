//! Which values fit which parameter, and in what form they are kept.

use super::{Parameter, ParameterKind};
use crate::account::{interval_seconds, largest_message, size_text};

/// The date formats to choose from, as [`crate::Timestamp::text`] reads them, with an example.
const DATE_FORMATS: [(&str, &str); 5] = [
    ("Y-m-d H:M", "2026-11-23 14:05"),
    ("d/m/Y H:M", "23/11/2026 14:05"),
    ("d.m.Y H:M", "23.11.2026 14:05"),
    ("m/d/Y h:M p", "11/23/2026 02:05 PM"),
    ("d b Y H:M", "23 Nov 2026 14:05"),
];

/// The words for no default Network Connector.
const NO_CONNECTOR: &str = "None";

impl Parameter {
    /// The value where neither a person nor the operator said anything. Limits have theirs in the configuration.
    pub fn default_value(self) -> &'static str {
        match self {
            Self::CheckInterval => "5",
            Self::PageSize => "30",
            Self::PageSizeMaximum => "100",
            Self::HideFilters => "yes",
            Self::TimeInFilters => "no",
            Self::DateFormat => DATE_FORMATS[0].0,
            _ => "",
        }
    }

    /// The number that a value means, where it means one.
    pub fn number(self, value: &str) -> Option<u64> {
        match self {
            Self::MessageBytes => largest_message(value).ok().flatten(),
            _ => value.parse().ok(),
        }
    }

    /// A number as this parameter writes it.
    pub fn number_text(self, number: u64) -> String {
        if self == Self::MessageBytes { size_text(number) } else { number.to_string() }
    }

    /// What kind of answer it wants.
    pub fn kind(self) -> ParameterKind {
        match self {
            Self::HideFilters | Self::TimeInFilters => ParameterKind::YesNo,
            Self::DateFormat => ParameterKind::Choice(
                DATE_FORMATS.iter().map(|(id, words)| ((*id).to_owned(), (*words).to_owned())).collect(),
            ),
            // Which there are is for the server to say.
            Self::NetworkConnector => ParameterKind::Choice(vec![(String::new(), NO_CONNECTOR.to_owned())]),
            Self::MessageBytes | Self::AllowedNetworks => ParameterKind::Text,
            _ => ParameterKind::Number,
        }
    }

    /// The value that `text` means, in the form that is kept. Whether networks are networks, whether a page is within the
    /// largest one, and whether a Network Connector exists, is for the server to say.
    ///
    /// # Errors
    /// The sentence for the field: what fits.
    pub fn read(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let within = |least: u64, most: u64| match text.parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("A whole number from {least} to {most}.")),
        };
        match self {
            Self::CheckInterval => interval_seconds(text).map(|_| text.replace(',', ".")),
            Self::PageSize => within(5, 200),
            Self::PageSizeMaximum => within(10, 200),
            Self::HideFilters | Self::TimeInFilters => match text {
                "yes" | "no" => Ok(text.to_owned()),
                _ => Err("yes or no.".to_owned()),
            },
            Self::DateFormat if DATE_FORMATS.iter().any(|(id, _)| *id == text) => Ok(text.to_owned()),
            Self::DateFormat => {
                let known: Vec<_> = DATE_FORMATS.iter().map(|(id, _)| *id).collect();
                Err(format!("One of: {}.", known.join(", ")))
            }
            Self::ConnectSeconds | Self::TlsSeconds => within(1, 300),
            Self::GreetingSeconds => within(1, 600),
            Self::SignInSeconds => within(1, 900),
            Self::IdleSeconds => within(1, 3600),
            Self::StallMinutes => within(1, 1440),
            Self::SlowBytes => within(1, 10_000_000),
            Self::MessageBytes => match largest_message(text) {
                Ok(Some(size @ 1_000..=1_000_000_000)) => Ok(size_text(size)),
                _ => Err("A size such as 25 MB, from 1 KB to 1 GB.".to_owned()),
            },
            Self::LineBytes => within(8192, 1_048_576),
            Self::MimeParts => within(10, 10_000),
            Self::MimeDepth => within(5, 100),
            Self::HeaderBytes => within(8192, 10_485_760),
            Self::NetworkConnector if text.is_empty() => Ok(String::new()),
            Self::NetworkConnector => crate::field::line(text, 100),
            Self::AllowedNetworks if text.chars().count() > 4000 => {
                Err("At most 4,000 characters.".to_owned())
            }
            Self::AllowedNetworks => Ok(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn what_fits_is_kept_and_what_does_not_is_explained() {
        for (parameter, text, kept) in [
            (Parameter::CheckInterval, " 2,5 ", "2.5"),
            (Parameter::PageSize, "50", "50"),
            (Parameter::MessageBytes, "25000000", "25 MB"),
            (Parameter::HideFilters, "no", "no"),
            (Parameter::DateFormat, "d.m.Y H:M", "d.m.Y H:M"),
            (Parameter::AllowedNetworks, "", ""),
        ] {
            assert_eq!(parameter.read(text).as_deref(), Ok(kept), "{parameter:?}");
        }
        for (parameter, text, word) in [
            (Parameter::CheckInterval, "0", "10080"),
            (Parameter::PageSize, "4", "5 to 200"),
            (Parameter::PageSizeMaximum, "201", "200"),
            (Parameter::PageSizeMaximum, "-1", "10"),
            (Parameter::TimeInFilters, "maybe", "yes or no"),
            (Parameter::DateFormat, "%Y", "Y-m-d"),
            (Parameter::ConnectSeconds, "0", "1 to 300"),
            (Parameter::ConnectSeconds, "1e3", "1 to 300"),
            (Parameter::StallMinutes, "99999999999999999999", "1440"),
            (Parameter::MessageBytes, "2 GB", "1 GB"),
            (Parameter::MessageBytes, "", "25 MB"),
            (Parameter::LineBytes, "1", "8192"),
        ] {
            let why = parameter.read(text).unwrap_err();
            assert!(why.contains(word), "{parameter:?} {text}: {why}");
        }
    }

    #[test]
    fn a_default_fits_and_an_example_is_what_the_format_makes() {
        for parameter in Parameter::ALL.iter().filter(|parameter| !parameter.default_value().is_empty()) {
            let default = parameter.default_value();
            assert_eq!(parameter.read(default).as_deref(), Ok(default), "{parameter:?}");
            assert_eq!(Parameter::from_id(parameter.id()), Some(*parameter));
        }
        let at = Timestamp::from_date("2026-11-23T14:05").unwrap();
        for (format, example) in DATE_FORMATS {
            assert_eq!(at.text(format, 0), example);
        }
    }
}
