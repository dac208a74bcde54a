# make run   sets up everything and starts the shop with sample data
# make test  sets up everything and passes every test

.PHONY: run test check rust-tests browser-tests prepare

run:
	@scripts/need postgres
	cargo run -- serve --sample

test: check rust-tests browser-tests

check:
	@scripts/need postgres
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

rust-tests:
	@scripts/need postgres
	cargo test --workspace

browser-tests:
	@scripts/need postgres browser
	cargo build --workspace
	cd end2end && npm ci --no-audit --no-fund && npx playwright test

# After changing a query: brings .sqlx/ up to date, on a private database.
prepare:
	@scripts/need postgres
	scripts/prepare
