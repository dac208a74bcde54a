# make run   sets up everything and starts the shop with sample data
# make test  sets up everything and passes every test
# make bench measures how quickly pages and the JSON API answer, of a small shop and of a big one
# make api-tests-long sends ten times as many requests to the JSON API as the tests do

.PHONY: run test check rust-tests bucket-tests api-tests api-tests-long browser-tests bench prepare

run:
	@scripts/need postgres
	cargo run -- serve --sample

test: check rust-tests bucket-tests api-tests browser-tests

check:
	@scripts/need postgres
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

rust-tests:
	@scripts/need postgres
	cargo test --workspace --no-fail-fast

# Pictures in a bucket, beside a server that speaks S3. A plain `cargo test` leaves these out.
bucket-tests:
	@scripts/need postgres python
	scripts/with-moto cargo test --workspace --test it pictures:: -- --ignored

# The JSON API against its own description, as each kind of caller, and clients that are generated from it.
api-tests:
	@scripts/need postgres python
	cargo build --workspace
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
	@scripts/need postgres
	scripts/prepare
