#!/usr/bin/env bash
# Runs each fuzz target for a while: fuzz.sh [TIME]. What breaks one is left in testdata/fuzz of its package, to be kept as a test.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-20s}

git grep -hoE '^func Fuzz\w+' -- '*_test.go' >/dev/null || { echo "no fuzz targets found" >&2; exit 1; }
git grep -oE '^func Fuzz\w+' -- '*_test.go' | while IFS=: read -r file found; do
	target=${found#func }
	echo "$target in ./$(dirname "$file")"
	go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
done
