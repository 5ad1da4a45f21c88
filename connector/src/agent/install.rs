//! The unit for systemd: a user made for it, no rights, and a state folder that holds the key.

use super::AgentError;
use super::allow::Pattern;
use std::path::Path;

/// Where it goes.
pub const UNIT: &str = "/etc/systemd/system/restante-connector.service";

/// The unit that runs `program` with this allow-list.
pub fn unit(program: &Path, allowed: &[Pattern]) -> String {
    let flags: Vec<String> = allowed.iter().map(|pattern| format!(" --allow {pattern}")).collect();
    let (program, allowed) = (program.display(), flags.concat());
    format!(
        "\
[Unit]
Description=Restante connector: reaches mail servers of this network for Restante
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={program} run{allowed}
Restart=always
RestartSec=2
# Revoked: somebody has to enrol it anew.
RestartPreventExitStatus=3
TimeoutStopSec=30
DynamicUser=yes
StateDirectory=restante-connector
StateDirectoryMode=0700
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
MemoryMax=512M

[Install]
WantedBy=multi-user.target
"
    )
}

/// Writes it.
///
/// # Errors
/// The disk's; most likely somebody is not root.
pub fn install(allowed: &[Pattern]) -> Result<(), AgentError> {
    let program = std::env::current_exe()?;
    std::fs::write(UNIT, unit(&program, allowed)).map_err(|error| {
        let error = std::io::Error::new(error.kind(), format!("{error} (run this as root, or add --print)"));
        AgentError::KeyFile { path: UNIT.into(), error }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_runs_what_was_asked_for() {
        let allowed = ["imap.example.org:993".parse().unwrap()];
        let unit = unit(Path::new("/usr/local/bin/restante-connector"), &allowed);
        assert!(
            unit.contains("ExecStart=/usr/local/bin/restante-connector run --allow imap.example.org:993\n")
        );
    }
}
