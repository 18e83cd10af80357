#!/usr/bin/env bash
# Installs what the tests need and Go does not bring: git, a C compiler (race detector), PostgreSQL, Chromium, a font with Chinese
# letters for its pages, nginx and Caddy (gateway), openssl (certificates of clients), and the npm packages of web/. What is there already is left alone, so that only a fresh machine needs root and a
# network.
set -euo pipefail
cd "$(dirname "$0")/.."

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
need chromium-headless-shell test -x /usr/bin/chromium-headless-shell
need nginx-light test -x /usr/sbin/nginx
need caddy test -x /usr/bin/caddy
need openssl command -v openssl
need fontconfig command -v fc-list
need fonts-noto-cjk has_chinese

install() {
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
}

if [[ ${#missing[@]} -gt 0 ]]; then
	install
fi

command -v node >/dev/null || {
	echo "The tests need Node 20 or newer; install it and run this again." >&2
	exit 1
}
if [[ ! -e web/node_modules/.package-lock.json || web/package-lock.json -nt web/node_modules/.package-lock.json ]]; then
	echo "installing the npm packages of web/"
	npm --prefix web ci --silent
fi
