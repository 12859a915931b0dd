# Everything a person or a machine runs here. Each target works alone on a fresh clone that has only Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready
DEMO := build/demo

.PHONY: setup demo browser test search check bench docs lock clean
setup: $(READY)

$(READY): requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(BENCH_READY): requirements/bench.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.lock
	touch $@

# A month of five made-up shops, from the platforms' own files to figures, a ranking, pay and the reports people take away.
demo: $(READY)
	rm -rf $(DEMO)
	$(BIN)/kaohe demo $(DEMO)/exports
	$(BIN)/kaohe run $(DEMO)/exports --workspace $(DEMO)/workspace --month 2026-10 --scheme presale \
		--output $(DEMO)/result.xlsx --output $(DEMO)/report.html
	$(BIN)/kaohe report --workspace $(DEMO)/workspace --month 2026-10 --scheme presale --signature --output $(DEMO)/report.xlsx
	@echo "打开网页 To open the site: $(BIN)/kaohe serve --workspace $(DEMO)/workspace"

# Tests that walk the site need a Chromium, and fonts with Chinese in them to be looked at.
browser:
	@command -v chromium chromium-browser google-chrome > /dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk > /dev/null; \
	else echo "No Chromium: tests that walk the site are left out. Install one to run them."; fi

test: $(READY) browser
	$(BIN)/python -m pytest -n 2 --dist worksteal

# Looks for examples nobody has thought of, where `make test` takes the same ones every time. Worth running before a release, several times.
search: $(READY)
	$(BIN)/python -m pytest -n 2 --hypothesis-profile search tests/facts tests/metrics tests/appraisal tests/test_reference.py tests/test_reference_events.py

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

# Side by side with DuckDB, Polars windows, pandas and chdb on this machine; see docs/benchmarks.md.
bench: $(BENCH_READY)
	$(BIN)/kaohe bench --output docs/benchmarks.md

docs: $(READY)
	$(BIN)/python -m docs.generate

# Pins versions and hashes; names no host.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev --extra web pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --extra bench --extra web -c requirements/dev.lock pyproject.toml -o requirements/bench.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
