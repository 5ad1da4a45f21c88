#!/bin/sh
# Runs a throw-away Dovecot in the foreground on 127.0.0.1, until SIGTERM.
#
#   dovecot.sh DIR IMAP IMAPS POP3 POP3S [INTROSPECTION [MECHANISMS]]
#
# IMAP and POP3 offer STARTTLS/STLS; IMAPS and POP3S are TLS from the first byte. Any user name signs in with
# the password `secret1`. Mail lies in DIR/mail/USER/Maildir; the certificate is DIR/cert.pem, self-signed for
# localhost and 127.0.0.1. With the URL of an authorization server's introspection (RFC 7662) tokens sign
# in as well, by these mechanisms (`xoauth2 oauthbearer`).
# Everything that it writes is inside DIR. The port answers within a second or two.
#
# As root the mail belongs to `nobody`, otherwise to whoever runs this: a test that runs as root and writes a
# Maildir itself gives the folders and files to the owner of DIR/mail.
set -eu
PATH="$PATH:/usr/sbin:/sbin"

[ $# -ge 5 ] && [ $# -le 7 ] \
  || { echo "usage: dovecot.sh DIR IMAP IMAPS POP3 POP3S [INTROSPECTION [MECHANISMS]]" >&2; exit 2; }
imap=$2 imaps=$3 pop3=$4 pop3s=$5
for tool in dovecot openssl; do
  command -v "$tool" >/dev/null || { echo "dovecot.sh: '$tool' is not installed" >&2; exit 1; }
done

mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
mkdir -p "$dir/run" "$dir/state" "$dir/mail"

if [ ! -s "$dir/key.pem" ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log" \
    || { cat "$dir/openssl.log" >&2; exit 1; }
fi

if [ "$(id -u)" -eq 0 ]; then
  user=nobody group=nogroup
  # A temporary folder belongs to its maker alone; the server runs as nobody and must pass through it.
  way=$dir
  while [ "$way" != / ] && [ "$way" != "${TMPDIR:-/tmp}" ]; do
    chmod a+x "$way"
    way=$(dirname "$way")
    case "$way" in "${TMPDIR:-/tmp}"/*) ;; *) break ;; esac
  done
  chown -R nobody:nogroup "$dir/run" "$dir/state" "$dir/mail"
else
  user=$(id -un) group=$(id -gn)
fi

mechanisms="plain login scram-sha-256" tokens=
if [ $# -ge 6 ]; then
  by=${7:-xoauth2 oauthbearer}
  mechanisms="$mechanisms $by"
  tokens="passdb {
  driver = oauth2
  mechanisms = $by
  args = $dir/oauth2.conf
}"
  cat >"$dir/oauth2.conf" <<CONF
introspection_mode = post
introspection_url = $6
username_attribute = username
active_attribute = active
active_value = true
CONF
fi

# Every user of the lab is one person of the system: the mail's owner.
cat >"$dir/dovecot.conf" <<CONF
base_dir = $dir/run
state_dir = $dir/state
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
default_login_user = $user
default_internal_user = $user
default_internal_group = $group
ssl = yes
ssl_cert = <$dir/cert.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
auth_mechanisms = $mechanisms
# Guessing is not slowed down: one wrong password of a test would cost seconds (also anvil, below).
auth_failure_delay = 0
mail_max_userip_connections = 1000
default_client_limit = 2000
mail_fsync = never
$tokens
passdb {
  driver = static
  args = password=secret1
}
userdb {
  driver = static
  args = uid=$user gid=$group home=$dir/mail/%n
}
mail_location = maildir:~/Maildir
first_valid_uid = 0
first_valid_gid = 0
namespace inbox {
  inbox = yes
}
protocol imap {
  mail_plugins = imap_zlib
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  process_limit = 500
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service pop3-login {
  chroot =
  process_limit = 500
  inet_listener pop3 {
    port = $pop3
  }
  inet_listener pop3s {
    port = $pop3s
    ssl = yes
  }
}
service imap {
  process_limit = 500
}
service pop3 {
  process_limit = 500
}
CONF

exec dovecot -F -c "$dir/dovecot.conf"
