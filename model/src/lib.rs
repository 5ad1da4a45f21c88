//! The nouns of Restante: plain data and the rules that make it valid.
//!
//! Everything here compiles to WASM and crosses the wire as JSON, so both sides of the product speak of the same
//! things. Deliberately absent: I/O, async, clocks, SQL, HTML. Numbers on the wire are `u32`, `u64` or `i64`, never
//! `usize` (the browser's half is 32-bit).

pub mod account;
pub mod account_import;
pub mod agent;
pub mod audit;
pub mod cause;
pub mod certificate;
pub mod check;
pub mod connection_test;
pub mod connector;
pub mod credential;
pub mod discovery;
pub mod field;
pub mod health;
pub mod mailbox;
pub mod message;
pub mod oauth;
pub mod parameter;
pub mod person;
pub mod quarantine;
pub mod receipt;
pub mod report;
pub mod scheduled_report;
pub mod search;
pub mod timestamp;
pub mod transcript;
mod way;

pub use account::{
    Account, AccountDraft, AccountFilter, AccountId, AccountSettings, AccountStatus, AccountSummary,
    AccountUse, Protocol, SecureConnectionType, Security,
};
pub use account_import::{AccountImport, ImportOutcome, ImportedRow};
pub use agent::{AgentId, AgentSummary, Enrolment};
pub use audit::{Actor, ActorKind, AuditAction, AuditFilter, AuditRecord, Change, Deed, Noun, Subject};
pub use cause::Cause;
pub use certificate::{Certificate, Trust};
pub use check::{CheckFailure, CheckOutcome, CheckTrigger, FinishedCheck, FolderForecast, Forecast, Stage};
pub use connection_test::{ConnectionTest, Fact, Field, Remedy, StageFailure, StageReport, TestId};
pub use connector::{
    ConnectorDraft, ConnectorId, ConnectorKind, ConnectorSettings, ConnectorStage, ConnectorSummary,
    ConnectorTest,
};
pub use credential::{
    CredentialFailure, CredentialId, CredentialKind, CredentialSource, CredentialSummary, SinceRotated,
    SourceKind,
};
pub use discovery::{Discovery, DiscoverySource, Proposal, SignInHint, Tried};
pub use field::{FieldError, FieldErrors};
pub use mailbox::{MessageKey, ServerMark, ServerMarks, Uid, UidValidity};
pub use message::{
    Address, AttachmentInfo, Mark, Marked, Marks, MessageFilter, MessageId, MessageState, MessageSummary,
    MessageView,
};
pub use parameter::{Display, Parameter, ParameterChange, ParameterKind, ParameterView};
pub use person::{Person, PersonId, Role};
pub use quarantine::{QuarantineKind, QuarantinedMessage};
pub use receipt::Receipt;
pub use report::{Cursor, Page, ReportQuery, Sort, Total};
pub use timestamp::Timestamp;
pub use transcript::TranscriptView;
pub use way::Way;
