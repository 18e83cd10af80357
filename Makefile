SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
FUZZTIME ?= 20s

.PHONY: help build run example quick test needs lint cover fuzz bench plans clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

build: ## build the server, static, into bin/lingpai
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/lingpai ./cmd/lingpai

run: build ## run the server on http://localhost:4401 with its data in ./data
	bin/lingpai serve --data data

example: build ## build and run the Vue example: login server, API and app behind one address
	go build -o bin/notes-api ./web/examples/vue/api
	go build -o bin/notes-run ./web/examples/vue/run
	[[ -e web/node_modules ]] || npm --prefix web ci
	npm --prefix web run build
	npm --prefix web run build -w @lingpai/example-vue
	@exec bin/notes-run $(EXAMPLE)

quick: ## run the tests; those that need what is not installed skip
	go test ./...

test: needs lint ## run the whole gate: install what it needs, lint, all tests, with the race detector where it sees something, coverage; nothing skips
	scripts/test.sh

needs: ## install what the tests need, where it is missing (Debian, as root or with sudo)
	scripts/needs.sh

lint: ## check format, vet and all linters (.golangci.yaml)
	scripts/lint.sh

cover: ## say how much of jose, session, token, keys and password the tests reach (at least 90 %), and write coverage.out
	scripts/cover.sh

fuzz: ## compare ten million made-up paths in two readings, and run each fuzz target for FUZZTIME (20s)
	scripts/fuzz.sh $(FUZZTIME)

bench: build ## measure the server from outside, and write docs/benchmarks.md
	go -C bench run . -binary ../bin/lingpai -out ../docs/benchmarks.md

plans: build ## run the OpenID conformance plans against the server, and write docs/conformance.md
	go -C conformance run . -binary ../bin/lingpai -out ../docs/conformance.md

clean: ## remove what was built
	rm -rf bin coverage.out
