#!/bin/sh
# Runs a test program as an ordinary user when the tests run as root; exit status 77 means skipped.
if [ "$(id -u)" != 0 ]; then
  echo "SKIPPED: the tests already run as an ordinary user"
  exit 77
fi
if ! command -v setpriv > /dev/null; then
  echo "SKIPPED: setpriv (util-linux) is missing"
  exit 77
fi
as_user="setpriv --reuid=65532 --regid=65532 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"
if ! $as_user test -x "$1"; then
  echo "SKIPPED: an ordinary user cannot reach $1; build in a folder that others may enter"
  exit 77
fi
cd / || exit 1
unset TMPDIR
exec $as_user env HOME=/ "$@"
