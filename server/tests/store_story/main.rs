//! One story told on both databases: every method of the store, hence every statement. sqlx on SQLite binds NULL
//! without a word for a `$n` that has no value, so a statement that no chapter runs is a statement nobody knows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

mod accounts;
mod agents;
mod audit;
mod checks;
mod connectors;
mod conversations;
mod credentials;
mod engine;
mod epoch;
mod health;
mod in_step;
mod intake;
mod list;
mod listeners;
mod many;
mod oauth;
mod opening;
mod origin;
mod pages;
mod parameters;
mod people;
mod plans;
mod quarantine;
mod ratio;
mod removal;
mod reports;
mod search;
mod told;
mod vanished;

use engine::{Cluster, Engine};

#[tokio::test(flavor = "multi_thread")]
async fn the_story_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    story(|name| {
        let data = folder.path().join(name);
        async move { Engine::sqlite(data) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_on_postgresql() {
    let cluster = Cluster::start().await;
    story(|name| cluster.database(name)).await;
}

/// Every chapter begins with an empty database.
async fn story<F: Future<Output = Engine>>(fresh: impl Fn(&'static str) -> F) {
    opening::two_processes_start_at_once(fresh("opening").await).await;
    opening::a_newer_database_is_refused(fresh("newer").await).await;
    listeners::who_listens_where(fresh("listeners").await).await;
    people::people_and_their_sessions(fresh("people").await).await;
    people::credentials(fresh("credentials").await).await;
    credentials::how_a_credential_does(fresh("uses").await).await;
    oauth::tokens_and_their_consent(fresh("tokens").await).await;
    credentials::a_source_instead_of_a_secret(fresh("sources").await).await;
    accounts::accounts(fresh("accounts").await).await;
    accounts::who_is_watched(fresh("watched").await).await;
    accounts::one_server_keeps_no_other_from_being_claimed(fresh("servers").await).await;
    audit::every_change_leaves_its_record(fresh("audit").await).await;
    audit::nothing_is_changed_or_removed(fresh("append").await).await;
    audit::deletions_are_one_record_a_check(fresh("deleted").await).await;
    audit::records_are_found_and_paged(fresh("audited").await).await;
    agents::an_agent_from_its_code_to_its_end(fresh("agents").await).await;
    parameters::what_is_set_and_given_back(fresh("parameters").await).await;
    checks::a_check_from_claim_to_history(fresh("checks").await).await;
    checks::of_two_claimers_one_wins(fresh("claims").await).await;
    health::a_month_of_checks_day_by_day(fresh("health").await).await;
    health::what_a_server_showed(fresh("shown").await).await;
    health::arrivals_by_hour_and_day(fresh("arrivals").await).await;
    reports::a_report_from_its_schedule_to_its_end(fresh("reports").await).await;
    intake::a_batch_is_stored_whole(fresh("batch").await).await;
    many::a_large_batch_is_its_messages_one_by_one(fresh("many").await).await;
    intake::a_stale_lease_stores_nothing(fresh("fence").await).await;
    intake::an_interrupted_batch_leaves_nothing(fresh("interrupted").await).await;
    intake::a_new_uidvalidity_adds_nothing(fresh("uidvalidity").await).await;
    intake::one_message_that_is_refused_is_named(fresh("refused").await).await;
    epoch::names_give_uids_and_bytes_confirm_them(fresh("epoch").await).await;
    epoch::a_server_that_counts_anew_keeps_everything(fresh("anew").await).await;
    origin::names_of_another_server_mean_nothing(fresh("origin").await).await;
    origin::whoever_wants_the_copies_kept_is_heard_by_a_check_that_runs(fresh("heard").await).await;
    quarantine::left_alone_after_some_tries_and_let_go_again(fresh("quarantine").await).await;
    opening::an_older_database_gets_its_defaults(fresh("older").await).await;
    intake::pop3_names(fresh("pop3").await).await;
    intake::large_messages(fresh("blobs").await).await;
    intake::thinned_packs(fresh("packs").await).await;
    removal::deletion_on_the_server(fresh("deletion").await).await;
    pages::of_receipts(fresh("receipts").await).await;
    pages::of_the_quarantine(fresh("aside").await).await;
    removal::accounts_with_and_without_their_messages(fresh("removal").await).await;
    list::every_order_in_both_directions(fresh("list").await).await;
    list::filters_and_totals(fresh("filters").await).await;
    vanished::what_left_its_server_is_kept_and_known(fresh("vanished").await).await;
    in_step::marks_are_heard_and_told(fresh("marks").await).await;
    in_step::what_is_missing_is_gone_and_dropped_in_time(fresh("dropped").await).await;
    connectors::a_connector_from_its_name_to_its_end(fresh("connectors").await).await;
    conversations::messages_find_each_other(fresh("conversations").await).await;
    conversations::trust_is_a_persons_own(fresh("trust").await).await;
    search::words_are_found(fresh("search").await).await;
    search::a_word_that_many_say_is_found_as_well(fresh("common").await).await;
}
