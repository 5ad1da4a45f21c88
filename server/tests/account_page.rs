//! The page of one account as the server writes it, over services that say what a test wants: the states that are hard to
//! bring about with a real mail server.

#![expect(clippy::unwrap_used, reason = "a page that cannot be drawn has failed")]

use app::api::ApiError;
use app::api::accounts::AccountsPort;
use app::api::audit::AuditPort;
use app::api::checks::ChecksPort;
use app::api::connection_tests::{ConnectionTestsPort, TestRequest};
use app::api::connectors::ConnectorsPort;
use app::api::consents::ConsentsPort;
use app::api::credentials::{CredentialsPort, NewCredential, Secret};
use app::api::health::HealthPort;
use app::api::messages::MessagesPort;
use app::api::parameters::ParametersPort;
use app::api::quarantine::QuarantinePort;
use app::api::receipts::ReceiptsPort;
use app::api::reports::ReportsPort;
use app::api::services::{Caller, Services};
use app::api::transcripts::TranscriptsPort;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use leptos::prelude::provide_context;
use model::health::{AccountHealth, Arrivals, Concern, DAYS, DayHealth};
use model::oauth::{ConsentStep, ConsentView};
use model::scheduled_report::{Reports, ScheduleDraft, ScheduleId, WrittenId};
use model::search::Suggestion;
use model::{
    AccountDraft, AccountFilter, AccountId, AccountStatus, AccountSummary, Actor, AuditFilter, AuditRecord,
    Cause, CheckFailure, CheckOutcome, CheckTrigger, ConnectionTest, CredentialId, CredentialSummary, Cursor,
    FinishedCheck, Forecast, Mark, MessageFilter, MessageId, MessageKey, MessageSummary, MessageView, Page,
    Person, PersonId, QuarantineKind, QuarantinedMessage, Receipt, ReportQuery, Role, Stage, TestId,
    Timestamp, Total, TranscriptView,
};
use std::sync::Arc;

/// What the services say.
#[derive(Clone)]
struct Fake {
    account: Result<AccountSummary, ApiError>,
    checks: Result<Vec<FinishedCheck>, ApiError>,
    quarantine: Page<QuarantinedMessage>,
    receipts: Page<Receipt>,
}

fn account() -> AccountSummary {
    let draft = AccountDraft {
        name: "Sales <&>".into(),
        address: "mail.example.org".into(),
        credential: Some(CredentialId(1)),
        ..AccountDraft::default()
    };
    AccountSummary {
        id: AccountId(7),
        version: 1,
        settings: draft.validate().unwrap(),
        credential_name: "sales@example.org".into(),
        connector_name: None,
        status: AccountStatus::New,
        last_check: None,
        last_success: None,
        next_check: None,
        messages: 1_234,
        unread: 5,
        to_index: 340,
        failure: None,
    }
}

fn new_account() -> Fake {
    Fake {
        account: Ok(account()),
        checks: Ok(Vec::new()),
        quarantine: Page::empty(),
        receipts: Page::empty(),
    }
}

/// A failure in words that a server chose.
fn refused() -> CheckFailure {
    CheckFailure {
        stage: Stage::SignIn,
        cause: Some(Cause::SignInRejected),
        error: Cause::SignInRejected.sentence().to_owned(),
        server_reply: Some(format!("NO <script>alert(1)</script> {}", "word".repeat(100))),
    }
}

fn check(outcome: CheckOutcome, failure: Option<CheckFailure>) -> FinishedCheck {
    FinishedCheck {
        trigger: CheckTrigger::Schedule,
        started: Timestamp::from_seconds(1_700_000_000),
        finished: Timestamp::from_seconds(1_700_000_200),
        outcome,
        failure,
        new: 4_120,
        deleted: 12,
        quarantined: 1,
        bytes: 3_400_000,
        stages: Vec::new(),
    }
}

/// The page's HTML and status.
async fn page(fake: Fake, path: &str) -> (u16, String) {
    // Which also settles what drives futures, once for all of these tests.
    leptos_axum::generate_route_list(app::App);
    let fake = Arc::new(fake);
    let services = Services {
        account_import: fake.clone(),
        accounts: fake.clone(),
        audit: fake.clone(),
        checks: fake.clone(),
        connection_tests: fake.clone(),
        consents: fake.clone(),
        connectors: fake.clone(),
        credentials: fake.clone(),
        discovery: fake.clone(),
        health: fake.clone(),
        messages: fake.clone(),
        parameters: fake.clone(),
        quarantine: fake.clone(),
        receipts: fake.clone(),
        reports: fake.clone(),
        transcripts: fake,
    };
    let person = Person { id: PersonId(1), name: "Ada".into(), role: Role::Administrator };
    let options = leptos::config::LeptosOptions::builder().output_name("restante").build();
    let drawn = leptos_axum::render_app_async_with_context(
        move || {
            provide_context(services.clone());
            provide_context(Caller(Some(person.clone())));
        },
        move || app::shell(options.clone()),
    );
    let response = drawn(Request::get(path).body(Body::empty()).unwrap()).await;
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let html = String::from_utf8(bytes.to_vec()).unwrap();
    // Without what the browser needs to come alive: what a person reads.
    let body = html.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
    (status, body)
}

/// What a person reads between the tags.
fn words(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, words)| words));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const PATH: &str = "/settings/email/accounts/7";

/// One test: what draws pages belongs to one runtime.
#[tokio::test]
async fn the_page_says_what_there_is_and_why() {
    a_new_account_says_what_its_lists_are_for().await;
    a_failure_says_stage_cause_and_the_servers_words_as_text().await;
    long_lists_are_paged_and_lead_to_what_is_here().await;
    what_is_not_there_is_said_with_its_status_and_one_broken_list_leaves_the_rest().await;
}

async fn a_new_account_says_what_its_lists_are_for() {
    let (status, html) = page(new_account(), PATH).await;
    let words = words(&html);
    assert_eq!(status, 200);
    for said in [
        "Sales &lt;&amp;&gt;",
        "Not checked yet",
        "1,234 (5 unread)",
        "No check has ended yet.",
        "Nothing is in quarantine.",
        "Nothing was deleted on the server.",
        "It changes nothing, neither on the server nor here.",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(html.contains("href=\"/settings/email/accounts/7/edit?back=account\""), "{html}");
    assert!(html.contains("href=\"/accounts/7/inbox\""), "{html}");
    assert!(!words.contains("Retry"), "{words}");
}

async fn a_failure_says_stage_cause_and_the_servers_words_as_text() {
    let failing = AccountSummary { status: AccountStatus::Failing, failure: Some(refused()), ..account() };
    let checks = vec![check(CheckOutcome::Failed, Some(refused())), check(CheckOutcome::Ok, None)];
    let (_, html) = page(Fake { account: Ok(failing), checks: Ok(checks), ..new_account() }, PATH).await;
    let words = words(&html);
    assert!(words.contains("The last check failed"), "{words}");
    let sentence = "Sign-in: The server rejected the user name or the password.";
    assert_eq!(words.matches(sentence).count(), 2, "above and in its row: {words}");
    assert_eq!(words.matches("NO &lt;script&gt;alert(1)").count(), 2, "{words}");
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(words.contains("Schedule 3 min 20 s"), "{words}");
    assert!(words.contains("OK 4,120 12 1 3.4 MB"), "{words}");
}

async fn long_lists_are_paged_and_lead_to_what_is_here() {
    let receipt = |subject: Option<&str>| Receipt {
        message: MessageId(12),
        subject: subject.map(str::to_owned),
        folder: "INBOX".into(),
        uid_validity: Some(3),
        key: MessageKey::Uid(40),
        size: 17,
        blake3: String::new(),
        reason: "keep copy in server: no".into(),
        at: Timestamp::from_seconds(1_700_000_000),
    };
    let aside = |message| QuarantinedMessage {
        folder: "Entwürfe".into(),
        uid_validity: None,
        key: MessageKey::Uidl { uidl: "abc".into(), occurrence: 0 },
        kind: QuarantineKind::Parse,
        reason: "too many parts".into(),
        size: 2_000_000,
        tries: 2,
        message,
        at: Timestamp::from_seconds(1_700_000_000),
    };
    let receipts = Page {
        rows: vec![receipt(Some("Minutes")), receipt(Some("")), receipt(None)],
        first: 31,
        total: Total { count: 10_000, exact: false },
        previous: Some(Cursor("before".into())),
        next: Some(Cursor("after".into())),
    };
    let rows = vec![aside(Some(MessageId(13))), aside(None)];
    let total = Total { count: 1_002, exact: true };
    let quarantine = Page { rows, first: 1, total, previous: None, next: Some(Cursor("more".into())) };
    let path = format!("{PATH}?quarantine=x&receipts=y");
    let (_, html) = page(Fake { quarantine, receipts, ..new_account() }, &path).await;
    let words = words(&html);
    for said in [
        "Retry 1,002 messages",
        "Cannot be read: too many parts 2.0 MB 2",
        "31–33 of 10,000+",
        "(no subject)",
        "removed here INBOX UID 40 17 B keep copy in server: no",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    for link in [
        "href=\"/messages/12\"",
        "href=\"/messages/13\"",
        "href=\"/settings/email/accounts/7?quarantine=x&amp;receipts=after#receipts\"",
        "href=\"/settings/email/accounts/7?receipts=y&amp;quarantine=more#quarantine\"",
        "href=\"/api/receipts/export.csv?account=7\"",
    ] {
        assert!(html.contains(link), "{link}: {html}");
    }
}

async fn what_is_not_there_is_said_with_its_status_and_one_broken_list_leaves_the_rest() {
    let (status, html) = page(Fake { account: Err(ApiError::NotFound), ..new_account() }, PATH).await;
    assert_eq!(status, 404);
    assert!(words(&html).contains("There is no such account"), "{html}");
    assert!(!html.contains("id=\"receipts\""), "{html}");
    let broken = Err(ApiError::Internal { reference: "abc".into() });
    let (_, html) = page(Fake { checks: broken, ..new_account() }, PATH).await;
    let words = words(&html);
    assert!(words.contains("This list could not be loaded") && words.contains("Retry"), "{words}");
    assert!(words.contains("Nothing was deleted on the server."), "{words}");
}

const ELSEWHERE: ApiError = ApiError::Forbidden;

#[async_trait]
impl app::api::discovery::DiscoveryPort for Fake {
    async fn find_settings(&self, _: &Person, _: String) -> Result<model::Discovery, ApiError> {
        Err(ELSEWHERE)
    }

    async fn is_on(&self, _: &Person) -> Result<bool, ApiError> {
        Ok(false)
    }
}

#[async_trait]
impl app::api::account_import::AccountImportPort for Fake {
    async fn read_accounts(&self, _: &Person, _: Secret) -> Result<model::AccountImport, ApiError> {
        Err(ELSEWHERE)
    }
    async fn test_row(&self, _: &Actor, _: Secret, _: u64) -> Result<TestId, ApiError> {
        Err(ELSEWHERE)
    }
    async fn import_accounts(&self, _: &Actor, _: Secret) -> Result<model::AccountImport, ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl AccountsPort for Fake {
    async fn list_accounts(
        &self,
        _: &Person,
        _: ReportQuery<AccountFilter>,
    ) -> Result<Page<AccountSummary>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn get_account(&self, _: &Person, id: AccountId) -> Result<AccountSummary, ApiError> {
        assert_eq!(id, AccountId(7));
        self.account.clone()
    }
    async fn save_account(
        &self,
        _: &Actor,
        _: Option<AccountId>,
        _: AccountDraft,
        _: Option<NewCredential>,
    ) -> Result<AccountId, ApiError> {
        Err(ELSEWHERE)
    }
    async fn set_enabled(&self, _: &Actor, _: AccountId, _: bool) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn tag_accounts(&self, _: &Actor, _: Vec<AccountId>, _: String, _: String) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn remove_account(&self, _: &Actor, _: AccountId, _: bool) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn check_now(&self, _: &Actor, _: AccountId) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl ChecksPort for Fake {
    async fn list_checks(&self, _: &Person, _: AccountId) -> Result<Vec<FinishedCheck>, ApiError> {
        self.checks.clone()
    }
    async fn forecast_check(&self, _: &Actor, _: AccountId) -> Result<Forecast, ApiError> {
        panic!("a mail server is asked while a page is drawn")
    }
}

#[async_trait]
impl QuarantinePort for Fake {
    async fn list_quarantined(
        &self,
        _: &Person,
        _: ReportQuery<AccountId>,
    ) -> Result<Page<QuarantinedMessage>, ApiError> {
        Ok(self.quarantine.clone())
    }
    async fn retry_quarantined(&self, _: &Actor, _: AccountId) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl ConnectionTestsPort for Fake {
    async fn start_test(&self, _: &Actor, _: TestRequest) -> Result<TestId, ApiError> {
        Err(ApiError::Busy)
    }

    async fn follow_test(&self, _: &Person, _: TestId, _: u64) -> Result<ConnectionTest, ApiError> {
        Err(ApiError::NotFound)
    }

    async fn cancel_test(&self, _: &Person, _: TestId) -> Result<(), ApiError> {
        Err(ApiError::NotFound)
    }
}

#[async_trait]
impl ReceiptsPort for Fake {
    async fn list_receipts(&self, _: &Person, _: ReportQuery<AccountId>) -> Result<Page<Receipt>, ApiError> {
        Ok(self.receipts.clone())
    }
}

#[async_trait]
impl ConsentsPort for Fake {
    async fn consent(&self, _: &Person, _: CredentialId) -> Result<ConsentView, ApiError> {
        Err(ApiError::NotFound)
    }

    async fn consent_of_account(&self, _: &Person, _: AccountId) -> Result<Option<ConsentView>, ApiError> {
        Ok(None)
    }

    async fn begin_consent(
        &self,
        _: &Actor,
        _: CredentialId,
        _: Option<AccountId>,
        _: String,
    ) -> Result<ConsentStep, ApiError> {
        Err(ApiError::NotFound)
    }
}

#[async_trait]
impl CredentialsPort for Fake {
    async fn list_credentials(&self, _: &Person) -> Result<Vec<CredentialSummary>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn list_sources(&self, _: &Person) -> Result<Vec<model::CredentialSource>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn create_credential(&self, _: &Actor, _: NewCredential) -> Result<CredentialSummary, ApiError> {
        Err(ELSEWHERE)
    }
    async fn rotate_credential(
        &self,
        _: &Actor,
        _: CredentialId,
        _: String,
        _: Secret,
    ) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn remove_credential(&self, _: &Actor, _: CredentialId) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl ConnectorsPort for Fake {
    async fn list_connectors(&self, _: &Person) -> Result<Vec<model::ConnectorSummary>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn save_connector(
        &self,
        _: &Actor,
        _: Option<model::ConnectorId>,
        _: model::ConnectorDraft,
    ) -> Result<model::ConnectorId, ApiError> {
        Err(ELSEWHERE)
    }
    async fn remove_connector(
        &self,
        _: &Actor,
        _: model::ConnectorId,
        _: Option<model::ConnectorId>,
    ) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn enrol_agent(
        &self,
        _: &Actor,
        _: model::ConnectorId,
        _: String,
    ) -> Result<model::Enrolment, ApiError> {
        Err(ELSEWHERE)
    }
    async fn renew_agent(&self, _: &Actor, _: model::AgentId) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn revoke_agent(&self, _: &Actor, _: model::AgentId) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    async fn test_connector(
        &self,
        _: &Actor,
        _: model::ConnectorId,
        _: String,
        _: String,
    ) -> Result<model::ConnectorTest, ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl MessagesPort for Fake {
    async fn list_messages(
        &self,
        _: &Person,
        _: ReportQuery<MessageFilter>,
    ) -> Result<Page<MessageSummary>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn get_message(
        &self,
        _: &Person,
        _: MessageId,
        _: Option<String>,
    ) -> Result<MessageView, ApiError> {
        Err(ELSEWHERE)
    }
    async fn mark_messages(&self, _: &Person, _: Vec<MessageId>, _: Mark) -> Result<u64, ApiError> {
        Err(ELSEWHERE)
    }
    async fn mark_all(&self, _: &Person, _: ReportQuery<MessageFilter>, _: Mark) -> Result<u64, ApiError> {
        Err(ELSEWHERE)
    }
    async fn undo_marking(&self, _: &Person) -> Result<u64, ApiError> {
        Err(ELSEWHERE)
    }
    async fn find_anything(&self, _: &Person, _: String) -> Result<Vec<Suggestion>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn suggest_searches(&self, _: &Person, _: String, _: bool) -> Result<Vec<Suggestion>, ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl AuditPort for Fake {
    async fn list_audit(
        &self,
        _: &Person,
        _: ReportQuery<AuditFilter>,
    ) -> Result<Page<AuditRecord>, ApiError> {
        Err(ELSEWHERE)
    }
}

#[async_trait]
impl ParametersPort for Fake {
    async fn list_parameters(&self, _: &Person) -> Result<Vec<model::ParameterView>, ApiError> {
        Err(ELSEWHERE)
    }
    async fn save_parameters(&self, _: &Actor, _: Vec<model::ParameterChange>) -> Result<(), ApiError> {
        Err(ELSEWHERE)
    }
    fn display(&self) -> model::Display {
        model::Display::default()
    }
}

#[async_trait]
impl HealthPort for Fake {
    async fn account_health(&self, _: &Person, _: AccountId) -> Result<AccountHealth, ApiError> {
        Ok(AccountHealth { today: Timestamp(0), days: vec![DayHealth::default(); DAYS], server: None })
    }
    async fn arrivals(&self, _: &Person) -> Result<Arrivals, ApiError> {
        unreachable!()
    }
    async fn concerns(&self, _: &Person) -> Result<Vec<Concern>, ApiError> {
        unreachable!()
    }
}

#[async_trait]
impl ReportsPort for Fake {
    async fn list_reports(&self, _: &Person) -> Result<Reports, ApiError> {
        unreachable!()
    }
    async fn schedule_report(&self, _: &Actor, _: ScheduleDraft) -> Result<ScheduleId, ApiError> {
        unreachable!()
    }
    async fn write_report_now(&self, _: &Actor, _: ScheduleId) -> Result<(), ApiError> {
        unreachable!()
    }
    async fn remove_schedule(&self, _: &Actor, _: ScheduleId) -> Result<(), ApiError> {
        unreachable!()
    }
    async fn remove_report(&self, _: &Actor, _: WrittenId) -> Result<(), ApiError> {
        unreachable!()
    }
}

#[async_trait]
impl TranscriptsPort for Fake {
    async fn start_transcript(&self, _: &Actor, _: AccountId, _: u32) -> Result<(), ApiError> {
        unreachable!()
    }
    async fn stop_transcript(&self, _: &Actor, _: AccountId) -> Result<(), ApiError> {
        unreachable!()
    }
    async fn get_transcript(&self, _: &Person, _: AccountId) -> Result<Option<TranscriptView>, ApiError> {
        Ok(None)
    }
}
