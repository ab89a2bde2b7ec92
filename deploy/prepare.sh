#!/bin/sh
# Makes what compose.yaml needs beside it: the name people use in .env, and secrets that nobody has chosen.
# Run again, also by another user than root, it changes no secret that is there; the name may change.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
refuse() { echo "$1" >&2; exit 2; }

host=$(printf '%s' "${1-}" | tr '[:upper:]' '[:lower:]')
example="the name alone under which people will reach it: sh prepare.sh post.example.org"
case $host in
  '') refuse "Say $example" ;;
  *[!a-z0-9.-]* | .* | *. | -* | *-. | *..*)
    refuse "'$1' is no name of a host. Say $example (umlauts as DNS has them: xn--…; no https://, no port)" ;;
esac

umask 077
mkdir -p secrets
random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
# Whole or not at all: written beside, then put in place. The files that are there may be read-only.
# In the containers they are read by users that are nobody here; the folder is closed to others.
put() {
  rm -f "$1.new"  # of a run that was broken off; it may be read-only
  cat >"$1.new"
  [ -s "$1.new" ] || refuse "$1 could not be written: is the disk full?"
  chmod 0444 "$1.new"
  mv -f "$1.new" "$1"
}
# An empty file is no secret: it is what was broken off.
once() { [ -s "$1" ] || put "$1"; }

random 32 | once secrets/key
random 24 | tr '+/' '-_' | once secrets/postgres_password
random 24 | tr '+/' '-_' | once secrets/objects_key
printf 'postgresql://poststelle:%s@postgres/poststelle' "$(cat secrets/postgres_password)" | put secrets/database
put secrets/objects.json <<JSON
{"identities": [{"name": "poststelle",
  "credentials": [{"accessKey": "poststelle", "secretKey": "$(cat secrets/objects_key)"}],
  "actions": ["Read:poststelle", "Write:poststelle", "List:poststelle", "Tagging:poststelle"]}]}
JSON
printf 'PUBLIC_HOST=%s\n' "$host" | put .env
chmod 0644 .env
chmod 0700 secrets

echo "Ready for https://$host. Keep a copy of $(pwd)/secrets/key apart from the database:"
echo "without it every mailbox must sign in again. Then: docker compose up --detach --build --wait"
