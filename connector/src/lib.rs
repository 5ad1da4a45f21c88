//! What the agent `restante-connector` and the server have in common: keys, the handshake between them, the words they
//! exchange, and the tunnel that carries many streams over one WebSocket.
//!
//! From the outside in: a WebSocket on the server's ordinary port, through whatever proxies stand there; in it Noise
//! ([`noise`]) with a key on each side that was pinned at enrolment, so that nobody in between matters; in that yamux
//! ([`tunnel`]), each stream with a flow control of its own. The agent dials, the server alone opens streams.
//!
//! Deliberately absent: what only one of the two needs. The agent is `main.rs` and `agent/`, the other half is
//! `server::connectors`.

pub mod carry;
pub mod frame;
pub mod keys;
pub mod noise;
pub mod tunnel;
mod unhurried;

/// The path on the server where agents come in.
pub const PATH: &str = "/connector";
