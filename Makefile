# What one does with this project, by name. Needs GNU make and Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-is-installed
DEV := $(VENV)/.dev-is-installed

SUPPLY_VENV := .cache/supply
SUPPLY_BIN := $(SUPPLY_VENV)/bin
SUPPLY := $(SUPPLY_VENV)/.is-installed

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
GENERATED := the code in clients/python/diplomatic_ledger/v1 and admin/v1
# Leaves out what a machine's own pip settings would bring into the lock: files that
# nobody else can fetch.
PLAIN_PIP := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null
LOCK := $(PLAIN_PIP) $(BIN)/python -m piptools compile --quiet --generate-hashes \
	--strip-extras --allow-unsafe --no-annotate --no-header --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
COMPILE := $(LOCK) --build-deps-for editable --extra cli --extra server --extra postgres \
	--extra tracing

# What Python compiled is kept, whatever the shell says: a service starts in two thirds of
# the time, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-runtime demo serve test check bench torture failover dist sbom audit protos image languages format lock clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | \
		awk -F ':.*## ' '{ printf "  make %-9s %s\n", $$1, $$2 }'

setup: $(DEV)  ## Install everything for development into .venv

setup-runtime: $(RUNTIME)

demo: $(RUNTIME)  ## Record the 2018 example, replay, weigh, export and verify it; then stop
	@$(BIN)/python clients/examples/demo.py

serve: $(RUNTIME)  ## Run the service with the 2018 example until Ctrl-C
	@$(BIN)/python clients/examples/serve_example.py

# What computes, waits, or works on files and databases of its own, runs side by side. It waits
# about half of the time, so there are twice as many processes as processors, but at most six.
# What watches the time, the memory or the processes of a service has the machine to itself.
# The rest waits for faults and for compilers of other languages, a file beside another one.
# What is said in texts and lists (tests/housekeeping) is held by `make check`.
PROCESSES = $(shell $(PYTHON) -c 'import os; print(min(6, 2 * (os.cpu_count() or 1)))')
SIDE_BY_SIDE := $(addprefix tests/,api application audit client domain end_to_end persistence \
	projections properties service verify)
WATCHING := $(addprefix tests/api/test_,body_slots.py capacity.py damaged_views.py deadlines.py \
	heartbeats.py lanes.py stopping_questions.py waiting_and_stopping.py) \
	$(addprefix tests/end_to_end/test_,a_disk_that_fills.py a_greedy_client.py descriptors.py \
	failing_disk.py light_beside_heavy.py memory.py one_of_several_is_silent.py \
	recording_much.py silent_service.py watching.py worst_requests.py)

test: $(DEV)  ## Run the tests
	@$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal \
		$(WATCHING:%=--ignore %) $(SIDE_BY_SIDE)
	@$(BIN)/python -m pytest $(WATCHING)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
		$(SIDE_BY_SIDE:%=--ignore %) --ignore tests/housekeeping

check: $(DEV)  ## Format, lint, types, layers, protos, texts, lock
	@deploy/development/check $(BIN)

# What make bench is told: SIZE=1000000 makes the large ledger that large, and BENCH holds
# any of its other options, such as BENCH="--profile --write-docs" or BENCH=--help.
bench: $(DEV)  ## Measure the service beside its floors and its peers, in about ten minutes
	@$(BIN)/python -m tests.benchmarks $(if $(SIZE),--size $(SIZE)) $(BENCH)

# What make torture is told: TORTURE="--only kill --rounds 20", or TORTURE=--help.
torture: $(DEV)  ## Break what the service stands on for twenty minutes and tell what was lost
	@deploy/development/install_fault_tools
	@$(BIN)/python -m tests.reliability $(TORTURE)

# Needs Patroni, etcd and PostgreSQL: not in CI.
failover: $(DEV)  ## Kill the leader of a PostgreSQL cluster under load and tell what was lost
	@deploy/development/install_failover_tools
	@GRPC_VERBOSITY=ERROR $(BIN)/python -m tests.reliability.failover $(FAILOVER)

# The same bytes wherever and whenever they are built from the same commit.
dist: $(DEV)  ## Build the wheel and the sdist into dist/
	@rm -rf dist
	@deploy/development/build_dist $(BIN)/python dist

# What the lock holds that runs, with the hashes of all files, and what of it needs what.
sbom: $(SUPPLY) $(RUNTIME)  ## Write the bill of materials of the runtime lock to dist/
	@mkdir -p dist
	@deploy/development/sbom $(BIN)/python $(SUPPLY_BIN) dist/diplomatic-ledger.cdx.json
	@echo "dist/diplomatic-ledger.cdx.json"

# Asks an advisory service over the network, so it is no part of `make check`. --strict: what
# the service does not know of is an error and not a pass. AUDIT="--vulnerability-service osv"
# asks another service.
audit: $(SUPPLY)  ## Ask whether advisories are known against what the lock holds
	@for lock in runtime dev supply; do $(SUPPLY_BIN)/pip-audit --strict --require-hashes \
		--disable-pip --progress-spinner off $(AUDIT) --requirement requirements/$$lock.txt || exit 1; done

protos: $(DEV)  ## Generate the Python code and the page on entry files from protos/
	@deploy/development/generate $(BIN)/python clients/python
	@$(BIN)/python -m deploy.development.entry_forms write
	@echo "Generated $(GENERATED), docs/entry-files.md and its JSON Schema."

# Refuses what would break callers and has no reason in protos/allowed_breaks.json.
image: $(DEV)  ## Replace the image of the protos by which breaks are found
	@PATH="$(CURDIR)/$(BIN):$$PATH" python deploy/development/breaking write

# Not in CI: not every machine has what compiles Java.
languages: $(DEV)  ## Compile what is generated for Go, TypeScript, Java and C#
	@deploy/development/languages $(BIN)/python

format: $(DEV)  ## Format code and protos
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .
	@$(BIN)/buf format --write protos

lock: $(DEV)  ## Compute requirements/ anew from pyproject.toml
	@$(COMPILE) --extra keyring --extra plot --extra dev --output-file requirements/dev.txt pyproject.toml
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/runtime.txt pyproject.toml
	@$(LOCK) --extra supply --output-file requirements/supply.txt pyproject.toml

# No ledger is made: those of make serve lie elsewhere, or lay in .cache/example before.
clean:  ## Remove .venv, caches and everything that was made, but no ledger
	@if [ -d .cache ]; then find .cache -mindepth 1 -maxdepth 1 ! -name example -exec rm -rf {} +; fi
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache build dist
	@rm -rf clients/go/generated clients/go/ledger-walk clients/go/service_config.json \
		clients/node/dist clients/node/generated clients/node/node_modules
	@find ledger_service clients tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One install for running it and a larger one for working on it. Both are redone only
# when the lock or pyproject.toml changes, and both install exactly what the lock says.

$(RUNTIME): requirements/runtime.txt pyproject.toml
	@deploy/development/make_venv $(PYTHON) $(VENV)
	@echo "Installing what the service needs into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement requirements/runtime.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml
	@deploy/development/make_venv $(PYTHON) $(VENV)
	@echo "Installing what development needs into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

$(SUPPLY): requirements/supply.txt
	@deploy/development/make_venv $(PYTHON) $(SUPPLY_VENV)
	@echo "Installing what looks at the supply chain into $(SUPPLY_VENV) ..."
	@$(SUPPLY_BIN)/python -m pip --disable-pip-version-check --quiet --quiet \
		install --require-hashes --requirement requirements/supply.txt
	@touch $@
