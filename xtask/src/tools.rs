//! What a machine needs, and getting it where it is missing. Deliberately absent: anything that may be there
//! by chance: each need is looked for, then installed, then looked for again.

use crate::command::{command, find, output, run};
use crate::house;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A program that tests call, and the Debian packages that bring it.
struct Need {
    what: &'static str,
    there: fn() -> bool,
    packages: &'static [&'static str],
}

const NEEDS: &[Need] = &[
    Need { what: "openssl", there: || find("openssl").is_some(), packages: &["openssl"] },
    Need {
        what: "dovecot",
        // IMAP and POP3 are packages of their own: the master alone is not enough.
        there: || {
            find("dovecot").is_some()
                && ["imap", "pop3"].iter().all(|name| Path::new("/usr/lib/dovecot").join(name).is_file())
        },
        packages: &["dovecot-imapd", "dovecot-pop3d"],
    },
    Need { what: "initdb (PostgreSQL)", there: || initdb().is_some(), packages: &["postgresql"] },
    Need { what: "microsocks", there: || find("microsocks").is_some(), packages: &["microsocks"] },
    Need { what: "sshd", there: || find("sshd").is_some(), packages: &["openssh-server", "openssh-client"] },
    Need { what: "tinyproxy", there: || find("tinyproxy").is_some(), packages: &["tinyproxy"] },
    Need { what: "ip (network namespaces)", there: || find("ip").is_some(), packages: &["iproute2"] },
    Need { what: "chromium", there: || chromium().is_some(), packages: &["chromium"] },
];

/// The fetchers that `bench` measures against, beside the mail server of the tests.
const PEERS: &[Need] = &[
    Need { what: "mbsync", there: || find("mbsync").is_some(), packages: &["isync"] },
    Need { what: "mpop", there: || find("mpop").is_some(), packages: &["mpop"] },
];

/// For `build`, `run` and `dev`: the wasm target and Node.
pub fn for_building() -> Result<()> {
    wasm_target()?;
    node()
}

/// For `test`: also the mail server, the database, the browser and what drives it.
pub fn for_testing() -> Result<()> {
    for_building()?;
    components()?;
    debian_packages(NEEDS)?;
    npm_packages("xtask")?;
    npm_packages("end2end")
}

/// What breaks things in the full counts, beside the tests' servers.
const BREAKERS: &[Need] =
    &[Need { what: "strace", there: || find("strace").is_some(), packages: &["strace"] }];

/// For `bench`: the tests' servers and the fetchers that are measured.
pub fn for_measuring() -> Result<()> {
    debian_packages(NEEDS)?;
    debian_packages(PEERS)
}

/// For `soak`: the tests' servers and what breaks things.
pub fn for_soaking() -> Result<()> {
    for_building()?;
    debian_packages(NEEDS)?;
    debian_packages(BREAKERS)
}

/// The browser that the end-to-end tests drive: `CHROMIUM`, or the first one that is installed.
pub fn chromium() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(|| {
        ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].into_iter().find_map(find)
    })
}

/// `npm ci` in a folder, unless its lock file is the one that is already installed.
pub fn npm_packages(folder: &str) -> Result<()> {
    let folder = house::root().join(folder);
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    let fingerprint = blake3::hash(&lock).to_hex().to_string();
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read_to_string(&stamp).is_ok_and(|stored| stored == fingerprint) {
        return Ok(());
    }
    run(command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))
        .context("npm cannot install what package-lock.json names (is the npm registry reachable?)")?;
    fs::write(stamp, fingerprint)?;
    Ok(())
}

fn wasm_target() -> Result<()> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let installed = Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir();
    if !installed {
        run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
            .context("rustup cannot add the target wasm32-unknown-unknown")?;
    }
    Ok(())
}

fn node() -> Result<()> {
    let version = output(command("node").arg("--version")).context("Node.js 20 or newer is needed")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < 20) {
        bail!("Node.js 20 or newer is needed, this is {}", version.trim());
    }
    Ok(())
}

fn components() -> Result<()> {
    for (name, probe) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if output(command(probe).arg("--version")).is_err() {
            run(command("rustup").args(["component", "add", name]))
                .with_context(|| format!("rustup cannot add the component {name}"))?;
        }
    }
    Ok(())
}

/// Debian keeps PostgreSQL's server programs off the PATH, in one folder for each version.
fn initdb() -> Option<PathBuf> {
    find("initdb").or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        versions.flatten().map(|version| version.path().join("bin/initdb")).find(|file| file.is_file())
    })
}

fn debian_packages(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    if find("apt-get").is_none() {
        bail!("missing: {names}. Without apt-get they cannot be installed from here: please install them");
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    println!("installing {}", packages.join(" "));
    apt_get(&["update", "-q"])?;
    apt_get(&[&["install", "-y", "-q", "--no-install-recommends"], packages.as_slice()].concat())?;
    match missing.iter().find(|need| !(need.there)()) {
        None => Ok(()),
        Some(need) => bail!("{} is still missing after installing {}", need.what, need.packages.join(" ")),
    }
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let root = output(command("id").arg("-u"))?.trim() == "0";
    let mut apt = if root { command("env") } else { command("sudo") };
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    run(&mut apt).context("apt-get cannot install what is needed")
}

/// The target whose programs need no library of the system, where compiler and standard library for it are here.
pub fn static_target() -> Option<&'static str> {
    const MUSL: &str = "x86_64-unknown-linux-musl";
    let mut rustc = command("rustc");
    let folder = rustc.args(["--print", "target-libdir", "--target", MUSL]).output().ok()?;
    let folder = String::from_utf8(folder.stdout).ok()?;
    let has_compiler = command("musl-gcc").arg("--version").output().is_ok();
    (has_compiler && Path::new(folder.trim()).is_dir()).then_some(MUSL)
}
