# SLA Ledger: every task a developer or a newcomer needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
UV := $(shell sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements.lock)

# Python keeps what it compiled, even where the machine forbids it: compiling the libraries anew costs every process seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak check format lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

setup: $(READY) ## install everything into .venv from requirements.lock (Python 3.11 with venv)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check "$(UV)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: setup ## the sample home's October 2026 as a Prefect flow, then where the pack is
	@$(BIN)/python -m flows.demo

# three workers keep two cores busy: one of them waits for a server, a browser or a disk
test: setup ## the whole test suite (under ten minutes on two cores)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not soak"

soak: setup ## what takes longer than `make test` may
	SLA_DEPTH=10 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "soak or oracle"

check: setup ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## rewrite files into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## rewrite requirements.lock: exact versions with hashes, no addresses
	$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --extra postgres --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

clean: ## remove the environment and every room of the sample home
	rm -rf .venv data/journal.db* data/.lock data/raw data/staged data/reconciled data/measured data/published data/archived
