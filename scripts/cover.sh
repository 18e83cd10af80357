#!/usr/bin/env bash
# Says how much of the packages that keep secrets is reached by their own tests, and fails where that is too little. What the tests
# reach line by line is left in coverage.out: go tool cover -html=coverage.out
set -euo pipefail
cd "$(dirname "$0")/.."

least=90
guarded=(./internal/jose ./internal/session ./internal/token ./internal/keys ./internal/password ./internal/webauthn)

go test -count=1 -timeout=5m -coverprofile=coverage.out "${guarded[@]}" | awk -v least="$least" -v wanted="${#guarded[@]}" '
	{ print; fflush() }
	match($0, /coverage: [0-9.]+%/) {
		measured++
		if (substr($0, RSTART + 10, RLENGTH - 11) + 0 < least) { low = low " " $2 }
	}
	END {
		if (low != "") print "less than " least "% of statements are reached in" low
		if (low != "" || measured != wanted) exit 1
	}'
