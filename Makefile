# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything runs from .venv, which the first call makes.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON_BIN := $(BIN)/python
# Test processes; two, as each of them also starts compilers.
JOBS ?= 2
# Further arguments, as in `make test ARGS='-k reduction'` or `make bench ARGS=--all`.
ARGS ?=
# Programs of each kind in `make fuzz`; ARGS='--seed 1000 --keep-failures build/fuzz'.
FUZZ_PROGRAMS ?= 200

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | \
	  awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

.PHONY: bootstrap
bootstrap: ## install missing system packages and make .venv (nothing to do: no time)
	@scripts/bootstrap.sh

.PHONY: demo
demo: bootstrap ## translate an example, show the diff and the loop table, verify the result
	@scripts/demo.sh

.PHONY: test
test: bootstrap ## run the test suite (ARGS='-k name' for a part of it)
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup $(ARGS)

.PHONY: test-slow
test-slow: bootstrap ## run the tests that `make test` leaves out: the rest of the corpus
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup -m slow $(ARGS)

.PHONY: lint
lint: bootstrap ## ruff, ruff format, mypy --strict, import contracts, scripts, links of the docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports
	@$(PYTHON_BIN) scripts/check_docs.py
	@for script in scripts/*.sh .ci/run; do bash -n "$$script"; done

.PHONY: format
format: bootstrap ## let ruff format the sources and sort the imports
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: wheel
wheel: bootstrap ## build sdist and wheel, install the wheel in a clean venv, use it there
	@scripts/check_wheel.sh

.PHONY: bench
bench: bootstrap ## measure the speed of s2s as a ratio to clang's (ARGS='--repeat 9 --all')
	@scripts/bench.sh $(ARGS)

.PHONY: fuzz
fuzz: ## random programs and csmith's, translated, against the serial result (FUZZ_PROGRAMS=200)
	@scripts/bootstrap.sh --with-fuzz
	@$(PYTHON_BIN) -m tests.fuzz.run_fuzz --count $(FUZZ_PROGRAMS) --jobs $(JOBS) $(ARGS)
	@$(PYTHON_BIN) -m tests.fuzz.run_csmith --count $(FUZZ_PROGRAMS) --jobs $(JOBS) $(ARGS)

.PHONY: docs
docs: bootstrap ## check the docs and write the manual pages of the passes to build/docs
	@$(PYTHON_BIN) scripts/check_docs.py
	@$(PYTHON_BIN) scripts/build_docs.py build/docs

.PHONY: lock
lock: bootstrap ## renew constraints.txt with the newest versions that pyproject.toml allows
	@scripts/lock.sh

.PHONY: clean
clean: ## remove what builds, tests and tools left behind (.venv stays)
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf .hypothesis .coverage htmlcov
	find s2s analysis passes tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## clean, and remove .venv as well
	rm -rf $(VENV)
