# Thin: what a target does is in scripts/. Every target does all of its own set-up.
.DEFAULT_GOAL := help
.PHONY: help demo test soak bench lint format clean

# Choices, given on the command line: `make demo MODEL=small SPEED=0`, `make test FAST=1`.
MODEL ?= demo
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

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: ## Stream the sample recordings through a server, live (MODEL=demo|NAME|DIR, ENTITIES=demo|DIR|0: no torch, SPEED=1, FILES=...)
	@scripts/setup $(if $(FINDER),entities,server)
	@$(BIN)/python scripts/demo.py --model "$(MODEL)" --entities "$(or $(FINDER),off)" --speed "$(SPEED)" $(FILES)

test: ## Everything that must hold: lint, types, imports, tests, coverage (FAST=1: two minutes, quick tests; TRAINING=0: no torch)
	@scripts/setup $(PROFILE)
	@BIN=$(BIN) TRAINING=$(TRAINING) scripts/check lint types imports $(if $(QUICK),quick-tests,browser tests)

soak: ## What takes many minutes: an hour of speech over a line that breaks a thousand times
	@scripts/setup $(PROFILE)
	@$(BIN)/pytest -m soak -s

bench: ## Measure latency, accuracy, cost and capacity, 25 minutes on an idle machine (PEERS=1: other servers, too)
	@scripts/setup $(PROFILE)
	@$(BIN)/python -m benchmarks all $(if $(filter-out 0,$(PEERS)),peers) --write

lint: ## Lint, types and imports only
	@scripts/setup $(PROFILE)
	@BIN=$(BIN) TRAINING=$(TRAINING) scripts/check lint types imports

format: ## Put the code into the house format
	@scripts/setup $(PROFILE)
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean: ## Remove the virtual environment and what the tools left behind
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
