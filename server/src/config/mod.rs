//! What the operator decides before the program starts: flags beat variables beat the file beat the defaults.
//!
//! Deliberately absent: what a person decides on a screen (accounts, credentials), and reading a clock.

mod discovery;
mod limits;
mod settings;
mod sources;
mod trust;

pub use limits::LimitsConfig;
pub use settings::{Origin, Setting};

use crate::store::DatabaseUrl;
use crate::vault::Sources;
use ipnet::IpNet;
use secrecy::SecretString;
use settings::Settings;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where certificate and key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead to its authority, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// The effective configuration. Its `Debug` shows no secret: both secret values redact themselves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// How browsers reach us, such as `https://mail.example.org`; decides about `Secure` cookies.
    pub public_url: Option<String>,
    /// Certificate and key of our own, where no proxy in front has them.
    pub tls: Option<TlsFiles>,
    /// Proxies in front of us whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The database; inside `data` unless said otherwise.
    pub database: DatabaseUrl,
    /// The vault's key file, where it is not `restante.key` inside `data`.
    pub key_file: Option<PathBuf>,
    /// The vault's key itself, from `RESTANTE_VAULT_KEY` or the systemd credential `restante.key`.
    pub vault_key: Option<SecretString>,
    /// Text or JSON.
    pub log_format: LogFormat,
    /// Which log lines, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// Waits and sizes.
    pub limits: LimitsConfig,
    /// Who is asked for the settings of an account.
    pub discovery: mail::discovery::Rules,
    /// Who vouches for the servers that tokens are asked from.
    pub oauth_trust: mail::Trust,
    /// Where credentials may be read from, besides the vault.
    pub sources: Sources,
    /// Every key with its value and where it came from, secrets redacted: what `restante config` prints.
    pub settings: Vec<Setting>,
}

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// Key and value of every flag that was given, such as (`listen`, `:0`).
    pub values: Vec<(&'static str, String)>,
}

/// Why the program cannot start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file, or one of a systemd credential, cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {path} is not valid: {reason}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A key of the file means nothing.
    #[error("the configuration file names an unknown key: {0}")]
    UnknownKey(String),
    /// Two keys that belong together, and one of them alone.
    #[error("{given} needs {missing}: a certificate and its key")]
    Alone {
        /// What was given.
        given: &'static str,
        /// What was not.
        missing: &'static str,
    },
    /// A value does not fit its key.
    #[error("{key} = {value:?} (from {origin}) is not valid: {reason}")]
    Value {
        /// Which key.
        key: &'static str,
        /// What was given.
        value: String,
        /// Where it came from.
        origin: Origin,
        /// What would be.
        reason: String,
    },
}

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_sources(flags, &|name| std::env::var(name).ok())
    }

    /// A configuration for tests: everything inside `data`, a free port, nothing from outside.
    ///
    /// # Errors
    /// None in practice: the defaults are valid.
    pub fn for_testing(data: &Path) -> Result<Self, ConfigError> {
        let values = vec![("data", data.display().to_string()), ("listen", "127.0.0.1:0".to_owned())];
        Self::from_sources(&Flags { config: None, values }, &|_| None)
    }

    fn from_sources(flags: &Flags, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let file = flags.config.clone().or_else(|| variable("RESTANTE_CONFIG").map(PathBuf::from));
        let file = file.as_deref().map(settings::read_file).transpose()?.unwrap_or_default();
        let mut settings = Settings::new(flags, variable, file);

        let listen = settings.parsed("listen", "127.0.0.1:3000", listen_address)?;
        let public_url = settings.optional("public_url", public_url)?;
        let path = |text: &str| Ok(PathBuf::from(text));
        let tls = match (settings.optional("tls_cert", path)?, settings.optional("tls_key", path)?) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (Some(_), None) => return Err(ConfigError::Alone { given: "tls_cert", missing: "tls_key" }),
            (None, Some(_)) => return Err(ConfigError::Alone { given: "tls_key", missing: "tls_cert" }),
        };
        let trusted_proxies = settings.optional("trusted_proxies", networks)?.unwrap_or_default();
        let data: PathBuf = settings.parsed("data", "./data", |text| Ok(PathBuf::from(text)))?;
        let database = settings.optional("database_url", database_url)?;
        let database = database.unwrap_or_else(|| DatabaseUrl::Sqlite(data.join("restante.db")));
        let key_file = settings.optional("key_file", |text| Ok(PathBuf::from(text)))?;
        let log_format = settings.parsed("log_format", "text", log_format)?;
        let log = settings.parsed("log", "info", |text| Ok(text.to_owned()))?;
        let limits = LimitsConfig::from_settings(&mut settings)?;
        let discovery = discovery::from_settings(&mut settings)?;
        let oauth_trust = trust::trust(&mut settings, "oauth.ca_file")?;
        let sources = Sources::from_settings(&mut settings)?;
        let vault_key = match settings.secret("vault_key") {
            // Whoever names a file wants that one.
            None if key_file.is_none() => settings.systemd_credential("vault_key", "restante.key")?,
            given => given,
        };
        let vault_key = vault_key.map(SecretString::from);
        let settings = settings.finish()?;
        Ok(Self {
            listen,
            public_url,
            tls,
            trusted_proxies,
            data,
            database,
            key_file,
            vault_key,
            log_format,
            log,
            limits,
            discovery,
            oauth_trust,
            sources,
            settings,
        })
    }

    /// How others reach us, as far as the configuration says.
    pub fn own_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }

    /// True where browsers reach us by https, so that cookies are `Secure` and prefixed.
    pub fn is_https(&self) -> bool {
        self.tls.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

fn file_error(path: PathBuf, source: std::io::Error) -> ConfigError {
    ConfigError::File { path, source }
}

/// `HOST:PORT`, `[::1]:PORT`, `localhost:PORT` or `:PORT` on loopback.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None if text.starts_with(':') => format!("127.0.0.1{text}"),
        None => text.to_owned(),
    };
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:3000".to_owned())
}

fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', ' ', '@']) => Ok(url.to_owned()),
        _ => Err("expected http:// or https://, a host, and no path".to_owned()),
    }
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    mail::net::egress::networks_of(text)
}

fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    text.parse().map_err(|_| "expected postgres://… or sqlite:PATH".to_owned())
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected text or json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        flags: &[(&'static str, &str)],
        variables: &[(&str, &str)],
        file: &str,
    ) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("restante.toml");
        std::fs::write(&path, file).unwrap();
        let values = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Config::from_sources(&Flags { config: Some(path), values }, &|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn flags_beat_variables_beat_the_file_beat_the_defaults() {
        let file = "listen = \"127.0.0.1:1\"\ndata = \"/file\"\n[limits]\nconnect_seconds = 3\n";
        let variables = [("RESTANTE_LISTEN", "127.0.0.1:2"), ("RESTANTE_LIMITS_TLS_SECONDS", "4")];
        let config = load(&[("listen", ":3")], &variables, file).unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data, Path::new("/file"));
        assert_eq!(config.limits.connect_seconds, 3);
        assert_eq!(config.limits.tls_seconds, 4);
        assert_eq!(config.limits.greeting_seconds, 30);
        let listen = config.settings.iter().find(|setting| setting.key == "listen").unwrap();
        assert_eq!(listen.origin, Origin::Flag);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (flags, file, word) in [
            (vec![("listen", "nowhere")], "", "listen"),
            (vec![], "listn = \"127.0.0.1:1\"", "listn"),
            (vec![], "[limits]\nconnect_seconds = \"soon\"", "connect_seconds"),
            (vec![], "listen = ", "not valid"),
            (vec![("public_url", "https://x/y")], "", "public_url"),
            (vec![("tls_cert", "/a")], "", "tls_key"),
            (vec![], "tls_key = \"/b\"", "tls_cert"),
            (vec![], "trusted_proxies = \"proxy\"", "trusted_proxies"),
            (vec![], "[credential_sources]\nfiles = [\"a\"]", "directory"),
            (vec![], "[credential_sources]\ndirectory = \"run\"", "absolute"),
            (
                vec![],
                "[credential_sources]\ndirectory = \"/run\"\nfiles = [\"../a\"]",
                "inside the directory",
            ),
            (vec![], "[credential_sources]\nvariables = [\"RESTANTE_VAULT_KEY\"]", "own"),
            (vec![], "[credential_sources]\nvariables = \"A\"", "list of names"),
            (vec![], "[credential_sources.commands]\na = [\"pass\"]", "absolute"),
            (vec![], "[credential_sources]\nseconds = 0", "from 1 to 120"),
            (vec![], "[credential_sources]\npaths = []", "credential_sources.paths"),
        ] {
            let error = load(&flags, &[], file).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn only_the_file_names_sources_of_credentials() {
        let file = "[credential_sources]\ndirectory = \"/run\"\nfiles = [\"sales\"]\nvariables = [\"MAIL\"]\n\
                    [credential_sources.commands]\n\"pass it\" = [\"/bin/pass\", \"show it\"]\n";
        let variables = [
            ("RESTANTE_CREDENTIAL_SOURCES_VARIABLES", "[\"OTHER\"]"),
            ("RESTANTE_CREDENTIAL_SOURCES_SECONDS", "99"),
        ];
        let sources = load(&[], &variables, file).unwrap().sources;
        let ids: Vec<String> = sources.list().iter().map(model::CredentialSource::id).collect();
        assert_eq!(ids, ["variable:MAIL", "file:sales", "command:pass it"]);
        assert_eq!((sources.limit.as_secs(), sources.bytes), (10, 10_000));
        assert!(load(&[], &variables, "").unwrap().sources.list().is_empty());
    }

    #[test]
    fn a_secret_is_never_shown() {
        let variables =
            [("RESTANTE_VAULT_KEY", "canary"), ("RESTANTE_DATABASE_URL", "postgres://u:canary@h/d")];
        let config = load(&[], &variables, "").unwrap();
        assert!(config.vault_key.is_some());
        assert!(!format!("{config:?}").contains("canary"), "{config:?}");
    }
}
