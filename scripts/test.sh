#!/usr/bin/env bash
# Runs all tests: once plain, where the packages that keep secrets must be covered, and once with the race detector. Nothing may skip.
set -euo pipefail
cd "$(dirname "$0")/.."
export LINGPAI_TEST_REQUIRE=1

# Where goroutines meet. The SQLite engine is C translated to Go, ten times slower under the race detector, and the file system is what
# its tests wait for; so the packages that only pass through it are left to the plain run.
racing="${RACING:-./...}"

go build ./...
go -C bench build -o /dev/null .

echo "tests with coverage"
go test -count=1 -timeout=10m -cover ./... | grep -v 'no test files' | scripts/cover.sh -

echo "tests with the race detector"
# shellcheck disable=SC2086 # a list of packages
go test -count=1 -timeout=10m -race $racing | grep -v 'no test files'
