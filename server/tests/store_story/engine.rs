//! The two databases a story can be told on, and a throw-away PostgreSQL cluster.

use server::store::{DatabaseUrl, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// An empty database with its data folder.
pub struct Engine {
    pub url: DatabaseUrl,
    pub data: PathBuf,
}

impl Engine {
    pub fn sqlite(data: PathBuf) -> Self {
        Self { url: DatabaseUrl::Sqlite(data.join("restante.db")), data }
    }

    /// What a process does at its start.
    pub async fn open(&self) -> Store {
        Store::open(&self.url, &self.data).await.unwrap()
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.url, DatabaseUrl::Sqlite(_))
    }

    /// Runs a statement behind the store's back.
    pub async fn execute(&self, sql: &'static str) {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::query(sql).execute(&mut connection).await.unwrap();
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query(sql).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// The same, for a statement that is refused.
    pub async fn try_to(&self, sql: &'static str) -> Result<(), String> {
        let done = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::query(sql).execute(&mut connection).await.map(|_| ())
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query(sql).execute(&mut connection).await.map(|_| ())
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// A number that a statement finds behind the store's back.
    pub async fn number(&self, sql: &'static str) -> i64 {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }
}

/// A cluster that ends with the test.
pub struct Cluster {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl Cluster {
    /// Starts `xtask/lab/postgres.sh` on a free port and waits until it answers.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/lab/postgres.sh");
        let server = Command::new("sh")
            .arg(script)
            .arg(folder.path().join("postgres"))
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut cluster = Self { server, port, folder };
        for _ in 0..600 {
            if PgConnection::connect(&cluster.url("postgres")).await.is_ok() {
                return cluster;
            }
            assert!(cluster.server.try_wait().unwrap().is_none(), "PostgreSQL did not start: run {script}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL did not answer within a minute");
    }

    /// An empty database.
    pub fn database(&self, name: &'static str) -> impl Future<Output = Engine> + use<> {
        let (server, url) = (self.url("postgres"), self.url(name));
        let data = self.folder.path().join(name);
        async move {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let sql = format!("CREATE DATABASE {name}");
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            Engine { url: DatabaseUrl::Postgres(url), data }
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The cluster goes when its shell does.
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
