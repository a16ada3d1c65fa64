#!/bin/sh
# `make demo`: the main job once, from files to the API. DATA= a folder of files (else a generated
# network), PLAN= a plan file (else the shipped three-tier plan), SERVE=0 ends after the answer.
# Each pair of DATA and PLAN has a data folder of its own, so that a second run repeats nothing.
set -eu
cd "$(dirname "$0")"
say() { printf '\n== %s\n' "$*"; }

sample=.data/demo/sample
if [ -n "${DATA:-}" ]; then
    [ -d "$DATA" ] || { echo "make demo: DATA=$DATA is not a folder" >&2; exit 2; }
    files=$(cd "$DATA" && pwd)
else
    files=$sample
fi
if [ -n "${PLAN:-}" ]; then
    [ -f "$PLAN" ] || { echo "make demo: PLAN=$PLAN is not a file" >&2; exit 2; }
    PLUMBLINE_PLAN=$(.venv/bin/python -c 'import sys, tomllib; print(tomllib.load(open(sys.argv[1], "rb")).get("name", ""))' "$PLAN")
    export PLUMBLINE_PLAN
fi
pair=$(printf '%s\n' "$files" "${PLAN:+$(cd "$(dirname "$PLAN")" && pwd)/$(basename "$PLAN")}" | cksum | cut -d' ' -f1)
PLUMBLINE_DATA_FOLDER=${PLUMBLINE_DATA_FOLDER:-$PWD/.data/demo/$pair}
export PLUMBLINE_DATA_FOLDER

if [ -z "${DATA:-}" ] && [ ! -e "$sample/.complete" ]; then
    say "1/7 a network to try: 20,000 distributors and 200,000 orders, generated from seed 1"
    ./plumbline generate "$sample" --distributors 20000 --orders 200000 --seed 1
    touch "$sample/.complete"
else
    say "1/7 the files in $files"
fi

say "2/7 load them into the graph (data folder: $PLUMBLINE_DATA_FOLDER)"
./plumbline load "$files" || { code=$?; [ "$code" -eq 3 ] || exit "$code"; }

say "3/7 the embedded Neo4j"
./plumbline db start
trap './plumbline db stop >/dev/null 2>&1 || true' EXIT
trap 'exit 130' INT TERM

if [ -n "${PLAN:-}" ]; then ./plumbline plan save "$PLAN"; fi

say "4/7 a night: snapshot, structure, volumes, commissions, entries, findings"
./plumbline nightly || { code=$?; [ "$code" -eq 3 ] || exit "$code"; }

say "5/7 one order: who earned what, and why the others did not"
./plumbline explain --sample

say "6/7 what the night found on the network: the strongest findings, and what else they may be"
./plumbline findings --first 3

if [ "${SERVE:-}" = 0 ]; then
    say "7/7 the API would listen at http://127.0.0.1:${PLUMBLINE_PORT:-8000}/graphql (SERVE=0: stopping)"
else
    say "7/7 the API; Ctrl-C stops it and the database"
    ./plumbline serve
fi
