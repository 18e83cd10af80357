#!/usr/bin/env bash
# Says how much of each package its own tests reach, and fails where a package that keeps secrets is reached too little.
# cover.sh - reads the output of go test -cover on standard input; cover.sh alone runs the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

least=90
guarded="jose session token keys password"

measure() { go test -coverprofile=coverage.out ./... | grep --line-buffered -v "no test files"; }

judge() {
	awk -v least="$least" -v guarded="$guarded" '
		BEGIN { n = split(guarded, names, " "); for (i = 1; i <= n; i++) wanted["github.com/lingpai/lingpai/internal/" names[i]] = 1 }
		{ print; fflush() }
		$1 == "ok" && match($0, /coverage: [0-9.]+%/) {
			percent = substr($0, RSTART + 10, RLENGTH - 11) + 0
			if ($2 in wanted && percent < least) { low = low sprintf("%s: %.1f%% of statements, at least %d%% are wanted\n", $2, percent, least) }
			delete wanted[$2]
		}
		END {
			for (p in wanted) low = low p ": no coverage was measured\n"
			if (low != "") { printf "%s", low; exit 1 }
		}'
}

if [[ ${1:-} == - ]]; then judge; else measure | judge; fi
