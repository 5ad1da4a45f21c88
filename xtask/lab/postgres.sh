#!/bin/sh
# Runs a throw-away PostgreSQL cluster in the foreground on 127.0.0.1, until SIGTERM.
#
#   postgres.sh DIR PORT
#
# Any role may sign in without a password; `postgres` is the superuser:
# postgres://postgres@127.0.0.1:PORT/postgres. Everything that it writes is inside DIR, and nothing is synced to
# disk: the cluster is for tests. As root the cluster runs as `nobody`, since PostgreSQL refuses to run as root.
set -eu

[ $# -eq 2 ] || { echo "usage: postgres.sh DIR PORT" >&2; exit 2; }
port=$2

# Debian keeps the server's programs off the PATH, one folder for each version: the newest one wins.
if ! command -v initdb >/dev/null; then
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$bin" ] && [ -x "$bin/initdb" ] || { echo "postgres.sh: no initdb on PATH nor in /usr/lib/postgresql" >&2; exit 1; }
  PATH="$bin:$PATH"
fi

mkdir -p "$1"
dir=$(cd "$1" && pwd -P)

# The cluster has a folder of its own, so that DIR itself keeps its owner.
mkdir -p "$dir/cluster"
run="setpriv --pdeathsig INT"
if [ "$(id -u)" -eq 0 ]; then
  # A temporary folder belongs to its maker alone; the server runs as nobody and must pass through it.
  way=$dir
  while [ "$way" != / ] && [ "$way" != "${TMPDIR:-/tmp}" ]; do
    chmod a+x "$way"
    way=$(dirname "$way")
    case "$way" in "${TMPDIR:-/tmp}"/*) ;; *) break ;; esac
  done
  chown nobody:nogroup "$dir/cluster"
  run="$run --reuid=nobody --regid=nogroup --clear-groups"
fi

cd "$dir/cluster"
if [ ! -s "$dir/cluster/data/PG_VERSION" ]; then
  # shellcheck disable=SC2086 # a prefix of several words
  $run initdb -D "$dir/cluster/data" -U postgres -A trust --no-sync -E UTF8 --no-locale >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; exit 1; }
fi

# SIGTERM would make PostgreSQL wait for its last client; SIGINT disconnects them. The same signal reaches it
# when this shell is killed outright. Unix sockets have a path limit of about 100 bytes, so none is made.
# shellcheck disable=SC2086
$run postgres -D "$dir/cluster/data" -h 127.0.0.1 -p "$port" -c unix_socket_directories= \
  -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 &
server=$!
trap 'kill -INT "$server" 2>/dev/null' TERM INT HUP
status=0
wait "$server" || status=$?
# A trapped signal ends the first wait early: the second one waits for the server's own end.
if kill -0 "$server" 2>/dev/null; then
  status=0
  wait "$server" || status=$?
fi
exit "$status"
