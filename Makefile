# make run   sets up everything and starts the shop with sample data
# make dev   the same, and builds and starts it anew whenever a source changes; what is in the shop stays
# make test  sets up everything and passes every test
# make quick the tests of the rules alone
# make doc   what the sources say of themselves, as pages
# make fix   puts right what can be put right by itself: layout, simple lints, .sqlx
# make new-migration NAME=what_it_does
# make bench measures how quickly pages and the JSON API answer, of a small shop and of a big one
# make api-tests-long sends ten times as many requests to the JSON API as the tests do

.PHONY: run dev test quick check doc fix rust-tests bucket-tests api-tests api-tests-long browser-tests bench prepare new-migration

# Tools that `scripts/need` builds.
export PATH := $(abspath $(or $(CARGO_TARGET_DIR),target))/tools/bin:$(PATH)

# What stands in `view!` is laid out by leptosfmt, then all by rustfmt.
VIEWS := "app/src/**/*.rs"

run:
	@scripts/need postgres
	cargo run -- serve --sample

# The shop is asked to stop, as by Ctrl-C, and has its time for it: the embedded database ends and begins with it and loses nothing.
# Stylesheets, scripts and pictures are read from the tree anyway.
dev:
	@scripts/need postgres watcher
	watchexec --shell none --restart --stop-signal SIGTERM --stop-timeout 30s --debounce 300ms \
	  --watch src --watch app/src --watch sandbox/src --watch migrations --watch templates --watch words --watch Cargo.toml \
	  -- cargo run -- serve --sample

test: check rust-tests bucket-tests api-tests browser-tests

check:
	@scripts/need postgres views
	cargo fmt --all --check
	leptosfmt --quiet --check $(VIEWS)
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) --no-print-directory doc

# Fails on links that lead nowhere.
doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

quick:
	@scripts/need postgres
	cargo test -p shop

fix:
	@scripts/need postgres sqlx views
	leptosfmt --quiet $(VIEWS)
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
	scripts/prepare

rust-tests:
	@scripts/need postgres
	cargo test --workspace --no-fail-fast

# Pictures in a bucket, beside a server that speaks S3. A plain `cargo test` leaves these out.
bucket-tests:
	@scripts/need postgres python
	scripts/with-moto cargo test --workspace --test it pictures:: -- --ignored

# Webhooks, received with the libraries of their receivers; and the JSON API against its own description, as each kind of caller.
api-tests:
	@scripts/need postgres python
	cargo build --workspace
	"$$(scripts/venv webhooks)/bin/python" scripts/check_webhooks.py
	"$$(scripts/venv webhooks)/bin/python" scripts/check_channel.py
	scripts/fuzz-api 1000

api-tests-long:
	@scripts/need postgres python
	cargo build --workspace
	scripts/fuzz-api 10000

browser-tests:
	@scripts/need postgres browser
	cargo build --workspace
	cd end2end && npm ci --no-audit --no-fund && npx playwright test

bench:
	@scripts/need postgres
	cargo bench -p ironmonger --bench speed

# After changing a query: brings .sqlx/ up to date, on a private database.
prepare:
	@scripts/need postgres sqlx
	scripts/prepare

# An empty file in migrations/, named by the moment. migrations/README.md says what goes into it.
new-migration:
	@scripts/new-migration "$(NAME)"
