# Everything runs in .venv, which the first target that needs it makes; only Python 3.11 and make have to be there.
.DEFAULT_GOAL := help
.PHONY: help demo test test-learn train lint format bench clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LEARN := $(VENV)/.installed-learn
SOURCES := $(wildcard slpvec nas_bench benchmarks examples tests)
PYTEST_FLAGS ?=
TORCH ?= yes

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "slpvec needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[tools,dev]'
	@touch $@

# torch is large, and only training needs it: `make test TORCH=no` does without, and skips the tests that train.
$(LEARN): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[learn]'
	@touch $@

demo: $(STAMP) ## Vectorize real programs, prove it, compare with LLVM, build, run and verify them
	$(BIN)/python -m nas_bench.demo

test: lint $(if $(filter no,$(TORCH)),,$(LEARN)) ## Check style, types and layers, then run all tests
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-learn: $(LEARN) ## Run the tests of the learned policy
	$(BIN)/python -m pytest $(PYTEST_FLAGS) tests/test_gnn_*.py

lint: $(STAMP) ## Check style, types and layers
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

format: $(STAMP) ## Put the sources into shape
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

train: $(LEARN) ## Train the learned policy on the shipped labels, in minutes, and evaluate it on held-out packages
	$(BIN)/python -m slpvec train datasets/own-labels -o build/learned -j 2
	$(BIN)/python -m slpvec eval datasets/own-labels --split test --weights build/learned/weights.safetensors \
	  --policies greedy,gnn-alone,gnn -j 2

bench: $(STAMP) ## Time slpvec itself on blocks of up to 30,000 instructions
	$(BIN)/python -m benchmarks.scale

clean: ## Remove what was made here, .venv included
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
