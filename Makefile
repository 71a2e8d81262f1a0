# `make demo` shows the main job; `make test` runs the tests, `make test-all` the long ones too. All install what is missing.

.PHONY: demo test test-all test-home-assistant test-rust test-units test-package test-package-arm64 test-rig test-cross test-providers test-rig-arm64 test-rig-long test-delivery-long soak fuzz bench package book scenes setup-build setup-test setup-arm clean

# Found by the tests and by `watchpost` itself; empty where there is no wheel for the machine.
export ORT_DYLIB_PATH = $(shell scripts/fetch-onnxruntime.sh --path)
# The daemon sets it itself; tests and benches load the library without the daemon's `main`.
export ORT_DISABLE_TELEMETRY = 1

demo: setup-build
	cargo build --release --locked
	scripts/demo.sh target/release/watchpost

test: setup-test
	$(MAKE) test-rust
	$(MAKE) test-units
	$(MAKE) test-rig

# Against the real Home Assistant core, and the contract against AsyncAPI's own schema.
test-home-assistant:
	cargo build --release --locked
	WATCHPOST_BIN=$(CURDIR)/target/release/watchpost tests/home_assistant/run.sh
	tests/asyncapi/run.sh

# Unit tests, and integration tests against a real broker and the real ONNX Runtime.
test-rust:
	cargo test --locked

# The systemd units: understood, and locked down.
test-units:
	tests/package/units.sh

# The package on a whole machine under emulation: installed, attacked, frozen, upgraded, purged.
test-package: setup-test
	$(MAKE) package
	tests/package/run.sh

# The arm64 package, built here: its program under qemu-user, then the package on a whole emulated ARM machine.
test-package-arm64: setup-arm
	cross/debian.sh build
	scripts/package.sh arm64
	tests/package/arm64.sh
	ARCH=arm64 tests/package/run.sh

# The daemon against real camera drivers, in a kernel of its own under emulation.
test-rig:
	cargo build --release --locked
	WATCHPOST_BIN=$(CURDIR)/target/release/watchpost ORT_LIB=$(ORT_DYLIB_PATH) tests/rig/run.sh

# What takes too long for every commit: half an hour of chaos, a day without a broker, a fleet, twenty replugs, minutes of
# dropped buffers, a soak with random faults, ARM, the book, the real Home Assistant, and the package on a machine of its own.
test-all: test
	$(MAKE) test-delivery-long
	$(MAKE) test-rig-long
	$(MAKE) book
	$(MAKE) test-cross
	$(MAKE) test-rig-arm64
	$(MAKE) soak MINUTES=15
	$(MAKE) test-home-assistant
	$(MAKE) test-providers
	$(MAKE) test-package
	$(MAKE) test-package-arm64

test-delivery-long: setup-test
	CHAOS_SECONDS=1800 ABSENCE_HOURS=24 FLEET=500 cargo test --locked --test chaos --test absence --test fleet -- --nocapture

test-rig-long:
	cargo build --release --locked
	WATCHPOST_BIN=$(CURDIR)/target/release/watchpost ORT_LIB=$(ORT_DYLIB_PATH) tests/rig/run.sh --long

# The same for 64-bit ARM: built by cross/, kernel and machine emulated. Wants root.
test-rig-arm64: setup-arm
	scripts/fetch-onnxruntime.sh --for aarch64
	cross/debian.sh build
	RIG_ARCH=arm64 WATCHPOST_BIN=$(CURDIR)/target/cross/aarch64-unknown-linux-gnu/release/watchpost \
		ORT_LIB=$$(scripts/fetch-onnxruntime.sh --for aarch64 --path) tests/rig/run.sh

# The library's tests on 64-bit and 32-bit ARM, under qemu-user. One is left out: it lets a program that is not there seem to start.
test-cross: setup-arm
	cross/debian.sh cargo test --lib -- --skip an_answer_is_what_was_printed
	ARCH=armhf cross/debian.sh cargo test --lib --no-default-features --features embedded -- --skip an_answer_is_what_was_printed

# Every execution provider that runs on a processor alone, beside the CPU's own (x86-64; some 250 MB of wheels).
test-providers: setup-build
	cargo build --release --locked
	tests/providers/run.sh

# Random faults from a seeded schedule; SEED=N repeats one.
MINUTES ?= 120
soak:
	cargo build --release --locked
	WATCHPOST_BIN=$(CURDIR)/target/release/watchpost ORT_LIB=$(ORT_DYLIB_PATH) SEED=$(SEED) tests/rig/soak.sh $(MINUTES)

# Bytes from outside, made up: `make fuzz TARGET=jpeg|formats|avi|command|request SECONDS=900`.
TARGET ?= jpeg
SECONDS ?= 900
fuzz:
	scripts/fuzz.sh $(TARGET) $(SECONDS)

# The Debian package and the tarball of this machine, into out/package; `scripts/release.sh` makes those of both architectures.
package: setup-build
	cargo build --release --locked
	scripts/package.sh

# The documentation as a small site, in target/book.
book: setup-build
	scripts/cargo-tool.sh mdbook
	.cache/tools/bin/mdbook build

# Renders the clips of tests/scenes that are too large for the repository; `make test` then takes them along.
scenes:
	scripts/scenes.sh

# Figures of this machine; see docs/performance.md.
bench: setup-build
	cargo bench --locked
	cargo run --release --locked -- bench

setup-build:
	scripts/setup.sh build

setup-test:
	scripts/setup.sh test

setup-arm:
	scripts/setup.sh arm

clean:
	rm -rf target .cache out
