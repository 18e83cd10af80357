#!/usr/bin/env bash
# Compares ten million made-up paths, and runs each fuzz target for a while: fuzz.sh [TIME]. What breaks one is left in testdata/fuzz of its package, to be kept as a test.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-20s}

LINGPAI_TEST_PATHS=10000000 go test ./internal/gateway -count=1 -run 'TestVerdictAndAppNeverDifferOnAPath' -v -timeout 1h

git grep -hoE '^func Fuzz\w+' -- '*_test.go' >/dev/null || { echo "no fuzz targets found" >&2; exit 1; }
git grep -oE '^func Fuzz\w+' -- '*_test.go' | while IFS=: read -r file found; do
	target=${found#func }
	echo "$target in ./$(dirname "$file")"
	go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
done
