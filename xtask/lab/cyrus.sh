#!/bin/sh
# Runs a throw-away Cyrus IMAP 3 in the foreground on 127.0.0.1, until SIGTERM, in a root of its own (root.sh).
#
#   cyrus.sh DIR IMAP IMAPS POP3 POP3S USER...
#
# IMAP and POP3 offer STARTTLS/STLS; IMAPS and POP3S are TLS from the first byte. Each USER signs in with the password
# `secret1` and gets an INBOX by signing in over IMAP. Names of folders are Cyrus 3's own: `/` between them, and none
# below INBOX. Everything that it writes is inside DIR. Needs root rights.
set -eu
# shellcheck source=root.sh
. "$(dirname "$0")/root.sh"

[ $# -ge 6 ] || { echo "usage: cyrus.sh DIR IMAP IMAPS POP3 POP3S USER..." >&2; exit 2; }
mkdir -p "$1/cyrus"
dir=$(cd "$1/cyrus" && pwd -P)
imap=$2 imaps=$3 pop3=$4 pop3s=$5
shift 5
make_root cyrus cyrus-imapd cyrus-pop3d sasl2-bin

mkdir -p "$dir/etc" "$dir/mail" "$dir/state/db" "$dir/state/socket"
certificate "$dir"
cat >"$dir/etc/imapd.conf" <<CONF
servername: lab
configdirectory: /srv/state
proc_path: /srv/state/proc
mboxname_lockpath: /srv/state/lock
defaultpartition: default
partition-default: /srv/mail
admins: nobody
altnamespace: yes
unixhierarchysep: yes
autocreate_quota: 0
popminpoll: 0
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /srv/sasldb
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-256
tls_server_cert: /srv/cert.pem
tls_server_key: /srv/key.pem
CONF
# Every program of Cyrus has to be told where its settings are.
conf=/etc/cyrus/imapd.conf
cat >"$dir/etc/cyrus.conf" <<CONF
START {
  recover cmd="ctl_cyrusdb -C $conf -r"
}
SERVICES {
  imap cmd="imapd -C $conf" listen="127.0.0.1:$imap" prefork=1
  imaps cmd="imapd -C $conf -s" listen="127.0.0.1:$imaps" prefork=0
  pop3 cmd="pop3d -C $conf" listen="127.0.0.1:$pop3" prefork=0
  pop3s cmd="pop3d -C $conf -s" listen="127.0.0.1:$pop3s" prefork=0
}
EVENTS {
  checkpoint cmd="ctl_cyrusdb -C $conf -c" period=30
}
CONF
printf '%s\n' "$@" >"$dir/users"
cat >"$dir/start" <<'START'
while read -r user; do
  printf 'secret1\n' | saslpasswd2 -p -c -f /srv/sasldb -u lab "$user"
done </srv/users
chown -R cyrus:mail /srv/state /srv/mail /srv/sasldb /srv/key.pem
exec cyrmaster -D -C /etc/cyrus/imapd.conf -M /etc/cyrus/cyrus.conf -p /run/master.pid
START
run_in_root "$dir" /etc/cyrus
