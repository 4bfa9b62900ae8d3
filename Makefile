# `make help` lists what there is. All it needs is Python 3.11 or later: the rest goes into .venv, from
# requirements.lock, where every file is pinned by its hash.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

# A Python to make .venv with; give another as `make book PYTHON=/path/to/python`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
SOLUTIONS ?= 1
WORKERS ?= 2

export SOLUTIONS
# One thread for linear algebra: the matrices are small, and the tests and kernels run side by side.
export OPENBLAS_NUM_THREADS ?= 1

TEST_STEPS := lint format types release book tests solutions

.PHONY: help setup assets book test bench clean lock fixtures $(addprefix step-,$(TEST_STEPS))

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

# --- setting up ---------------------------------------------------------------------------------------------

setup: $(VENV)/.package ## make .venv and install everything in it

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or later is needed; give one as PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "error: this Python cannot make virtual environments (Debian: apt-get install python3-venv)" >&2; exit 1; }

$(VENV)/.packages: requirements.lock | $(VENV)/bin/python
	@echo "Installing the locked packages (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.packages
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

assets: $(VENV)/.package ## fetch the pinned browser assets of the book
	@$(BIN)/python book/vendor.py

# --- the book -----------------------------------------------------------------------------------------------

# A build that failed leaves pages behind which Sphinx would take as good the next time: it forgets them instead.
book: assets ## build the book; SOLUTIONS=0 leaves the solutions out
	@$(BIN)/jupyter-book build . -W -n --keep-going || { rm -rf _build/.doctrees; exit 1; }
	@printf '\nThe book is built. Open %s\n' "$(CURDIR)/_build/html/index.html"

# --- checks -------------------------------------------------------------------------------------------------

test: setup ## run everything that guards the project
	@failed=""; \
	for step in $(TEST_STEPS); do \
		printf '\n==== %s ====\n' "$$step"; start=$$(date +%s); \
		$(MAKE) --no-print-directory step-$$step || failed="$$failed $$step"; \
		printf -- '---- %s: %s s\n' "$$step" "$$(($$(date +%s) - start))"; \
	done; \
	printf '\n==== summary ====\n'; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed"; exit 1; fi; \
	echo "passed: $(TEST_STEPS)"

step-lint:
	@$(BIN)/ruff check .

step-format:
	@$(BIN)/ruff format --check .

step-types:
	@$(BIN)/mypy

step-release:
	@$(BIN)/mlopt release --check

step-book:
	@$(MAKE) --no-print-directory book SOLUTIONS=1

# The tests of the built pages read what the step before has built.
step-tests:
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations 10

step-solutions:
	@$(BIN)/python -m pytest --nbval -n $(WORKERS) --dist loadscope solutions/*.ipynb

# --- benchmarks ---------------------------------------------------------------------------------------------

# The peers are no dependencies: they get an environment of their own.
.make/bench/.installed: pyproject.toml | $(BIN)/python
	@echo "Making an environment with the peers (a minute or two the first time)"
	@$(BIN)/python -m venv .make/bench
	@.make/bench/bin/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $@

bench: .make/bench/.installed ## compare with other libraries; FAMILY=local (or bbob) for one, QUICK=1 for few seeds
	@nice .make/bench/bin/python -m benchmarks $(if $(FAMILY),--family "$(FAMILY)") $(if $(QUICK),--quick) \
		$(if $(INSTANCES),--instances $(INSTANCES))

# --- upkeep -------------------------------------------------------------------------------------------------

lock: $(VENV)/bin/python ## renew requirements.lock after a change of dependencies in pyproject.toml
	@uv=$$(command -v uv) || { $(BIN)/python -m venv .make/uv && .make/uv/bin/pip install --quiet uv && uv=.make/uv/bin/uv; }; \
	$$uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock

# The libraries that the tests compare with by stored figures are no dependencies: they get an environment of their own, or the one given as FIXTURES_PYTHON.
FIXTURES_PYTHON ?= .make/fixtures/bin/python

.make/fixtures/bin/python: | $(BIN)/python
	@echo "Making an environment with PyTorch, Optax, pycma and Optuna (large)"
	@$(BIN)/python -m venv .make/fixtures && .make/fixtures/bin/pip install --quiet numpy torch optax cma optuna

fixtures: $(FIXTURES_PYTHON) ## make the stored figures in tests/data anew, with the libraries they come from
	@for script in tests/make_fixtures*.py; do $(FIXTURES_PYTHON) $$script || exit 1; done

clean: ## delete what was built; .venv and the fetched assets stay
	@rm -rf _build .make dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
