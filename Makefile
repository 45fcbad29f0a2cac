# `make demo` and `make test` do all set-up themselves: a virtual environment in .venv, versions from the locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --no-deps --no-build-isolation
KERNEL_TESTS := tests/unit/prompts/test_kernel*.py
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined

.PHONY: demo test test-fallback sanitize valgrind check format bench bench-detection bench-prompts bench-ingest bench-sessions docs pages test-recipes lock clean

demo: $(VENV)/run.stamp
	$(BIN)/tokenscan analyze sample_logs --config sample_logs/tokenscan.toml

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto

# What users without a compiler get: a wheel without the kernel, imported instead of the source tree.
test-fallback: $(VENV)/dev.stamp
	rm -rf build/fallback
	TOKENSCAN_BUILD_KERNEL=0 $(INSTALL) --target build/fallback .
	$(BIN)/python -m pytest -n auto -o pythonpath="build/fallback ." tests/unit/prompts tests/golden tests/property

# libstdc++ goes first with libasan: the sanitizer must find the throw of the C++ libraries that Python loads later.
sanitize: $(VENV)/dev.stamp
	rm -rf build/sanitize
	TOKENSCAN_BUILD_KERNEL=1 CC=gcc CFLAGS="-O1 -g $(SANITIZERS)" LDFLAGS="$(SANITIZERS)" $(INSTALL) --target build/sanitize .
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so)" PYTHONMALLOC=malloc \
	  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	  $(BIN)/python -m pytest -s -p no:xdist --hypothesis-profile=slow -o pythonpath="build/sanitize ." $(KERNEL_TESTS)

# Far slower than `sanitize`: name one file, KERNEL_TESTS=tests/unit/prompts/test_kernel_NAME.py
valgrind: $(VENV)/dev.stamp
	rm -rf build/valgrind
	TOKENSCAN_BUILD_KERNEL=1 CFLAGS="-O1 -g" $(INSTALL) --target build/valgrind .
	PYTHONMALLOC=malloc valgrind --log-file=build/valgrind/log $(BIN)/python \
	  -m pytest -s -p no:xdist --hypothesis-profile=slow -o pythonpath="build/valgrind ." $(KERNEL_TESTS)
	@awk -v RS='==[0-9]+== \n' '/ at 0x[^\n]*(\n[^\n]*)?\(_kernel[a-z_]*\.(pyx|pxi|c):/ { print; bad = 1 } END { exit bad }' build/valgrind/log

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

# What is found and who is accused wrongly, on seven simulated populations.
bench-detection: $(VENV)/dev.stamp
	$(BIN)/python -m bench.detection

# Near-duplicates beside datasketch and rensa, and disguised prompts; takes a quarter of an hour.
bench-prompts: $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements-bench.lock
	$(BIN)/python -m bench.near_duplicates
	$(BIN)/python -m bench.evasion

# Ingest speed by container and format, and nights on a store.
bench-ingest: $(VENV)/dev.stamp
	$(BIN)/python -m bench.ingest
	$(BIN)/python -m bench.store

# Session logs beside ccusage and tokscale; needs npm, Linux on x86-64.
bench-sessions: $(VENV)/dev.stamp
	mkdir -p build/session_peers && cp bench/package.json bench/package-lock.json build/session_peers/
	npm ci --prefix build/session_peers --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m bench.session_peers
	$(BIN)/python -m bench.session_peers.costs

# The site, in build/site. mkdocs has libraries of its own, so that they and the program's never disagree.
docs: build/docs-venv/stamp
	NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs build --strict
	build/docs-venv/bin/kubernetes-validate --strict --quiet docs/recipes/kubernetes/*.yaml

# Writes the pages that are made from the program and from runs of the recipes; read the difference before you commit it.
pages: $(VENV)/dev.stamp
	UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/golden/test_commands_page.py tests/golden/test_formats_page.py tests/recipes/test_pages.py

# Tickets and nights, against trackers in memory; needs bash, curl, jq, flock, shellcheck and systemd-analyze.
test-recipes: $(VENV)/dev.stamp
	TOKENSCAN_TEST_TOOLS=required $(BIN)/python -m pytest tests/recipes

# The locks hold hashes and no index; `uv` is needed to renew them, not to use them.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links --upgrade pyproject.toml requirements-build.in -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links --extra dev -c requirements.lock pyproject.toml requirements-build.in -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links -c requirements-dev.lock requirements-bench.in -o requirements-bench.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --no-emit-find-links --upgrade requirements-docs.in -o requirements-docs.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist wheelhouse tokenscan/prompts/_kernel.*.so

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tokenscan needs Python 3.11 or newer: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/libraries.stamp: $(BIN)/python requirements.lock
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

# pip keeps quiet about a build hook that gave up, so the hook runs once more to say why there is no kernel.
$(VENV)/run.stamp: $(VENV)/libraries.stamp pyproject.toml hatch_build.py $(wildcard tokenscan/prompts/*.pyx tokenscan/prompts/*.pxi)
	$(INSTALL) --editable .
	@$(BIN)/python -c 'import tokenscan.prompts._kernel' 2>/dev/null || \
	  $(BIN)/python -m hatchling build --hooks-only --target wheel:editable
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

build/docs-venv/stamp: requirements-docs.lock
	$(PYTHON) -m venv build/docs-venv
	build/docs-venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-docs.lock
	@touch $@
