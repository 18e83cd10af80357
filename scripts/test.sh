#!/usr/bin/env bash
# Runs all tests: once plain, where the packages that keep secrets must be covered, and once with the race detector. Nothing may skip.
# Both runs are needed: the race detector slows code down tenfold, and hides what only happens at full speed.
set -euo pipefail
cd "$(dirname "$0")/.."
export LINGPAI_TEST_REQUIRE=1

with_tests() { grep --line-buffered -v 'no test files'; }

go -C bench build -o /dev/null .

echo "all tests, with coverage"
go test -count=1 -timeout=10m -cover ./... | with_tests | scripts/cover.sh -

echo "all tests, with the race detector"
go test -count=1 -timeout=10m -race ./... | with_tests
