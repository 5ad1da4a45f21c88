//! How long to wait and how much to take: the one place where the product's limits are written down.

use super::ConfigError;
use super::settings::Settings;
use mail::message::MimeLimits;
use std::time::Duration;

macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident = $default:literal;)*) => {
        /// The section `[limits]`; variables are `RESTANTE_LIMITS_*`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct LimitsConfig { $($(#[doc = $doc])* pub $name: u64,)* }

        impl Default for LimitsConfig {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl LimitsConfig {
            /// The same with another value for the limit of that name; a name that is no limit changes nothing.
            #[must_use]
            pub fn with(mut self, name: &str, value: u64) -> Self {
                match name { $(stringify!($name) => self.$name = value,)* _ => {} }
                self
            }

            /// The value of the limit of that name.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name { $(stringify!($name) => Some(self.$name),)* _ => None }
            }

            pub(super) fn from_settings(settings: &mut Settings<'_>) -> Result<Self, ConfigError> {
                Ok(Self { $($name: settings.parsed(
                    concat!("limits.", stringify!($name)),
                    &Self::default().$name.to_string(),
                    positive,
                )?,)* })
            }
        }
    };
}

limits! {
    /// TCP connect.
    connect_seconds = 15;
    /// TLS handshake.
    tls_seconds = 15;
    /// From connected to the greeting.
    greeting_seconds = 30;
    /// Over all of connect to signed in.
    sign_in_seconds = 60;
    /// Without a byte inside a command or body.
    idle_seconds = 60;
    /// A message that arrives slower ends the session.
    slow_bytes_per_minute = 1024;
    /// A check without progress for this long ends; the next one goes on at its place.
    stall_minutes = 30;
    /// Larger messages stay on the server.
    message_bytes = 100_000_000;
    /// Longest line of a protocol.
    line_bytes = 65_536;
    /// Parts of a message that are read.
    mime_parts = 1000;
    /// Nesting of parts that is followed.
    mime_depth = 50;
    /// Bytes of a header that are read.
    header_bytes = 1_048_576;
    /// Bytes of bodies that one session holds.
    session_bytes_in_flight = 16_777_216;
    /// Bytes of bodies that all sessions of the process hold.
    process_bytes_in_flight = 67_108_864;
}

/// Deeper nesting than this would cost the stack whatever the operator says.
const DEEPEST: usize = 100;

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn positive(text: &str) -> Result<u64, String> {
    match text.replace('_', "").parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number above 0".to_owned()),
    }
}

impl LimitsConfig {
    /// The limits of one conversation with a mail server.
    pub fn session(&self) -> mail::Limits {
        let seconds = Duration::from_secs;
        mail::Limits {
            connect: seconds(self.connect_seconds),
            tls: seconds(self.tls_seconds),
            greeting: seconds(self.greeting_seconds),
            sign_in: seconds(self.sign_in_seconds),
            idle: seconds(self.idle_seconds),
            slow_bytes_per_minute: self.slow_bytes_per_minute,
            message_bytes: self.message_bytes,
            line_bytes: size(self.line_bytes),
            session_bytes_in_flight: self.session_bytes_in_flight,
        }
    }

    /// How much of a message is read.
    pub fn mime(&self) -> MimeLimits {
        MimeLimits {
            parts: size(self.mime_parts),
            depth: size(self.mime_depth).min(DEEPEST),
            header_bytes: size(self.header_bytes),
        }
    }

    /// How long a check may go without progress.
    pub fn stall(&self) -> Duration {
        Duration::from_secs(self.stall_minutes.saturating_mul(60))
    }
}
