# `make demo` and `make test` do all the set-up on a fresh Debian 12 with Python 3.11.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/installed
PEERS := .venv/peers-installed
COMPILE = $(BIN)/pip-compile --quiet --no-header --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: install system demo test check bench fmt docs lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo | test | bench | fmt | docs | install | lock | clean"

install: system $(STAMP)

system:
	@./scripts/install-system-packages system-packages.txt

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing Python packages into .venv (from requirements.lock)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: install
	@$(BIN)/tenuto demo $(DEMO)

test: check
	@$(BIN)/pytest

check: install
	@echo "ruff"; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy --strict"; $(BIN)/mypy --no-error-summary
	@echo "import-linter"; $(BIN)/lint-imports --no-cache >build.lint.log || { cat build.lint.log; exit 1; }; rm -f build.lint.log
	@$(MAKE) --no-print-directory docs

$(PEERS): benchmarks/peers.lock $(STAMP)
	@echo "Installing what the benchmarks compare with into .venv (from benchmarks/peers.lock)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r benchmarks/peers.lock
	@touch $(PEERS)

bench: install $(PEERS)
	@$(BIN)/python -m benchmarks

fmt: install
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

docs: install
	@echo "sphinx"; $(BIN)/sphinx-build -q -W -b html docs docs/_build

lock: install
	@$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --constraint requirements.lock --output-file benchmarks/peers.lock benchmarks/peers.in

clean:
	rm -rf .venv demo docs/_build
