# Every target that needs PostgreSQL, PgBouncer or a browser finds the programs, or installs them and says so.

CARGO ?= cargo

.PHONY: help demo needs test versions poolers lint doc ci

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

demo: ## Run the example; with DATABASE_URL set, on that server
	@test -n "$$DATABASE_URL" || sh scripts/need-postgres.sh
	$(CARGO) run -p example-app

needs: ## Install what the tests need and this machine has not
	@sh scripts/need-postgres.sh
	@sh scripts/need-pgbouncer.sh
	@sh scripts/need-chromium.sh
	@sh scripts/need-openssl.sh

test: needs ## Run all tests, on private servers
	$(CARGO) test --workspace

versions: needs ## Run the tests that talk to a server on each supported version
	sh scripts/test-on.sh 14 15 16 17 18

poolers: needs ## Run the tests that go through PgBouncer on an old and a new version
	sh scripts/test-behind.sh 1.18 1.24

lint: ## Check the formatting and the lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc: ## Build the documentation
	RUSTDOCFLAGS=-Dwarnings $(CARGO) doc --workspace --no-deps --locked

ci: ## Run the whole gate
	bash .ci/run
