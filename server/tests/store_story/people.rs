//! People, their browsers, and the vault's shelf.

use crate::engine::Engine;
use crate::told::{NOW, US, account, at, credential, credential_text};
use model::{CredentialId, Person, PersonId, Role};
use server::store::Removal;

pub async fn people_and_their_sessions(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.count_persons().await.unwrap(), 0);

    let other = engine.open().await;
    let (one, two) = tokio::join!(
        store.insert_first_person("Anna", &Role::Administrator, "hash a", "::1", NOW),
        other.insert_first_person("Bert", &Role::Administrator, "hash b", "::1", NOW),
    );
    let first: Vec<PersonId> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(first.len(), 1, "one of two is the first");
    assert_eq!(store.count_persons().await.unwrap(), 1);

    let clara =
        store.insert_person(" Clara ", &Role::Administrator, "hash c", &US, NOW).await.unwrap().unwrap();
    assert_eq!(store.insert_person("CLARA", &Role::Administrator, "x", &US, NOW).await.unwrap(), None);
    let person = Person { id: clara, name: "Clara".into(), role: Role::Administrator };
    assert_eq!(store.find_person(clara).await.unwrap(), Some(person.clone()));
    assert_eq!(store.find_person(PersonId(99)).await.unwrap(), None);
    assert_eq!(store.find_password("cLaRa").await.unwrap(), Some((person, "hash c".into())));
    assert_eq!(store.find_password("nobody\0").await.unwrap(), None);

    let id = [7; 32];
    assert!(store.create_web_session(&id, "one", at(60)).await.unwrap());
    assert!(!store.create_web_session(&id, "two", at(60)).await.unwrap());
    assert_eq!(store.load_web_session(&id, NOW).await.unwrap(), Some(("one".into(), at(60))));
    store.save_web_session(&id, "three", at(90)).await.unwrap();
    store.save_web_session(&[8; 32], "other", at(10)).await.unwrap();
    assert_eq!(store.load_web_session(&id, at(60)).await.unwrap(), Some(("three".into(), at(90))));
    assert_eq!(store.load_web_session(&id, at(90)).await.unwrap(), None, "its time is over");
    store.delete_expired_web_sessions(at(20)).await.unwrap();
    assert_eq!(store.load_web_session(&[8; 32], NOW).await.unwrap(), None);
    assert!(store.load_web_session(&id, NOW).await.unwrap().is_some());
    store.delete_web_session(&id).await.unwrap();
    assert_eq!(store.load_web_session(&id, NOW).await.unwrap(), None);
}

pub async fn credentials(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.any_sealed_credential().await.unwrap(), None);
    let before = store.revision().await.unwrap();
    let id = credential(&store).await;
    assert_ne!(store.revision().await.unwrap(), before);
    assert_eq!(
        store.insert_credential(&credential_text("mail", "x"), &US, NOW, &|_| Vec::new()).await.unwrap(),
        None
    );
    store
        .insert_credential(&credential_text("Abteilung", "b"), &US, NOW, &|_| vec![0, 255])
        .await
        .unwrap()
        .unwrap();

    let names: Vec<String> =
        store.list_credentials().await.unwrap().into_iter().map(|credential| credential.name).collect();
    assert_eq!(names, ["Abteilung", "mail"]);
    let sealed = store.sealed_credential(id).await.unwrap().unwrap();
    assert_eq!(sealed.sealed, format!("sealed {}", id.0).into_bytes(), "sealed for the number it got");
    assert_eq!(store.any_sealed_credential().await.unwrap(), Some(sealed));

    assert!(store.rotate_credential(id, None, b"new", &US, at(5)).await.unwrap());
    let sealed = store.sealed_credential(id).await.unwrap().unwrap();
    assert_eq!((sealed.user_name.as_str(), sealed.sealed.as_slice()), ("anna", b"new".as_slice()));
    assert!(store.rotate_credential(id, Some("berta"), b"newer", &US, at(6)).await.unwrap());
    assert!(!store.rotate_credential(CredentialId(99), None, b"", &US, NOW).await.unwrap());
    let shown = store.find_credential(id).await.unwrap().unwrap();
    assert_eq!((shown.user_name.as_str(), shown.rotated, shown.used_by), ("berta", at(6), 0));
    assert_eq!(store.find_credential_by_name("mail").await.unwrap(), Some(shown));
    assert_eq!(store.find_credential_by_name("nothing").await.unwrap(), None);
    assert_eq!(store.find_credential(CredentialId(99)).await.unwrap(), None);
    assert_eq!(store.sealed_credential(CredentialId(99)).await.unwrap(), None);

    let account = account(&store, "Sales").await;
    assert_eq!(store.find_credential(id).await.unwrap().unwrap().used_by, 1);
    assert_eq!(store.remove_credential(id, &US, NOW).await.unwrap(), Removal::InUse);
    assert_eq!(store.remove_account(account, true, &US, NOW).await.unwrap(), Removal::Removed);
    assert_eq!(store.remove_credential(id, &US, NOW).await.unwrap(), Removal::Removed);
    assert_eq!(store.remove_credential(id, &US, NOW).await.unwrap(), Removal::Absent);
}
