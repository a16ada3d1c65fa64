# Two commands to know: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PY := .venv/bin/python
SOURCES := graph analytics loaders schema tests benchmarks

.PHONY: help demo test check fast faults setup setup-dev lock format schema clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup  ## set up, load a network, run a night, explain an order, serve (DATA=, PLAN=, SERVE=0)
	@DATA="$(DATA)" PLAN="$(PLAN)" SERVE="$(SERVE)" sh ./demo.sh

test: setup-dev  ## set up, then every check and every test
	@$(MAKE) --no-print-directory check
	@echo "== tests, those that need no database beside those that do (a skipped one says why)"
	@mkdir -p .data; \
	$(PY) -X dev -m pytest -m "not server" >.data/tests-without-server.log 2>&1 & first=$$!; \
	trap 'kill $$first 2>/dev/null; exit 130' INT TERM; \
	$(PY) -X dev -m pytest -m server; second=$$?; \
	wait $$first; first=$$?; cat .data/tests-without-server.log; \
	[ $$first -eq 0 ] && [ $$second -eq 0 ]

check: setup-dev  ## ruff, mypy --strict, pyright, import contracts, layout
	@echo "== ruff";        $(PY) -m ruff check $(SOURCES) && $(PY) -m ruff format --check -q $(SOURCES)
	@echo "== mypy";        $(PY) -m mypy
	@echo "== pyright";     $(PY) -m pyright --warnings
	@echo "== imports";     .venv/bin/lint-imports
	@echo "== layout";      $(PY) -m pytest -q tests/test_layout.py

fast: setup-dev  ## only the tests that need no database
	@$(PY) -X dev -m pytest -q -m "not server"

faults: setup-dev  ## kill -9 loads, nights, the service and the server at random moments (KILLS=40, SEED=)
	@$(PY) -m tests.faults $(or $(KILLS),40) $(if $(SEED),--seed $(SEED))

setup: .venv/ready  ## the Python environment and the embedded Neo4j
setup-dev: .venv/ready-dev

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; install Python 3.11 or newer, or say make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; say make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "== setting up: a Python environment in .venv"
	@$(PYTHON) -m venv .venv || { echo "make: venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 2; }

.venv/ready: requirements.lock graph/jars.lock | .venv/bin/python
	@echo "== setting up: Python packages, as locked"
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock || { echo "make: the packages could not be installed; check the network and run the same command again"; exit 75; }
	@echo "== setting up: Java and the embedded Neo4j, as locked (about 140 MB, once)"
	@./plumbline setup
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	@echo "== setting up: the packages that tests and checks need"
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock || { echo "make: the packages could not be installed; check the network and run the same command again"; exit 75; }
	@touch $@

lock:  ## renew both lock files from pyproject.toml (maintainers)
	@$(PY) -m pip install -q uv
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --extra dev -o requirements-dev.lock
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements-dev.lock pyproject.toml -o requirements.lock

format:  ## let ruff format and sort
	@$(PY) -m ruff check --fix -q $(SOURCES); $(PY) -m ruff format $(SOURCES)

schema:  ## refresh schema/schema.graphql
	@./plumbline export > schema/schema.graphql

clean:  ## remove the environment, caches and the data folder
	@./plumbline db stop 2>/dev/null || true
	rm -rf .venv .data .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
