//! Accounts from a CSV file on the command line, against a real server: what would be made, what was made, what was left
//! out and why; and no password where it does not belong.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::fs;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::restante::Restante;

fn answer(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn outcomes(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

fn wrong_fields(row: &Value) -> Vec<&str> {
    row["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[test]
fn a_file_of_accounts_is_read_tested_and_imported() {
    let mail = Dovecot::start();
    let restante = Restante::new();
    mail.deliver("ana", 0, &message(0));
    restante.add_account("There already", "imap", mail.imap, "none", &[]);
    let server = format!("127.0.0.1,{},none", mail.imap);
    let rows = [
        "name,address,port,security,user name,password,credential,keep_copy,tags".to_owned(),
        format!("Ana,{server},ana,{PASSWORD},,,\"north, Sales\""),
        format!("Ana again,{server},,,Ana,,"),
        format!("There already,{server},x,y,Another,,"),
        format!("Odd,{server},x,y,,perhaps,"),
        format!("Nobody,{server},,,,,"),
        format!("Stranger,{server},,,No such,,"),
        format!("Ana,{server},x,y,z,,"),
        format!("Locked out,{server},ana,not it,,,"),
    ];
    let file = restante.data().join("accounts.csv");
    fs::write(&file, rows.join("\n")).unwrap();
    let import = ["account", "import", "--json", "--from", file.to_str().unwrap()];

    let dry = restante.run(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(1), "some rows are wrong: {dry:?}");
    let dry = answer(&dry);
    let expected = ["ready", "ready", "wrong", "wrong", "wrong", "wrong", "wrong", "ready"];
    assert_eq!(outcomes(&dry), expected, "{dry}");
    let wrong: Vec<_> = (2..7).map(|row| wrong_fields(&dry["rows"][row])).collect();
    assert_eq!(wrong, [["name"], ["keep_copy"], ["credential"], ["credential"], ["name"]]);
    assert_eq!(dry["rows"][7]["line"], 9);
    assert_eq!(restante.json(&["account", "list"]).as_array().unwrap().len(), 1, "nothing was changed");

    let made = restante.run(&[&import[..], &["--test"]].concat());
    assert_eq!(made.status.code(), Some(1), "{made:?}");
    let told = String::from_utf8_lossy(&made.stdout).into_owned() + &String::from_utf8_lossy(&made.stderr);
    assert!(!told.contains(PASSWORD) && !told.contains("not it"), "{told}");
    let made = answer(&made);
    // The second names the first one's credential, which is not there before the first is made.
    assert_eq!(outcomes(&made)[0], "created", "{made}");
    let locked = &made["rows"][7];
    assert_eq!((&locked["outcome"], wrong_fields(locked)), (&json!("wrong"), vec!["connection"]));
    let ana = restante.json(&["account", "show", "Ana"]);
    assert_eq!((&ana["tags"], &ana["credential"]), (&json!(["north", "Sales"]), &json!("Ana")));
    assert_eq!(restante.check("Ana")["new"], 1);

    let again = restante.run(&import);
    let again = answer(&again);
    assert_eq!(outcomes(&again)[..2], ["wrong", "created"], "what is there is left alone: {again}");
    assert_eq!(restante.check("Ana again")["new"], 1);
    let all = restante.json(&["account", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 4, "{all}");
}

#[test]
fn what_is_no_file_of_accounts_changes_nothing() {
    let restante = Restante::new();
    for text in ["", "colour\nred", "name,address,colour\na,b.example,red"] {
        let output = restante.run_with(&["account", "import", "--from", "-"], text);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!output.stderr.is_empty());
    }
    let absent = restante.run(&["account", "import", "--from", "/nowhere/accounts.csv"]);
    assert_eq!(absent.status.code(), Some(1), "{absent:?}");
    assert_eq!(restante.json(&["account", "list"]), json!([]));
}

#[test]
fn a_row_names_its_network_connector() {
    let restante = Restante::new();
    let arguments = ["connector", "add", "--name", "Branch", "--address", "proxy.example.org"];
    assert!(restante.run(&arguments).status.success());
    let rows = [
        "name,address,security,user name,password,automatic check,network connector".to_owned(),
        format!("Named,mail.example.org,ssl,a,{PASSWORD},no,Branch"),
        format!("Direct,mail.example.org,ssl,b,{PASSWORD},no,"),
        format!("Nobody,mail.example.org,ssl,c,{PASSWORD},no,No such"),
        format!("Inherits,mail.example.org,ssl,d,{PASSWORD},no,default"),
    ];
    let file = restante.data().join("accounts.csv");
    fs::write(&file, rows.join("\n")).unwrap();
    let made = answer(&restante.run(&["account", "import", "--json", "--from", file.to_str().unwrap()]));
    assert_eq!(outcomes(&made), ["created", "created", "wrong", "wrong"], "{made}");
    for row in 2..4 {
        assert_eq!(wrong_fields(&made["rows"][row]), ["network_connector"], "{made}");
    }
    let connector = |name: &str| restante.json(&["account", "show", name])["connector"].clone();
    assert_eq!((connector("Named"), connector("Direct")), (json!("Branch"), json!("none")));
}
