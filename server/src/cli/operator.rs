//! Who is at the command line: the operating system's name for the user that this process runs as, for the audit.

use model::Actor;
use std::fs;

/// Whoever runs this command. A user without a name here (a directory service, a container) is called by their number.
pub fn operator() -> Actor {
    let user = user_id().map(|id| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        name_of(id, &users).unwrap_or_else(|| format!("uid {id}"))
    });
    Actor::CommandLine { user: user.unwrap_or_else(|| "unknown".to_owned()) }
}

/// The environment says who somebody claims to be; the owner of our own entry in /proc is who we are.
#[cfg(unix)]
fn user_id() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").ok().map(|entry| entry.uid())
}

#[cfg(not(unix))]
fn user_id() -> Option<u32> {
    None
}

/// The name in a line such as `ana:x:1000:1000:…` (passwd(5)).
fn name_of(id: u32, users: &str) -> Option<String> {
    let id = id.to_string();
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_user_is_called_by_name_where_there_is_one() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:7::/:\nana:x:1000:1000:Ana:/home/ana:/bin/sh\n";
        assert_eq!(name_of(1000, users).as_deref(), Some("ana"));
        assert_eq!(name_of(0, users).as_deref(), Some("root"));
        assert_eq!((name_of(7, users), name_of(100, users)), (None, None));
    }
}
