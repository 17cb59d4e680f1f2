# Targets are thin wrappers around scripts/. Each one does all of its own setup.
.DEFAULT_GOAL := help
.PHONY: help demo test soak bench lint format clean

# Variables for the command line: `make demo MODEL=small SPEED=0`, `make test FAST=1`.
MODEL ?=
ENTITIES ?= demo
SPEED ?= 1
FILES ?=
TRAINING ?= 1
FAST ?= 0
PEERS ?= 0
VENV ?= .venv
export VENV

BIN := $(VENV)/bin
FINDER := $(filter-out 0 off,$(ENTITIES))
QUICK := $(filter-out 0,$(FAST))
PROFILE := $(if $(filter 0,$(TRAINING)),develop,develop-training)

help: ## List all targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## Stream recordings of people through Whisper in real time (MODEL=base|NAME|DIR|demo, ENTITIES=demo|DIR|0 (no torch), SPEED=1, FILES=...)
	@scripts/setup $(if $(FINDER),entities,server)
	@$(BIN)/python scripts/demo.py $(if $(MODEL),--model "$(MODEL)") --entities "$(or $(FINDER),off)" --speed "$(SPEED)" $(FILES)

test: ## Run all checks: lint, types, imports, tests, coverage (FAST=1: quick tests only, two minutes; TRAINING=0: without torch)
	@scripts/setup $(PROFILE)
	@BIN=$(BIN) TRAINING=$(TRAINING) scripts/check lint types imports $(if $(QUICK),quick-tests,browser tests)

soak: ## Run the soak test: an hour of speech over a connection that breaks a thousand times (many minutes)
	@scripts/setup $(PROFILE)
	@$(BIN)/pytest -m soak -s

bench: ## Measure accuracy, latency, cost and capacity: about an hour on an idle machine (PEERS=1: other servers too)
	@scripts/setup $(PROFILE)
	@$(BIN)/python -m benchmarks all $(if $(filter-out 0,$(PEERS)),peers) --write

lint: ## Run only lint, types and imports
	@scripts/setup $(PROFILE)
	@BIN=$(BIN) TRAINING=$(TRAINING) scripts/check lint types imports

format: ## Format the code
	@scripts/setup $(PROFILE)
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean: ## Remove the virtual environment and the caches of the tools
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
