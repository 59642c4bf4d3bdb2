# Two commands: `make run` (the hotline) and `make test` (all tests). Both do their own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: setup prepare pages chromium run test lint bench bench-desk bench-nlu bench-routing bench-speech rasa
.DEFAULT_GOAL := setup

# The pages are built while the packages are installed.
MAKEFLAGS += --jobs=2

# What runs the hotline is in requirements.lock, that and the tools of tests in requirements-dev.lock. Made by
#   pip-compile --generate-hashes --allow-unsafe --all-build-deps --strip-extras --no-header --no-emit-index-url -o requirements.lock pyproject.toml
#   pip-compile --generate-hashes --allow-unsafe --all-build-deps --strip-extras --no-header --no-emit-index-url --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
# The stamp is remade when the lock changes, so that a pulled update is installed by the next start.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing. On Debian 12: sudo apt-get install python3.11 python3.11-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation -e .
	touch $@

TOOLS := $(VENV)/.tools
$(TOOLS): requirements-dev.lock $(VENV)/.installed
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

setup: prepare pages

# The pages of the staff. They are built here and not committed: a megabyte that would change with every edit. Without npm
# the hotline runs all the same, and says that it has no pages. `prepare` may install npm: then it goes first.
PAGES := console/dist/index.html
NPM_FIRST := $(if $(shell command -v npm),,prepare)
pages: $(PAGES)
$(PAGES): console/package-lock.json console/index.html console/vite.config.ts console/tsconfig.json $(wildcard console/src/*) | $(NPM_FIRST)
	@if ! command -v npm >/dev/null; then \
	  echo "npm is missing: the pages of the staff are not built, calls are not affected. Install Node.js 20 or newer and npm."; \
	elif (cd console && npm ci --no-audit --no-fund --silent && npm run build --silent); then :; \
	else echo "The pages of the staff could not be built, see above; calls are not affected."; fi

# For the tests in a browser. Where it cannot be installed they are skipped, with the reason.
chromium: $(VENV)/.installed
	@$(BIN)/python -m ivr.system_packages

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# All sentences are rendered first: a caller in a test is to wait for the hotline, not for its voice. Callers in tests speak,
# listen and wait more than anything works, so that WORKERS files run beside each other; the checks of `lint` are among them
# (tests/test_static.py).
WORKERS ?= 3
test: $(TOOLS) pages chromium
	@$(BIN)/yinling prepare --all
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Models, announcements and the most needed sentences. Without a model the hotline runs all the same, with what is left:
# the command says what is missing and what a caller will notice.
prepare: $(VENV)/.installed
	@$(BIN)/yinling prepare

run: prepare pages
	@exec $(BIN)/yinling run $(ARGS)

bench: $(TOOLS)
	@$(BIN)/yinling prepare --all
	$(BIN)/python -m tests.bench

# From key 0 to a seat ringing and to the story on the page, by real calls; then 200 pages on one server.
bench-desk: $(TOOLS) $(VENV)/.installed
	$(BIN)/python -m tests.bench.desk_key0 $(ARGS)
	$(BIN)/python -m tests.bench.desk_pages

# A simulated day of 3,000 calls: our rules of routing beside Asterisk's plain queue. No phone, no Asterisk, seconds.
bench-routing: $(TOOLS) $(VENV)/.installed
	$(BIN)/python -m tests.bench.routing_day

# Both understanding engines, Rasa where `make rasa` has installed it. ARGS: more files to measure by, --json, --engine.
bench-nlu: $(TOOLS) $(VENV)/.installed
	$(BIN)/python -m tests.bench.nlu $(ARGS)

# The Rasa server, in its own Python 3.10: installs, trains where the data changed, serves on loopback. It says what to
# do where there is no Python 3.10. ARGS: install or train alone, --port.
rasa: $(VENV)/.installed
	@exec $(BIN)/python -m nlu.rasa_server $(ARGS)

# Hearing, speaking and taking turns, a quarter of an hour. Recordings of people: ../shared/speech, or SPEECH=folder.
# ARGS: --full (every sentence by every voice, an hour), --only PART, --every N, --json FILE. Fails when a part failed.
bench-speech: $(TOOLS) $(VENV)/.installed
	$(BIN)/python -m tests.bench.speech_report $(if $(SPEECH),--speech $(SPEECH)) $(ARGS)
