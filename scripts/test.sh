#!/usr/bin/env bash
# Runs all tests, and nothing may skip: those that see another process, such as a browser or the built server, at full speed, then those of
# the packages where coverage is demanded, then all others with the race detector, which slows code down tenfold and so finds other orders of
# events. What it slows down is not run at full speed as well: the built server is, by all that sees it from outside. scripts/lint.sh has vetted
# everything.
set -euo pipefail
cd "$(dirname "$0")/.."
export LINGPAI_TEST_REQUIRE=1

with_tests() { grep --line-buffered -v 'no test files'; }

go -C bench build -o /dev/null .

# The server, built once for all who run it. Some run it as nobody.
programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
chmod 755 "$programs"
export LINGPAI_TEST_PROGRAM=$programs/lingpai
go build -o "$LINGPAI_TEST_PROGRAM" ./cmd/lingpai

# The detector sees no other process: these are run without it. A burst is one of fewer under the detector, and so of all here.
outside='/internal/(browsertest|doctest|racetest)$'
install='^TestAnInstallOfManyPackagesReachesTheBrowser'
burst='^TestABurstOfEndings'

echo "tests of browsers, of documents and of races between processes"
go list ./... | grep -E "$outside" | xargs go test -count=1 -vet=off -timeout=25m
go test -count=1 -vet=off -run="$install|$burst" ./internal/devserver ./internal/app

echo "passwords without assembly"
go test -count=1 -vet=off -tags purego ./internal/argon2id ./internal/password

echo "clients of others"
go -C interop vet ./...
go -C interop test -count=1 -vet=off ./...

echo "the OpenID plans"
go -C conformance vet ./...
go -C conformance test -count=1 -vet=off -timeout=10m ./...

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

# Tests that are parallel here wait for others most of the time, so there may be more of them than processors.
echo "all tests within one process, with the race detector"
export LINGPAI_TEST_MANY=10000
go list ./... | grep -v -E "$outside" | xargs go test -count=1 -vet=off -timeout=30m -parallel=8 -race -skip="$install" | with_tests
