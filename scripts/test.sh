#!/usr/bin/env bash
# Runs all tests, and nothing may skip: at full speed, then with coverage where it is demanded, then with the race detector, which slows
# code down tenfold and so finds other orders of events.
set -euo pipefail
cd "$(dirname "$0")/.."
export LINGPAI_TEST_REQUIRE=1

with_tests() { grep --line-buffered -v 'no test files'; }

go -C bench build -o /dev/null .

# What scripts/cover.sh runs further down is not run twice.
echo "all tests"
go list ./... | grep -v -E '/internal/(jose|session|token|keys|password)$' | xargs go test -count=1 -timeout=25m | with_tests

echo "passwords without assembly"
go test -count=1 -tags purego ./internal/argon2id ./internal/password

echo "clients of others"
go -C interop vet ./...
go -C interop test -count=1 ./...

echo "the OpenID plans"
go -C conformance vet ./...
go -C conformance test -count=1 -timeout=10m ./...

echo "the web packages"
npm --prefix web run --silent build
npm --prefix web run --silent check --workspace lingpai
npm --prefix web run --silent test --workspace lingpai

# Built once, above.
export WEB_BUILT=1

echo "the Vue example, in Chromium"
npm --prefix web run --silent check --workspace @lingpai/example-vue
npm --prefix web run --silent build --workspace @lingpai/example-vue
npm --prefix web test --silent --ignore-scripts --workspace @lingpai/example-vue

echo "the browser client and clients of others against the server, in Chromium"
npm --prefix web run --silent check --workspace @lingpai/e2e
npm --prefix web test --silent --workspace @lingpai/e2e

echo "coverage"
scripts/cover.sh

# What drives a browser, npm or programs that were built is left out: the server's part of it is in the tests of internal/app, and the detector
# sees no other process.
echo "all tests within one process, with the race detector"
go list ./... | grep -v -E '/internal/(browsertest|doctest|racetest)$' |
	xargs go test -count=1 -timeout=30m -race -skip='^TestAnInstallOfManyPackagesReachesTheBrowser' | with_tests
