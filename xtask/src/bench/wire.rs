//! A wire to the mail server that takes time and counts what passes. Deliberately absent: looking into what is said,
//! beyond the word that signs in.

use anyhow::Result;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The wire; connections that are open stay so when it goes.
pub struct Wire {
    /// Where it begins.
    pub port: u16,
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    from_server: AtomicU64,
    /// How often the client spoke after the server had, since it signed in.
    turns: AtomicU64,
    server_spoke: Mutex<bool>,
}

impl Wire {
    /// Leads to `server` on loopback; every byte is on its way for `delay`.
    pub fn to(server: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let counted = Arc::new(Counted::default());
        let shared = Arc::clone(&counted);
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                // A connection that cannot be made is one that the client sees break.
                let _ = connect(client, server, delay, &shared);
            }
        });
        Ok(Self { port, counted })
    }

    /// Bytes from the server and turns after the sign-in, since the last time.
    pub fn count(&self) -> (u64, u64) {
        (self.counted.from_server.swap(0, Ordering::SeqCst), self.counted.turns.swap(0, Ordering::SeqCst))
    }
}

fn connect(client: TcpStream, server: u16, delay: Duration, counted: &Arc<Counted>) -> Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (up, down) = (Arc::clone(counted), Arc::clone(counted));
    carry(client.try_clone()?, server.try_clone()?, delay, move |bytes| up.client_says(bytes));
    carry(server, client, delay, move |bytes| down.server_says(bytes));
    Ok(())
}

impl Counted {
    fn client_says(&self, bytes: &[u8]) {
        let mut spoke = self.server_spoke.lock().unwrap_or_else(PoisonError::into_inner);
        // A command has words; the steps of a SASL exchange have none.
        let signs_in = bytes.windows(5).any(|word| word == b"LOGIN" || word == b"AUTHE");
        if signs_in || !bytes.contains(&b' ') {
            self.turns.store(0, Ordering::SeqCst);
        } else if *spoke {
            self.turns.fetch_add(1, Ordering::SeqCst);
        }
        *spoke = false;
    }

    fn server_says(&self, bytes: &[u8]) {
        self.from_server.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        *self.server_spoke.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

/// Passes on what comes, later, so that much can be on its way at once.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    delay: Duration,
    mut heard: impl FnMut(&[u8]) + Send + 'static,
) {
    let (under_way, arriving) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default();
            heard(bytes);
            if under_way.send((Instant::now() + delay, bytes.to_vec())).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (at, bytes) in arriving {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
