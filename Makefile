# setup, run, test, call, replay, lint, bench-*, soak: what README.md tells. Needs Python 3.11 only.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CALL ?= balance-known-card
.DELETE_ON_ERROR:
.PHONY: setup run test call replay lint format bench bench-call bench-callers bench-nlu bench-speech bench-replay bench-turns soak backend engines lock

run: setup
	$(BIN)/ivr serve

setup: .venv/installed

.venv/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; set it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: setup
	$(BIN)/pytest

call: setup
	$(BIN)/ivr call --fixture $(CALL)

replay: setup
	$(BIN)/ivr replay

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: bench-speech bench-replay bench-call bench-turns bench-nlu bench-callers

bench-call bench-callers bench-nlu bench-speech bench-replay bench-turns: bench-%: setup
	$(BIN)/python -m bench.$*

soak: setup
	$(BIN)/python -m bench.soak

# The customer system of docs/loan-backend.md, for flows that call one.
backend: setup
	$(BIN)/python -m examples.loan_backend --port 8090

# Recognisers and voices that need models on disk: vosk, faster-whisper, piper.
engines: setup
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-engines.lock

lock: setup
	$(BIN)/pip-compile $(LOCK) -o requirements.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra engines -c requirements-dev.lock -o requirements-engines.lock pyproject.toml
LOCK := --quiet --upgrade --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header
