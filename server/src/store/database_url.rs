//! Which database: a file or a PostgreSQL server. It never prints a password.

use super::StoreError;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, made where there is none.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    /// `sqlite:PATH`, `sqlite://PATH`, `postgres://…` or `postgresql://…`.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(StoreError::DatabaseUrl(
                "The database is given as sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.".to_owned(),
            )),
        }
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The URL with dots for the password, and without parameters, which may carry one too.
fn redacted(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return "postgres://".to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{scheme}://{name}:••••@{host}"),
            None => format!("{scheme}://{user}@{host}"),
        },
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_prints() {
        for (url, shown) in [
            ("postgres://me:p@ss:word@db:5432/mail", "postgres://me:••••@db:5432/mail"),
            ("postgresql://db/mail?password=hunter2", "postgresql://db/mail"),
            ("postgres://me@db/mail", "postgres://me@db/mail"),
            ("sqlite:/var/mail.db", "sqlite:/var/mail.db"),
        ] {
            let parsed: DatabaseUrl = url.parse().unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), shown);
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_sentence() {
        for url in ["", "mysql://db", "sqlite:", "/var/mail.db"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }
}
