//! How credentials do: whom they let in, whom they do not, and what is not sealed here.

use crate::engine::Engine;
use crate::told::{NOW, US, account, at, claimed, credential_text};
use model::{
    AccountId, Cause, CheckFailure, CheckOutcome, CheckTrigger, CredentialId, CredentialKind,
    CredentialSource, CredentialSummary, FinishedCheck, SinceRotated, Stage,
};
use server::store::{CredentialText, Store};

async fn checked(store: &Store, id: AccountId, began: i64, failure: Option<(Stage, Option<Cause>)>) {
    let failure = failure.map(|(stage, cause)| CheckFailure {
        stage,
        cause,
        error: "Turned away.".into(),
        server_reply: None,
    });
    let lease = claimed(store, id, at(began)).await;
    let check = FinishedCheck {
        trigger: CheckTrigger::Person,
        started: at(began),
        finished: at(began + 1),
        outcome: if failure.is_some() { CheckOutcome::Failed } else { CheckOutcome::Ok },
        failure,
        new: 0,
        deleted: 0,
        quarantined: 0,
        bytes: 0,
    };
    assert!(store.finish_check(&lease, &check, None).await.unwrap());
}

async fn found(store: &Store, id: CredentialId) -> CredentialSummary {
    store.find_credential(id).await.unwrap().unwrap()
}

fn since(signed_in: u32, failed: u32, waiting: u32) -> SinceRotated {
    SinceRotated { signed_in, failed, waiting }
}

pub async fn how_a_credential_does(engine: Engine) {
    let store = engine.open().await;
    let (zoe, ana) = (account(&store, "Zoe").await, account(&store, "ana").await);
    let id = store.find_credential_by_name("mail").await.unwrap().unwrap().id;
    let new = found(&store, id).await;
    assert_eq!(new.accounts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["ana", "Zoe"]);
    assert_eq!((new.kind, new.source, new.last_used), (CredentialKind::Password, None, None));
    assert_eq!((new.failed, new.since_rotated), (None, since(0, 0, 2)));
    assert_eq!(store.list_credentials().await.unwrap(), [found(&store, id).await]);

    let rejected = Some((Stage::SignIn, Some(Cause::SignInRejected)));
    checked(&store, ana, 10, rejected).await;
    let failed = found(&store, id).await;
    assert_eq!(failed.since_rotated, since(0, 1, 1));
    let failed = failed.failed.unwrap();
    assert_eq!(
        (failed.at, failed.cause, failed.error.as_str()),
        (at(11), Some(Cause::SignInRejected), "Turned away.")
    );
    // A server that is down says nothing about the secret, whatever the stage.
    checked(&store, zoe, 20, Some((Stage::Connect, Some(Cause::ConnectRefused)))).await;
    checked(&store, zoe, 30, Some((Stage::SignIn, Some(Cause::Timeout)))).await;
    assert_eq!(found(&store, id).await.failed.unwrap().at, at(11));
    // A folder that is missing was looked for by somebody who was let in.
    checked(&store, zoe, 40, Some((Stage::Folder, Some(Cause::FolderMissing)))).await;
    let used = found(&store, id).await;
    assert_eq!((used.last_used, used.failed, used.since_rotated), (Some(at(41)), None, since(1, 1, 0)));

    checked(&store, ana, 50, Some((Stage::SignIn, None))).await;
    assert_eq!(found(&store, id).await.failed.unwrap().cause, None, "the secret could not be had");
    assert!(store.rotate_credential(id, None, b"new", &US, at(60)).await.unwrap());
    store.request_check(ana, at(60)).await.unwrap();
    let rotated = found(&store, id).await;
    assert_eq!((rotated.failed, rotated.since_rotated), (None, since(0, 0, 2)));
    // Of a check that began before, nobody knows which secret it had.
    checked(&store, zoe, 59, rejected).await;
    assert_eq!(found(&store, id).await.failed, None);
    checked(&store, ana, 70, None).await;
    assert_eq!(found(&store, id).await.last_used, Some(at(71)));
}

pub async fn a_source_instead_of_a_secret(engine: Engine) {
    let store = engine.open().await;
    let source = CredentialSource::from_id("file:sales");
    let text = CredentialText {
        kind: CredentialKind::AppPassword,
        source: source.clone(),
        ..credential_text("mounted", "anna")
    };
    let id = store.insert_credential(&text, &US, NOW, &|_| Vec::new()).await.unwrap().unwrap();
    let shown = found(&store, id).await;
    assert_eq!((shown.kind, shown.source), (CredentialKind::AppPassword, source.clone()));
    let kept = store.sealed_credential(id).await.unwrap().unwrap();
    assert_eq!((kept.source, kept.sealed.len()), (source, 0));
    // No key can be tried on it, and none has to be replaced.
    assert_eq!(store.any_sealed_credential().await.unwrap(), None);
    assert_eq!(store.sealed_credentials().await.unwrap(), []);
    assert!(store.rotate_credential(id, None, b"sealed", &US, at(1)).await.unwrap());
    assert_eq!(found(&store, id).await.source, None);
    assert_eq!(store.sealed_credentials().await.unwrap().len(), 1);
}
