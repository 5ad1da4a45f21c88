//! Somebody who opened the console: the program serving, a person signed in, and calls of its pages over HTTP.

use super::ours::Restante;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

const PASSWORD: &str = "correct-horse-battery";

/// The program serving, and whoever is signed in.
pub struct Visitor {
    serving: Child,
    /// `127.0.0.1:40123`
    host: String,
    cookie: String,
}

impl Visitor {
    /// Starts the program on a data folder without people, and signs in as the first one.
    pub fn of(restante: &Restante) -> Result<Self> {
        let mut serving = restante
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = serving.stdout.take().context("a program that says nothing")?;
        let mut visitor = Self { serving, host: String::new(), cookie: String::new() };
        let mut code = String::new();
        for line in BufReader::new(said).lines() {
            let line = line?;
            if let Some(told) = line.strip_prefix("set-up code: ") {
                told.clone_into(&mut code);
            }
            if let Some(url) = line.strip_prefix("listening on http://") {
                url.clone_into(&mut visitor.host);
                break;
            }
        }
        let form = format!("code={code}&name=ana&password={PASSWORD}&password_again={PASSWORD}");
        let answer = visitor.post("/set-up", "application/x-www-form-urlencoded", &form)?;
        let cookie = answer.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.split(';').next().unwrap_or_default().trim())
        });
        cookie.context("set-up gave no session")?.clone_into(&mut visitor.cookie);
        Ok(visitor)
    }

    /// What the server answers to a call of its pages.
    pub fn call(&self, function: &str, body: &str) -> Result<String> {
        let answer = self.post(&format!("/api/{function}"), "application/json", body)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without end")?;
        if !head.lines().next().is_some_and(|line| line.contains(" 200 ")) {
            bail!("{function} was refused: {answer}");
        }
        Ok(body.to_owned())
    }

    /// How others reach the program.
    pub fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// The process that serves.
    pub fn serving(&self) -> &Child {
        &self.serving
    }

    /// Head and body of the answer.
    fn post(&self, path: &str, kind: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.host)?;
        let (host, cookie, length) = (&self.host, &self.cookie, body.len());
        // HTTP/1.0 needs no reading in chunks.
        write!(
            stream,
            "POST {path} HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        let _ = self.serving.kill();
        let _ = self.serving.wait();
    }
}
