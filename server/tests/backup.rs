//! A backup and what comes back from it: every byte, while the program goes on; and never half of it without saying so.

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use support::dovecot::{Dovecot, PASSWORD, large_message, message};
use support::restante::Restante;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn restore(restante: &Restante, from: &Path) -> Output {
    restante.run(&["restore", "--from", &from.display().to_string()])
}

/// What is stored, with the bytes of each.
fn everything(restante: &Restante) -> Vec<(Value, Vec<u8>)> {
    restante.messages("a").into_iter().map(|message| (message.clone(), restante.raw(&message))).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn everything_comes_back_and_the_key_is_kept_elsewhere() {
    let mail = Dovecot::start();
    for number in 0..20 {
        mail.deliver("a", number, &message(number));
    }
    mail.deliver("a", 20, &large_message(20));
    let restante = Restante::new();
    restante.add_account("a", "imap", mail.imap, "none", &[]);
    assert_eq!(restante.check("a")["new"], 21);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("restante.tar");
    let to = file.display().to_string();
    let backup = restante.json(&["backup", "--to", &to]);
    assert_eq!((backup["messages"].as_u64(), backup["files"].as_u64()), (Some(21), Some(1)), "{backup}");
    assert!(said(&restante.run(&["backup", "--to", &to])).contains("exists already"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    let bytes = fs::read(&file).unwrap();
    let key = fs::read(restante.data().join("restante.key")).unwrap();
    assert!(!holds(&bytes, &key[..64]) && !holds(&bytes, PASSWORD.as_bytes()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    assert!(said(&restore(&restante, &file)).contains("exists already"), "never over what is there");
    let restored = Restante::new();
    // A backup that broke off is said to be none, and leaves the folder free for the whole one.
    for whole in [bytes.len() / 3, bytes.len() - 2000] {
        let cut = folder.path().join("cut.tar");
        fs::write(&cut, &bytes[..whole]).unwrap();
        let output = restore(&restored, &cut);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(said(&output).contains("not a whole backup"), "{output:?}");
        assert!(!restored.data().join("restante.db").exists());
    }
    let output = restore(&restored, &file);
    assert!(output.status.success(), "{output:?}");
    assert!(said(&restored.run(&["account", "list"])).contains("restante.key is not there"));
    fs::write(restored.data().join("restante.key"), key).unwrap();
    let [before, after] = [&restante, &restored].map(everything);
    assert_eq!(before.len(), 21);
    assert_eq!(before, after);
    assert_eq!(restored.check("a")["outcome"], "ok", "the credential opens");
    assert_eq!(restored.check("a")["new"], 0, "and nothing is fetched again");
}

#[test]
fn a_damaged_message_is_noticed() {
    let mail = Dovecot::start();
    mail.deliver("a", 0, &large_message(0));
    let restante = Restante::new();
    restante.add_account("a", "imap", mail.imap, "none", &[]);
    assert_eq!(restante.check("a")["new"], 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("restante.tar");
    assert!(restante.run(&["backup", "--to", &file.display().to_string()]).status.success());
    let mut bytes = fs::read(&file).unwrap();
    // In the middle of the first file, which follows the label.
    bytes[4000] ^= 1;
    fs::write(&file, bytes).unwrap();
    let output = restore(&Restante::new(), &file);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("damaged"), "{output:?}");
}

#[test]
fn a_backup_is_of_one_moment_while_mail_comes_in() {
    let mail = Dovecot::start();
    for number in 0..600 {
        mail.deliver("a", number, &message(number));
    }
    for number in 600..640 {
        mail.deliver("a", number, &large_message(number));
    }
    let restante = Restante::new();
    restante.add_account("a", "imap", mail.imap, "none", &[]);
    let mut check = restante.command(&["check", "a", "--json"]).spawn().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut made = Vec::new();
    while check.try_wait().unwrap().is_none() || made.is_empty() {
        let file = folder.path().join(format!("{}.tar", made.len()));
        let output = restante.run(&["backup", "--to", &file.display().to_string()]);
        assert!(output.status.success(), "{output:?}");
        made.push(file);
    }
    for file in [made.first(), made.last()].into_iter().flatten() {
        let restored = Restante::new();
        let output = restore(&restored, file);
        assert!(output.status.success(), "{output:?}");
        fs::copy(restante.data().join("restante.key"), restored.data().join("restante.key")).unwrap();
        let check = restored.check("a");
        assert_eq!((check["outcome"].as_str(), restored.messages("a").len()), (Some("ok"), 640), "{check}");
    }
}

#[test]
fn what_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.tar");
    let restante = Restante::new();
    fs::write(&file, b"no tar").unwrap();
    assert_eq!(restore(&restante, &file).status.code(), Some(1));
    let mut tar = tar::Builder::new(fs::File::create(&file).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    tar.append_data(&mut header, "restante.db", &b"x"[..]).unwrap();
    tar.finish().unwrap();
    drop(tar);
    assert!(said(&restore(&restante, &file)).contains("does not begin like one"));
    assert!(!restante.data().join("restante.db").exists());
}
