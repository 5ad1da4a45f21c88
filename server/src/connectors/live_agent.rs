//! One agent that is connected: its tunnel, how it is doing, and the words that are exchanged with it.

use super::meter::Meter;
use connector::frame::{Answer, FromAgent, Opening, ToAgent, Trouble, receive, send};
use connector::keys::PublicKey;
use connector::noise::Silence;
use connector::tunnel::{Stream, Tunnel};
use futures_util::io::{AsyncReadExt, ReadHalf, WriteHalf};
use mail::net::BoxStream;
use model::{AgentId, ConnectorId};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::compat::FuturesAsyncReadCompatExt;

/// How often it is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// After so long without a byte others are asked first.
const SILENT: Duration = Duration::from_secs(5);
/// After so long without a byte it is gone.
const GONE: Duration = Duration::from_secs(8);
/// How often it is asked for another key while it has none.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// What it may take for its answer on top of what the mail server may.
const MARGIN: Duration = Duration::from_secs(1);
/// How long a last word may take.
const PARTING: Duration = Duration::from_millis(100);
/// Streams of one agent, whatever its connector may carry.
const MOST_STREAMS: u32 = 1000;

/// An agent that is connected.
pub struct LiveAgent {
    /// Its number.
    pub id: AgentId,
    /// What it carries.
    pub connector: ConnectorId,
    /// The name of its machine.
    pub host: String,
    /// What goes through it.
    pub meter: Arc<Meter>,
    came: Instant,
    tunnel: Tunnel,
    latency: AtomicU32,
    leaving: AtomicBool,
    silence: Mutex<Silence>,
    end: watch::Sender<bool>,
    renew: watch::Sender<Option<Instant>>,
}

/// Why an agent did not reach a server.
pub enum NotReached {
    /// It did not answer at all.
    Silent,
    /// It says why.
    Because(Trouble, String),
}

/// What an agent wants, or what became of it.
pub enum Word {
    /// It has this key from now on; [`Control::taken`] says that it counts.
    NewKey(PublicKey),
    /// It ends soon: it is asked for nothing any more.
    Leaving,
    /// It was to end, as [`LiveAgent::end`] was told.
    Ended,
    /// It is not there any more.
    Gone,
}

impl LiveAgent {
    /// An agent behind `tunnel`.
    pub fn new(
        id: AgentId,
        connector: ConnectorId,
        host: &str,
        tunnel: Tunnel,
        silence: Silence,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            connector,
            host: host.to_owned(),
            meter: Arc::default(),
            came: Instant::now(),
            tunnel,
            latency: AtomicU32::new(u32::MAX),
            leaving: AtomicBool::new(false),
            silence: Mutex::new(silence),
            end: watch::Sender::new(false),
            renew: watch::Sender::new(None),
        })
    }

    /// How long it has been connected.
    pub fn age(&self) -> Duration {
        self.came.elapsed()
    }

    /// Returns once it is to end.
    pub async fn ended(&self) {
        // It holds the other end itself.
        let _ = self.end.subscribe().wait_for(|end| *end).await;
    }

    /// Ends it: its streams break at once.
    pub fn end(&self) {
        self.end.send_replace(true);
    }

    /// Asks it for another key, unless that was done a moment ago.
    pub fn renew(&self) {
        self.renew.send_if_modified(|asked| {
            let again = asked.is_none_or(|asked| asked.elapsed() >= ASK_AGAIN);
            if again {
                *asked = Some(Instant::now());
            }
            again
        });
    }

    /// From a question to its answer, in milliseconds, once there was one.
    pub fn latency(&self) -> Option<u32> {
        Some(self.latency.load(Ordering::Relaxed)).filter(|latency| *latency != u32::MAX)
    }

    /// It ends soon.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) || *self.end.borrow()
    }

    /// Something came from it since it was last asked whether it is there.
    pub fn is_fresh(&self) -> bool {
        self.silence() < HEARTBEAT + Duration::from_secs(1)
    }

    /// Nothing came from it for a while.
    pub fn is_silent(&self) -> bool {
        self.silence() >= SILENT
    }

    fn silence(&self) -> Duration {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner).lasts()
    }

    /// A stream to a server in its network; `first_word` is how long it may take to say that it heard what is wanted.
    ///
    /// # Errors
    /// It does not answer, or says why there is none.
    pub async fn reach(
        &self,
        host: &str,
        port: u16,
        patience: Duration,
        first_word: Duration,
    ) -> Result<BoxStream, NotReached> {
        let place = self.meter.enter(MOST_STREAMS).ok_or_else(|| {
            NotReached::Because(
                Trouble::Busy,
                format!("{MOST_STREAMS} streams are as many as one agent carries"),
            )
        })?;
        let milliseconds = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        let opening = Opening::Reach { host: host.to_owned(), port, patience: milliseconds };
        let opened = async {
            let mut stream = self.tunnel.open().await?;
            send(&mut stream, &opening).await?;
            let heard: Answer = receive(&mut stream).await?;
            Ok::<_, io::Error>((stream, heard))
        };
        let Ok(Ok((mut stream, first))) = timeout(first_word, opened).await else {
            return Err(NotReached::Silent);
        };
        let answer = match first {
            Answer::Heard => timeout(patience + MARGIN, receive(&mut stream)).await,
            answer => Ok(Ok(answer)),
        };
        match answer {
            Ok(Ok(Answer::Reached { .. })) => Ok(place.taken_by(Box::new(stream.compat()))),
            Ok(Ok(Answer::Failed { trouble, words })) => Err(NotReached::Because(trouble, words)),
            Ok(Ok(Answer::Heard) | Err(_)) => Err(NotReached::Silent),
            Err(_) => {
                Err(NotReached::Because(Trouble::Timeout, format!("{host}:{port} did not answer in time")))
            }
        }
    }
}

/// What happens next.
enum Heard {
    Word(Option<FromAgent>),
    End,
    Renew,
    Heartbeat,
}

/// The stream over which one speaks of oneself.
pub struct Control {
    words: mpsc::Receiver<FromAgent>,
    speaking: WriteHalf<Stream>,
    asked: Option<(u64, Instant)>,
    number: u64,
    heartbeat: tokio::time::Interval,
    end: watch::Receiver<bool>,
    renew: watch::Receiver<Option<Instant>>,
}

impl Control {
    /// Opens it.
    ///
    /// # Errors
    /// The tunnel's.
    pub async fn open(agent: &LiveAgent) -> io::Result<Self> {
        let opened = async {
            let mut stream = agent.tunnel.open().await?;
            send(&mut stream, &Opening::Control).await?;
            Ok::<_, io::Error>(stream)
        };
        let (hearing, speaking) = timeout(GONE, opened).await??.split();
        let (sender, words) = mpsc::channel(4);
        tokio::spawn(listen(hearing, sender));
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (end, mut renew) = (agent.end.subscribe(), agent.renew.subscribe());
        if renew.borrow().is_some() {
            // It was asked for before this stream stood.
            renew.mark_changed();
        }
        Ok(Self { words, speaking, asked: None, number: 0, heartbeat, end, renew })
    }

    /// The next thing that somebody has to do something about; heartbeats are answered here.
    pub async fn next(&mut self, agent: &LiveAgent) -> Word {
        loop {
            let heard = tokio::select! {
                word = self.words.recv() => Heard::Word(word),
                _ = self.end.wait_for(|end| *end) => Heard::End,
                Ok(()) = self.renew.changed() => Heard::Renew,
                _ = self.heartbeat.tick() => Heard::Heartbeat,
            };
            let said = match heard {
                Heard::Word(None) => return Word::Gone,
                Heard::Word(Some(FromAgent::NewKey(key))) => return Word::NewKey(key),
                Heard::Word(Some(FromAgent::Leaving)) => {
                    if !agent.leaving.swap(true, Ordering::Relaxed) {
                        return Word::Leaving;
                    }
                    Ok(())
                }
                Heard::Word(Some(FromAgent::Pong(number))) => {
                    self.measure(agent, number);
                    Ok(())
                }
                Heard::End => return Word::Ended,
                Heard::Renew => self.say(&ToAgent::RenewKey).await,
                Heard::Heartbeat if agent.silence() >= GONE => return Word::Gone,
                Heard::Heartbeat => {
                    self.number += 1;
                    self.asked = self.asked.or_else(|| Some((self.number, Instant::now())));
                    self.say(&ToAgent::Ping(self.number)).await
                }
            };
            if said.is_err() {
                return Word::Gone;
            }
        }
    }

    /// The key that it has from now on counts.
    ///
    /// # Errors
    /// The stream's.
    pub async fn taken(&mut self, key: PublicKey) -> io::Result<()> {
        self.say(&ToAgent::KeyTaken(key)).await
    }

    /// Says good-bye.
    pub async fn part(&mut self) {
        let _ = timeout(PARTING, send(&mut self.speaking, &ToAgent::Goodbye)).await;
        // The word has to be on its way before the tunnel breaks.
        tokio::time::sleep(PARTING).await;
    }

    /// Says a word, unless the agent is to end: then nothing more is said.
    async fn say(&mut self, word: &ToAgent) -> io::Result<()> {
        tokio::select! {
            said = timeout(GONE, send(&mut self.speaking, word)) => said?,
            _ = self.end.wait_for(|end| *end) => Err(io::Error::other("it is to end")),
        }
    }

    fn measure(&mut self, agent: &LiveAgent, number: u64) {
        if let Some((_, since)) = self.asked.take_if(|(asked, _)| *asked == number) {
            let milliseconds = u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX - 1);
            agent.latency.store(milliseconds, Ordering::Relaxed);
        }
    }
}

/// A frame takes several reads and must not be left half read, so a task of its own hears. It does not run ahead: who
/// says more than is asked for waits, and what is no word ends it.
async fn listen(mut hearing: ReadHalf<Stream>, words: mpsc::Sender<FromAgent>) {
    while let Ok(word) = receive(&mut hearing).await {
        if words.send(word).await.is_err() {
            return;
        }
    }
}
