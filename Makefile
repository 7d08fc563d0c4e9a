# Every task of the project; `make` alone prints them.
PYTHON ?= python3
BIN    := .venv/bin

PORT       ?= 8000
MODEL      ?= models/fazhi-small
BASE_MODEL ?= models/work/base
DATA       ?= data/corpus
RUN        ?= models/work/run
ARTIFACT   ?= models/work/artifact
VERSION    ?= 0.0.0
GOLD       ?=
N          ?= 10000
MINUTES    ?= 10
ARGS       ?=

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup serve test fuzz lint format data-check data-report label-errors learning-curve base train evaluate export notebook bench soak clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

setup: .venv/serving.done ## Create .venv with the service, its client and the fazhi command (no torch)

serve: setup ## Start the service [PORT=8000 MODEL=folder]
	@$(BIN)/fazhi serve --port $(PORT) --model $(MODEL)

test: .venv/dev.done ## Run all tests
	$(BIN)/python -m pytest $(ARGS)

fuzz: .venv/dev.done ## Send hostile requests to the service [N=10000 MODEL=folder ARGS="--seed 1"]
	$(BIN)/python -m tests.serving.fuzz --number $(N) --model $(MODEL) $(ARGS)

lint: .venv/dev.done ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev.done ## Mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

data-check: .venv/dev.done ## Validate the corpus: schema, labels, duplicates, leakage [DATA=path GOLD=files]
	$(BIN)/python -m training.datasheet.check --data $(DATA) $(if $(GOLD),--gold $(GOLD)) $(ARGS)

data-report: .venv/dev.done ## Describe the corpus: counts, agreement, likeness to GOLD, near-duplicates [DATA=path GOLD=files]
	$(BIN)/python -m training.datasheet.report --data $(DATA) --output models/work/data-report $(if $(GOLD),--gold $(GOLD)) $(ARGS)

label-errors: .venv/dev.done ## List the least likely labels, by models that did not see them (long) [DATA=path]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.datasheet.label_errors --base_model $(BASE_MODEL) --data $(DATA) --output models/work/label-errors.csv $(ARGS)

learning-curve: .venv/dev.done ## F1 against the share of reports learnt from (long) [DATA=path GOLD=files]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.learning_curve --base_model $(BASE_MODEL) --data $(DATA) --output models/work/learning-curve $(if $(GOLD),--gold $(GOLD)) $(ARGS)

base: models/work/base/model.safetensors ## Build the embedded Chinese base encoder

train: .venv/dev.done ## Fine-tune into RUN [DATA=path BASE_MODEL=folder-or-hub-name ARGS="--epochs 3"]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.fit --base_model $(BASE_MODEL) --data $(DATA) --output $(RUN) $(ARGS)

evaluate: .venv/dev.done ## Measure MODEL beside two baselines [MODEL=folder DATA=path GOLD=files]
	$(BIN)/python -m training.evaluate --model $(MODEL) --data $(DATA) $(if $(GOLD),--gold $(GOLD)) $(ARGS)

export: .venv/dev.done ## Write RUN as an int8 model folder [RUN=folder ARTIFACT=folder VERSION=1.0.0]
	$(BIN)/python -m training.export --run $(RUN) --data $(DATA) --output $(ARTIFACT) --version $(VERSION) $(ARGS)

notebook: .venv/dev.done ## Run the evaluation notebook into models/work/evaluation.ipynb [MODEL=folder]
	@mkdir -p models/work
	FAZHI_MODEL=$(abspath $(MODEL)) $(BIN)/jupyter execute notebooks/evaluation.ipynb --output $(abspath models/work/evaluation.ipynb)

bench: .venv/dev.done models/work/infinity/done ## Measure the service beside others; table and plot in models/work/bench [MODEL=folder]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m benchmarks.serving --model $(MODEL) --base_model $(BASE_MODEL) --data data/corpus --infinity models/work/infinity --output models/work/bench $(ARGS)

soak: .venv/dev.done ## Load the service for a while, kill a worker, swap the model [MINUTES=10 MODEL=folder]
	$(BIN)/python -m benchmarks.soak --model $(MODEL) --data data/corpus --minutes $(MINUTES) --output models/work/soak $(ARGS)

clean: ## Remove the environment and work files
	rm -rf .venv models/work

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/serving.done: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[serving,client]'
	@touch $@

# CPU torch first and by its version: a plain `torch` brings several GB of CUDA packages.
.venv/dev.done: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[serving,client,training,notebooks,dev]'
	@touch $@ .venv/serving.done

models/work/base/model.safetensors: training/base_model.py | .venv/dev.done
	$(BIN)/python -m training.base_model --output $(@D)

# An environment of its own: infinity-emb needs an older transformers and numpy than ours.
models/work/infinity/done: benchmarks/infinity-requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
