# Everything a person needs here: `make help`. Only Python 3.11+ and make must be there beforehand.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# pip and uv must not be led elsewhere by a person's own virtual environment.
unexport VIRTUAL_ENV
# The tests start our programs a hundred times: each would compile all of its sources anew.
unexport PYTHONDONTWRITEBYTECODE
# npm's advertisement for itself would stand between a person and the address.
export NPM_CONFIG_UPDATE_NOTIFIER := false
UV := $(BIN)/uv --quiet --no-progress
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

help: ## What there is to run
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .version web/dist/index.html ## Install the server with its web UI: .venv/bin/poststelle serve

run: .version web/dist/index.html ## Start Poststelle with a simulated Microsoft 365 (PORT=8025)
	@exec $(BIN)/poststelle demo $(if $(PORT),--port $(PORT))

# Each part is one process, so whatever its tests share, an office or a database, is made once and gathered once.
# Tests wait for other processes much of their time, so there are more parts at once than processors; the longest first.
TESTS := store moving backup browser roles flow pages sync jmap sim admin rest web
# Those that keep a file and would otherwise run on SQLite alone.
ON_ONE := moving backup browser flow pages sync jmap admin

test: $(VENV)/.dev web/dist/index.html browser pooler ## Run all tests
	@$(MAKE) --no-print-directory -k -j 4 $(TESTS:%=.test-%)

# Told when they are through: lines of several runs at once cannot be read.
$(TESTS:%=.test-%): .test-%:
	@said=$$(mktemp) && { $(TEST_$*) >$$said 2>&1; status=$$?; cat $$said; rm -f $$said; exit $$status; }

test-postgres: $(VENV)/.dev web/dist/index.html browser pooler ## The tests that keep a SQLite file, on PostgreSQL
	@TESTS_DATABASE=postgres $(MAKE) --no-print-directory -k -j 4 $(ON_ONE:%=.test-%)

PYTEST := $(BIN)/python -m pytest
# Two browsers with an office each: half of the files by name, and whatever there is besides.
PAGES := $(patsubst %,tests/e2e/test_%.py,access all_mailboxes categories commands composing disconnected \
  drafts_elsewhere first_load folders groups hostile_mail installed internal login_link)
TEST_pages = $(PYTEST) -m e2e $(PAGES)
# Beyond the folder by name: to gather all the others only to leave them out takes twenty seconds.
TEST_browser = $(PYTEST) -m e2e tests/e2e $(PAGES:%=--ignore=%) $$(grep -rl --include='test_*.py' 'pytest.mark.e2e' tests)
TEST_jmap = $(PYTEST) -m 'not e2e' tests/flow/jmap
TEST_sync = $(PYTEST) -m 'not e2e' tests/flow/sync
TEST_flow = $(PYTEST) -m 'not e2e' tests/flow $(addprefix --ignore=tests/flow/,admin jmap roles sync)
# What is kept elsewhere or comes back: these wait most, for servers that start and end.
BACKUP := $(wildcard tests/flow/admin/test_backup*.py)
MOVING := $(patsubst %,tests/flow/admin/test_%.py,as_pod moving object_storage octets_lost octets_moving \
  pooler restoring)
TEST_backup = $(PYTEST) -m 'not e2e' $(BACKUP)
TEST_moving = $(PYTEST) -m 'not e2e' $(MOVING)
TEST_admin = $(PYTEST) -m 'not e2e' tests/flow/admin $(addprefix --ignore=,$(BACKUP) $(MOVING))
TEST_roles = $(PYTEST) -m 'not e2e' tests/flow/roles
TEST_store = $(PYTEST) -m 'not e2e' tests/store
TEST_sim = $(PYTEST) -m 'not e2e' tests/sim
TEST_rest = $(PYTEST) -m 'not e2e' tests $(addprefix --ignore=tests/,e2e flow store sim)
TEST_web = cd web && npm test

check: $(VENV)/.dev web/node_modules/.stamp ## Lint, types, import contract, web checks
	@$(MAKE) --no-print-directory -j 2 $(CHECKS:%=.check-%)

# The longest first.
CHECKS := lint python types texts

.check-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# In production the rules of React leave out what only their makers read, and find the same.
.check-lint:
	cd web && NODE_ENV=production npm run --silent lint

.check-types:
	cd web && npm run --silent types

.check-texts:
	cd web && npm run --silent check:texts

audit: ## Look for known vulnerabilities of what is delivered (says so where there is no network)
	@$(PYTHON) packaging/known_vulnerabilities.py

soak: $(VENV)/.dev ## Random walks over the mirror, for as long as you like (WALKS=50 STEPS=600 SEED=1 POSTGRES= DENIED= CLOUD=global WORKERS=1)
	$(BIN)/python -m tests.flow.walk.soak $(if $(WALKS),--walks $(WALKS)) $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--first $(SEED)) $(if $(POSTGRES),--postgres) \
		$(if $(DENIED),--denied) $(if $(CLOUD),--cloud $(CLOUD)) $(if $(WORKERS),--workers $(WORKERS))

bench: $(VENV)/.bench ## Measure what we claim (see bench/README.md)
	$(BIN)/python -m bench

screenshots: $(VENV)/.dev web/dist/index.html browser ## Take docs/screenshots anew
	$(BIN)/python -m tests.e2e.screenshots

icons: $(VENV)/.dev browser ## Draw the icons of the installed page anew from their SVGs
	$(BIN)/python -m tests.e2e.icons

ui: web/dist/index.html ## Build the web UI

wheel: $(VENV)/.run web/dist/index.html ## Build dist/poststelle-*.whl, with the web UI in it
	@rm -f dist/poststelle-*.whl
	$(BIN)/python -m hatchling build -t wheel -d dist

format: $(VENV)/.dev ## Format the Python code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(VENV)/.bootstrap ## Pin the newest allowed dependencies anew
	for set in bootstrap serve run dev bench; do \
	  $(UV) pip compile --universal --no-header --no-annotate --generate-hashes --no-emit-index-url \
	    --python-version 3.11 --upgrade requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean: ## Remove everything that was built or installed, and the demo's data
	rm -rf $(VENV) .data web/node_modules web/dist build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.bootstrap: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Poststelle needs Python 3.11 or newer; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/bootstrap.txt
	@touch $@

# The development set holds the run set, so it is never taken away again.
$(VENV)/.run: $(VENV)/.bootstrap requirements/run.txt pyproject.toml
	@if [ -e $(VENV)/.dev ]; then set=dev; else set=run; fi; \
	  echo "Installing Python packages ($$set)"; $(UV) pip sync --python $(BIN)/python --require-hashes requirements/$$set.txt
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.bootstrap requirements/dev.txt pyproject.toml
	@echo "Installing Python packages (dev)"
	$(UV) pip sync --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

# What is installed says which commit it is of: after an update of the clone that is another one.
.version: $(VENV)/.run
	@[ ! -e .git ] || $(BIN)/python packaging/version.py --installed || \
	  $(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .

# Beside the development set, which takes it away again when it is installed anew.
$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	$(UV) pip sync --python $(BIN)/python --require-hashes requirements/bench.txt
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

web/node_modules/.stamp: web/package.json web/package-lock.json | $(VENV)/.run
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.stamp $(WEB_SOURCES)
	cd web && npm run --silent build -- --logLevel warn
	@touch $@

browser: ## Make sure that Chromium is there for the browser tests (Debian, as root)
	@for name in chromium-headless-shell chromium chromium-browser google-chrome; do \
	  ! command -v $$name >/dev/null || exit 0; done; { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  { apt-get install -y -qq chromium-headless-shell || apt-get install -y -qq chromium; }; } || \
	  { echo "The browser tests need Chromium: install your system's chromium package." >&2; exit 1; }

pooler: ## Get PgBouncer for the tests behind it, which are skipped without (Debian, as root)
	@command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  apt-get install -y -qq --no-install-recommends pgbouncer; } || \
	  echo "PgBouncer is not to be had here: the tests behind it are skipped." >&2

PARTS := $(TESTS:%=.test-%) $(CHECKS:%=.check-%)
.PHONY: $(PARTS) .version help install run test check audit soak bench screenshots icons ui wheel format lock clean browser pooler
