# shellcheck shell=sh
# A Debian of its own for a mail server whose package conflicts with Dovecot's. Sourced by cyrus.sh and courier.sh.
#
#   make_root NAME PACKAGE...    makes the root where it is not there yet, and sets $root
#   run_in_root DIR TARGET       runs DIR/start in it, with DIR as /srv and DIR/etc as TARGET, until SIGTERM
#
# The packages and all that they need come from where apt is configured to get them, without a word of what is
# installed here; they are unpacked, not installed, so nothing of them runs. A root is made once, below cargo's
# target folder, and holds nothing of a run. It is entered in namespaces of its own: its mounts are seen by nobody
# else, and whatever a server starts ends with it.

PATH="$PATH:/usr/sbin:/sbin"
me=$(basename "$0")
house=$(cd "$(dirname "$0")/../.." && pwd -P)

fail() { echo "$me: $1" >&2; exit 1; }

make_root() {
  name=$1
  shift
  [ "$(id -u)" -eq 0 ] || fail "needs root rights: $name runs in a root of its own, which chroot enters"
  for tool in apt-get dpkg-deb tar flock unshare setpriv chroot openssl; do
    command -v "$tool" >/dev/null || fail "'$tool' is not installed"
  done
  cache=${CARGO_TARGET_DIR:-$house/target}/lab
  mkdir -p "$cache"
  cache=$(cd "$cache" && pwd -P)
  root=$cache/$name
  # Two tests may want it at once: the second one waits for the first one's.
  exec 9>"$root.lock"
  flock 9
  [ -e "$root" ] || unpack "$@"
  exec 9>&-
}

unpack() {
  rm -rf "$root.new" "$root.debs"
  mkdir -p "$root.debs/partial"
  : >"$root.debs/status"
  # With nothing installed, apt does not bring along what Debian takes for granted.
  set -- dash coreutils sed "$@"
  download "$@" || { apt-get -qq update >&2 && download "$@"; } || fail "apt-get cannot download $*"
  mkdir -p "$root.new/dev" "$root.new/proc" "$root.new/srv" "$root.new/run" "$root.new/tmp" "$root.new/etc"
  # Debian keeps these in /usr; the packages name both.
  for folder in bin sbin lib lib64; do
    mkdir -p "$root.new/usr/$folder"
    ln -s "usr/$folder" "$root.new/$folder"
  done
  for package in "$root.debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root.new"
  done
  # What the packages' own scripts would do, as far as it is needed.
  ln -sf dash "$root.new/bin/sh"
  mknod -m 666 "$root.new/dev/null" c 1 3
  mknod -m 666 "$root.new/dev/urandom" c 1 9
  ln -s urandom "$root.new/dev/random"
  printf '%s\n' root:x:0:0::/:/bin/sh cyrus:x:900:8::/srv:/bin/sh courier:x:901:901::/srv:/bin/sh \
    nobody:x:65534:65534::/:/bin/false >"$root.new/etc/passwd"
  printf '%s\n' root:x:0: mail:x:8: courier:x:901: nogroup:x:65534: >"$root.new/etc/group"
  printf '127.0.0.1 localhost\n' >"$root.new/etc/hosts"
  rm -rf "$root.debs"
  mv "$root.new" "$root"
}

download() {
  apt-get -qq -y --no-install-recommends --download-only -o APT::Sandbox::User=root -o Debug::NoLocking=1 \
    -o Dir::State::status="$root.debs/status" -o Dir::Cache::archives="$root.debs" install "$@" >&2
}

run_in_root() {
  # The script that runs inside is process 1 of its namespace: with it ends everything that it started.
  # shellcheck disable=SC2016 # expanded by the inner shell
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child sh -euc '
    mkdir -p "$1$3"
    mount --bind "$2" "$1/srv"
    mount --bind "$2/etc" "$1$3"
    mount -t tmpfs -o mode=755 run "$1/run"
    mount -t tmpfs -o mode=1777 tmp "$1/tmp"
    mount -t proc proc "$1/proc"
    exec env -i PATH=/usr/sbin:/usr/bin chroot "$1" /bin/sh -eu /srv/start
  ' sh "$root" "$1" "$2" &
  outside=$!
  stopped=
  trap 'stopped=yes; end' TERM INT HUP
  status=0
  wait "$outside" || status=$?
  # A trapped signal ends the first wait early: the second one waits for the end.
  if [ -n "$stopped" ]; then
    wait "$outside" || true
    status=0
  fi
  exit "$status"
}

# The kernel ends the namespace before its process 1 counts as ended, so that the ports are free afterwards.
end() {
  inside=
  read -r inside <"/proc/$outside/task/$outside/children" || true
  kill -KILL ${inside:-"$outside"} 2>/dev/null || true
}

certificate() {
  [ -s "$1/key.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$1/key.pem" -out "$1/cert.pem" 2>"$1/openssl.log" || { cat "$1/openssl.log" >&2; exit 1; }
}
