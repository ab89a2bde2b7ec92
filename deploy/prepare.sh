#!/bin/sh
# Makes what compose.yaml needs beside it: the name people use in .env, and secrets that nobody has chosen.
# Run again, it changes no secret that is there.
set -eu
cd "$(dirname "$0")"
host=${1:?"say under which name people will reach it: sh prepare.sh post.example.org"}

umask 077
mkdir -p secrets
new() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
word() { head -c 24 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }
[ -e secrets/key ] || new >secrets/key
[ -e secrets/postgres_password ] || word >secrets/postgres_password
[ -e secrets/objects_key ] || word >secrets/objects_key
printf 'postgresql://poststelle:%s@postgres/poststelle' "$(cat secrets/postgres_password)" >secrets/database
cat >secrets/objects.json <<JSON
{"identities": [{"name": "poststelle",
  "credentials": [{"accessKey": "poststelle", "secretKey": "$(cat secrets/objects_key)"}],
  "actions": ["Read:poststelle", "Write:poststelle", "List:poststelle", "Tagging:poststelle"]}]}
JSON
printf 'PUBLIC_HOST=%s\n' "$host" >.env
# In the containers they are read by users that are nobody here; the folder is closed to others.
chmod 0444 secrets/*
chmod 0700 secrets

echo "Ready for https://$host. Keep a copy of $(pwd)/secrets/key apart from the database:"
echo "without it every mailbox must sign in again. Then: docker compose up --detach --build --wait"
