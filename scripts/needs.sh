#!/usr/bin/env bash
# Installs what the tests need and Go does not bring: git, a C compiler (race detector), PostgreSQL, Chromium, and a font with Chinese
# letters for its pages. What is there already is left alone, so that only a fresh machine needs root and a network.
set -euo pipefail

missing=()

need() { # PACKAGE, then the command that succeeds where it is there
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }
has_chinese() { [[ -n $(fc-list :lang=zh-cn file) ]]; }

need git command -v git
need gcc command -v gcc
need libc6-dev test -e /usr/include/stdlib.h
need postgresql has_postgres
need chromium test -x /usr/bin/chromium
need fontconfig command -v fc-list
need fonts-noto-cjk has_chinese

if [[ ${#missing[@]} -eq 0 ]]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "The tests need ${missing[*]} (names of Debian packages); install them and run this again." >&2
	exit 1
fi
root=()
if [[ $(id -u) -ne 0 ]]; then
	root=(sudo)
	command -v sudo >/dev/null || {
		echo "The tests need ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
		exit 1
	}
fi
echo "installing ${missing[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
