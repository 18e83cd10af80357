#!/usr/bin/env bash
# Checks what can be seen without running anything. The linter is pinned in tools/go.mod and kept built in Go's own cache.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [[ -n $unformatted ]]; then
	echo "not formatted (gofmt -w):" >&2
	echo "$unformatted" >&2
	exit 1
fi
go vet ./...
go tool -modfile=tools/go.mod golangci-lint run ./...
go -C bench vet ./...
