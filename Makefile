# Every target is one call of `cargo xtask`, which holds the how. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test build dev bench soak audit prerequisites

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: prerequisites ## Set up, build the release, serve http://127.0.0.1:3000 with its data in ./data
	@cargo xtask run

test: prerequisites ## Set up for testing and run everything: format, lints, unit, integration, end to end
	@cargo xtask test

build: prerequisites ## Build the release: dist/restante
	@cargo xtask build

dev: prerequisites ## Build unoptimised and serve; start it again after a change
	@cargo xtask dev

bench: prerequisites ## Measure the release beside mbsync and mpop: BENCHMARKS.md (about half an hour)
	@cargo xtask bench

soak: prerequisites ## Run the full counts of what `make test` runs a sample of: BENCHMARKS.md
	@cargo xtask soak

audit: prerequisites ## Check dependencies: banned crates, licences, sources, advisories
	@cargo xtask audit

# What cannot be installed from here, named in one line each; then the build tool itself, which takes about
# two minutes the first time and nothing afterwards.
prerequisites:
	@command -v cargo >/dev/null || { echo "error: cargo is missing: install rustup from https://rustup.rs" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "error: a C compiler is missing: apt-get install build-essential" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "error: node and npm are missing: install Node.js 20 or newer" >&2; exit 1; }
	@! command -v rustup >/dev/null || rustup show active-toolchain >/dev/null 2>&1 || rustup toolchain install --no-self-update
	@cargo build --locked --package xtask
