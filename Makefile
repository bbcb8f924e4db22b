# What people and CI run. Everything is set up first, so each works on a fresh machine.

.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
BINARY ?= target/release/tellify
.PHONY: help build run plugins test crash simulate fuzz bench install uninstall deb

help: ## List these targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

build: plugins ## Build target/release/tellify, bundled plugins included.
	cargo build --release --locked --package tellify

run: build ## Build, and serve on 127.0.0.1:8355 with data in ./var.
	target/release/tellify serve --data var --listen 127.0.0.1:8355

plugins: ## Build the bundled plugins into target/plugins.
	scripts/setup
	cargo xtask plugins

# One profile throughout, so that no step compiles a dependency again.
test: ## Check and test everything.
	scripts/setup --tests
	cargo fmt --all --check
	cd plugins && cargo fmt --all --check
	cargo xtask plugins
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo xtask lint
	scripts/run-tests
	scripts/test-deb
	cd plugins && cargo test --locked --quiet
	cargo xtask tidy

crash: ## Kill, restart and flood the daemon in large numbers, and print what it kept.
	scripts/setup --tests
	cargo xtask plugins
	scripts/crash

# In the profile of the tests, so that nothing is compiled a second time.
simulate: plugins ## Live through TELLIFY_SEEDS=10000 hours of faults, or through those from TELLIFY_SEED on.
	scripts/setup --tests
	TELLIFY_SEEDS=$${TELLIFY_SEEDS:-10000} cargo test --locked --workspace --test simulate -- --nocapture

# In the profile of the tests, too.
fuzz: ## Run TELLIFY_FUZZ=100000 random plugins of each kind from TELLIFY_SEED on.
	scripts/setup --tests
	TELLIFY_FUZZ=$${TELLIFY_FUZZ:-100000} cargo test --locked --workspace --test fuzz -- --nocapture

install: ## Install what was built, under PREFIX=/usr/local and DESTDIR.
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' BINARY='$(BINARY)' scripts/install

uninstall: ## Remove that again; configuration and data stay.
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install --remove

deb: build ## Build a Debian package of it in target.
	scripts/deb

bench: plugins ## Run the benchmarks, which print ratios.
	cargo bench --locked --workspace --benches
