//! The program as a server, and a browser without eyes.

use super::Running;
use super::restante::Restante;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use ureq::http::{Request, Response};

/// A running server.
pub struct Server {
    pub url: String,
    pub set_up_code: Option<String>,
    pub process: Running,
    agent: ureq::Agent,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookie to send back.
    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

impl Server {
    /// Starts it on the data folder and waits until it listens.
    pub fn start(restante: &Restante, arguments: &[&str]) -> Self {
        Self::start_at(restante, "127.0.0.1:0", arguments)
    }

    /// The same at an address.
    pub fn start_at(restante: &Restante, listen: &str, arguments: &[&str]) -> Self {
        let mut command = restante.command(&[&["--listen", listen], arguments].concat());
        let log = std::fs::File::create(restante.data().join("server.log"));
        let mut process = command.stdout(Stdio::piped()).stderr(log.unwrap()).spawn().unwrap();
        let mut set_up_code = None;
        let mut url = None;
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(code) = line.strip_prefix("set-up code: ") {
                set_up_code = Some(code.to_owned());
            }
            if let Some(address) = line.strip_prefix("listening on ") {
                url = Some(address.to_owned());
                break;
            }
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0);
        let config = config.max_redirects_will_error(false).build();
        let url = url.expect("the server says where it listens");
        Self { url, set_up_code, process: Running(process), agent: config.into() }
    }

    /// Starts it, creates the first administrator, and returns their cookie.
    pub fn start_signed_in(restante: &Restante) -> (Self, String) {
        let server = Self::start(restante, &[]);
        let code = server.set_up_code.clone().unwrap();
        let form = format!("code={code}&name=ana&password=correct-horse&password_again=correct-horse");
        let answer = server.post("/set-up", &[], "application/x-www-form-urlencoded", &form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.cookie();
        (server, cookie)
    }

    /// `GET`
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Self::with(Request::get(format!("{}{path}", self.url)), headers);
        Self::answer(self.agent.run(request.body(()).unwrap()).unwrap())
    }

    /// A stream that is read line by line as it comes.
    pub fn stream(&self, path: &str, cookie: &str) -> impl BufRead + Send + use<> {
        let request = Request::get(format!("{}{path}", self.url)).header("cookie", cookie).body(()).unwrap();
        BufReader::new(self.agent.run(request).unwrap().into_body().into_reader())
    }

    /// `POST` from our own origin, unless `headers` say otherwise.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], content_type: &str, body: &str) -> Answer {
        let mut request = Self::with(Request::post(format!("{}{path}", self.url)), headers);
        if !headers.iter().any(|(name, _)| *name == "origin") {
            request = request.header("origin", &self.url);
        }
        let request = request.header("content-type", content_type).body(body.to_owned()).unwrap();
        Self::answer(self.agent.run(request).unwrap())
    }

    /// Calls a server function as whoever the cookie says.
    pub fn call(&self, function: &str, cookie: &str, body: &serde_json::Value) -> Answer {
        self.post(&format!("/api/{function}"), &[("cookie", cookie)], "application/json", &body.to_string())
    }

    fn with(request: ureq::http::request::Builder, headers: &[(&str, &str)]) -> ureq::http::request::Builder {
        headers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(request, |request, (name, value)| request.header(*name, *value))
    }

    fn answer(mut response: Response<ureq::Body>) -> Answer {
        let body = response.body_mut().read_to_vec().unwrap_or_default();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}
