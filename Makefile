# Two commands: `make run` (the hotline) and `make test` (all tests). Both do their own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: setup announcements run test lint bench clean-venv
.DEFAULT_GOAL := setup

# The stamp is remade when the lock changes, so that a pulled update is installed by the next start.
$(VENV)/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing. On Debian 12: sudo apt-get install python3.11 python3.11-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: $(VENV)/.installed

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint announcements
	$(BIN)/python -m pytest

# Without a voice the hotline runs all the same, with quiet in place of announcements; the command says why.
announcements: $(VENV)/.installed
	-@$(BIN)/yinling announcements

run: announcements
	@exec $(BIN)/yinling run $(ARGS)

bench: $(VENV)/.installed
	$(BIN)/python -m tests.bench
