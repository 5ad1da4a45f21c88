#!/bin/sh
# Runs a throw-away Courier in the foreground on 127.0.0.1, until SIGTERM, in a root of its own (root.sh).
#
#   courier.sh DIR IMAP IMAPS POP3 POP3S USER...
#
# IMAP and POP3 offer STARTTLS/STLS; IMAPS and POP3S are TLS from the first byte. Each USER signs in with the password
# `secret1`. Every folder is below INBOX, with `.` between their names. Everything that it writes is inside DIR. Needs
# root rights.
set -eu
# shellcheck source=root.sh
. "$(dirname "$0")/root.sh"

[ $# -ge 6 ] || { echo "usage: courier.sh DIR IMAP IMAPS POP3 POP3S USER..." >&2; exit 2; }
mkdir -p "$1/courier"
dir=$(cd "$1/courier" && pwd -P)
imap=$2 imaps=$3 pop3=$4 pop3s=$5
shift 5
make_root courier courier-imap courier-pop courier-authlib-userdb

mkdir -p "$dir/etc" "$dir/mail"
certificate "$dir"
cat "$dir/key.pem" "$dir/cert.pem" >"$dir/both.pem"
printf '%s\n' authmodulelist=authuserdb daemons=5 authdaemonvar=/run/courier/authdaemon >"$dir/etc/authdaemonrc"
password=$(openssl passwd -1 secret1)
for user in "$@"; do
  mkdir -p "$dir/mail/$user/Maildir/new" "$dir/mail/$user/Maildir/cur" "$dir/mail/$user/Maildir/tmp"
  printf '%s\tuid=65534|gid=65534|home=/srv/mail/%s|mail=/srv/mail/%s/Maildir|systempw=%s\n' \
    "$user" "$user" "$user" "$password"
done >"$dir/etc/userdb"
chmod 600 "$dir/etc/userdb"
# What Debian's /etc/courier/imapd, pop3d and their -ssl files say, but for the limits.
cat >"$dir/start" <<START
chown -R nobody:nogroup /srv/mail
chown courier:courier /srv/both.pem
makeuserdb
mkdir -p /run/courier/authdaemon
export TLS_CERTFILE=/srv/both.pem TLS_VERIFYPEER=NONE COURIERTLS=/usr/bin/couriertls
export MAILDIRPATH=Maildir IMAP_USELOCKS=1 IMAP_MAILBOX_SANITY_CHECK=1 IMAP_KEYWORDS=1 IMAP_ACL=1
export IMAP_IDLE_TIMEOUT=60 IMAP_TLS_REQUIRED=0 IMAP_EMPTYTRASH=Trash:7 IMAP_CHECK_ALL_FOLDERS=0
export IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
export IMAP_CAPABILITY_TLS="\$IMAP_CAPABILITY AUTH=PLAIN"
export POP3AUTH= POP3AUTH_TLS="LOGIN PLAIN" POP3_STARTTLS=YES POP3_TLS_REQUIRED=0
listen() { couriertcpd -address=127.0.0.1 -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup "\$@" & }
courier=/usr/lib/courier/courier
(set -a && . /etc/courier/authdaemonrc && exec /usr/lib/courier/courier-authlib/authdaemond) &
IMAP_STARTTLS=YES listen $imap \$courier/imaplogin /usr/bin/imapd Maildir
IMAP_TLS=1 listen $imaps /usr/bin/couriertls -server -tcpd -user=courier \$courier/imaplogin /usr/bin/imapd Maildir
listen $pop3 \$courier/courierpop3login \$courier/courierpop3d Maildir
POP3_TLS=1 listen $pop3s /usr/bin/couriertls -server -tcpd -user=courier \$courier/courierpop3login \$courier/courierpop3d Maildir
wait
START
run_in_root "$dir" /etc/courier
