# Arrears. `make help` lists what can be made.
#
# PYTHON names the interpreter to build .venv with (3.11 or newer), WORKERS the test processes.
PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
BIN := .venv/bin

.PHONY: help python setup run test test-long check bench lock clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Arrears needs Python 3.11 or newer; \"$(PYTHON)\" is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Install one, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 78; }

setup: python  ## install the locked dependencies and Arrears into .venv
	@$(PYTHON) tools/install.py runtime

run: setup  ## a simulated town, its book taken in and aged, and the console on 127.0.0.1:8000
	@$(BIN)/arrears demo $(ARGS)

check: python  ## lint, format, types, import contracts, house rules
	@$(PYTHON) tools/install.py dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/tidy.py

test: check  ## everything: check, proofs, all tests (Java and Chromium are installed if missing)
	$(BIN)/arrears policy prove
	@$(BIN)/python tools/system_packages.py
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not long" $(ARGS)

test-long: python  ## what is too long for every change: more loans, more of the API at random
	@$(PYTHON) tools/install.py dev
	@$(BIN)/python tools/system_packages.py
	ARREARS_FUZZ_EXAMPLES=100 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "long or fuzz" $(ARGS)

bench: python  ## measure speed and memory against docs/benchmarks.md (up to an hour)
	@$(PYTHON) tools/install.py dev
	@$(BIN)/python tools/system_packages.py java
	$(BIN)/python bench/ageing.py $(ARGS)
	$(BIN)/python bench/cases.py
	$(BIN)/python bench/allotment.py
	$(BIN)/python bench/list_page.py
	$(BIN)/python bench/journal.py
	$(BIN)/python bench/prove.py

lock: python  ## compute locks/*.txt anew from pyproject.toml
	@$(PYTHON) tools/install.py dev
	$(BIN)/python tools/lock.py $(ARGS)

clean:  ## remove .venv and caches; state under var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
