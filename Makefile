# Every task of the project; `make` alone prints them.
PYTHON ?= python3
BIN    := .venv/bin

PORT       ?= 8000
MODEL      ?= models/fazhi-small
BASE_MODEL ?= models/work/base
DATA       ?= data/corpus
TAXONOMY   ?= data/taxonomy.yaml
RUN        ?= models/work/run
ARTIFACT   ?= models/work/artifact
VERSION    ?= 0.0.0
RUNS       ?= $(wildcard $(RUN))
GOLD       ?=
NOTEBOOK   ?= evaluation data compare_models
TEXTS      ?= tests/fazhi/reports/open-*.txt
N          ?=
REPORTS    ?=
OUTPUT     ?=
MINUTES    ?= 10
FORCE      ?=
TEACHERS   ?= models/fazhi-small
LAYERS     ?= 6
VARY       ?=
ARGS       ?=

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup serve test fuzz lint format data-check data-report label-errors learning-curve base train evaluate figures export promote notebook bench soak clean round-trip pareto cross-validation distill soup annotate-export weak-labels quantization-study

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 18

setup: .venv/serving.done ## Create .venv with the service, its client and the fazhi command (no torch)

serve: setup ## Start the service [PORT=8000 MODEL=folder]
	@$(BIN)/fazhi serve --port $(PORT) --model $(MODEL)

test: .venv/dev.done ## Run all tests
	$(BIN)/python -m pytest $(ARGS)

fuzz: .venv/dev.done ## Send hostile requests to the service [N=10000 MODEL=folder ARGS="--seed 1"]
	$(BIN)/python -m tests.serving.fuzz --number $(or $(N),10000) --model $(MODEL) $(ARGS)

lint: .venv/dev.done ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev.done ## Mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

data-check: .venv/dev.done ## Validate the corpus: schema, labels, duplicates, leakage [DATA=paths TAXONOMY=path GOLD=files]
	$(BIN)/python -m training.datasheet.check --data $(DATA) --taxonomy $(TAXONOMY) $(if $(GOLD),--gold $(GOLD)) $(ARGS)

data-report: .venv/dev.done ## Describe the corpus: counts, agreement, likeness to GOLD, near-duplicates [DATA=paths TAXONOMY=path GOLD=files]
	$(BIN)/python -m training.datasheet.report --data $(DATA) --taxonomy $(TAXONOMY) --output models/work/data-report $(if $(GOLD),--gold $(GOLD)) $(ARGS)

label-errors: .venv/dev.done ## List the least likely labels, by models that did not see them (long) [DATA=paths TAXONOMY=path]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.datasheet.label_errors --base_model $(BASE_MODEL) --data $(DATA) --taxonomy $(TAXONOMY) --output models/work/label-errors.csv $(ARGS)

weak-labels: .venv/dev.done ## Propose labels by keywords, for a first round without a model [REPORTS=folder TAXONOMY=path OUTPUT=file]
	$(BIN)/python -m training.annotation.weak_labels $(if $(REPORTS),--reports $(REPORTS)) --taxonomy $(TAXONOMY) --output $(or $(OUTPUT),models/work/weak-labels.jsonl) $(ARGS)

annotate-export: .venv/dev.done ## Choose the units most worth annotating, for Label Studio and doccano [REPORTS=folder N=200 MODEL=folder DATA=paths OUTPUT=folder]
	$(BIN)/python -m training.annotation.export_units $(if $(REPORTS),--reports $(REPORTS)) $(if $(N),--number $(N)) --model $(MODEL) --data $(DATA) --output $(or $(OUTPUT),models/work/annotate) $(ARGS)

cross-validation: .venv/dev.done ## What changed settings are worth, over folds and seeds (long) [VARY="noise=0 epochs=2,3" DATA=paths]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.studies.cross_validation --base_model $(BASE_MODEL) --data $(DATA) --taxonomy $(TAXONOMY) --output models/work/cross-validation $(if $(VARY),--vary $(VARY)) $(ARGS)

learning-curve: .venv/dev.done ## F1 against the share of reports learnt from (long) [DATA=paths TAXONOMY=path GOLD=files]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.studies.learning_curve --base_model $(BASE_MODEL) --data $(DATA) --taxonomy $(TAXONOMY) --output models/work/learning-curve $(if $(GOLD),--gold $(GOLD)) $(ARGS)

base: models/work/base/model.safetensors ## Build the embedded Chinese base encoder

train: .venv/dev.done ## Fine-tune into RUN [DATA=paths TAXONOMY=path BASE_MODEL=folder-or-hub-name ARGS="--epochs 3"]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.fit --base_model $(BASE_MODEL) --data $(DATA) --taxonomy $(TAXONOMY) --output $(RUN) $(ARGS)

distill: .venv/dev.done ## Train a student of TEACHERS with fewer LAYERS into RUN [TEACHERS=folder,folder LAYERS=6 DATA=paths]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m training.fit --base_model $(BASE_MODEL) --data $(DATA) --taxonomy $(TAXONOMY) --output $(RUN) --teachers "$(TEACHERS)" --layers $(LAYERS) --epochs 3 $(ARGS)

soup: .venv/dev.done ## Average the weights of RUNS into RUN [RUNS="a b" RUN=folder DATA=paths]
	$(BIN)/python -m training.soup --runs $(RUNS) --data $(DATA) --output $(RUN)

evaluate: .venv/dev.done ## Measure MODEL beside baselines and runs [MODEL=folder RUNS=folders DATA=paths GOLD=files ARGS=--slices]
	$(BIN)/python -m training.evaluation.evaluate --model $(MODEL) --data $(DATA) --base_model $(BASE_MODEL) --output models/work/evaluation $(if $(RUNS),--runs $(RUNS)) $(if $(GOLD),--gold $(GOLD)) $(ARGS)

figures: .venv/serving.done ## Measure how numbers are read, on the annotated ones [MODEL=folder ARGS="--errors dev"]
	$(BIN)/python -m benchmarks.figures --model $(MODEL) $(ARGS)

export: .venv/dev.done ## Write RUN as an int8 model folder [RUN=folder ARTIFACT=folder VERSION=1.0.0]
	$(BIN)/python -m training.release.export --run $(RUN) --data $(DATA) --output $(ARTIFACT) --version $(VERSION) $(ARGS)

# A given ARTIFACT goes before the run that RUN names by default.
promote: .venv/dev.done ## Release RUN, or ARTIFACT, as MODEL unless it is worse [RUN|ARTIFACT=folder VERSION=1.0.0 FORCE=1]
	$(BIN)/python -m training.release.promote --candidate $(if $(findstring file,$(origin ARTIFACT)),$(RUN),$(ARTIFACT)) --data $(DATA) --release $(MODEL) --version $(VERSION) $(if $(FORCE),--force) $(ARGS)

pareto: .venv/dev.done ## F1 against speed and size of RUNS, fp32 and int8; table and plot [RUNS=folders DATA=paths]
	$(BIN)/python -m training.studies.pareto --runs $(RUNS) --data $(DATA) --output models/work/pareto $(ARGS)

quantization-study: .venv/dev.done ## What ways of quantising RUN lose, weigh and save (minutes) [RUN=folder DATA=path]
	$(BIN)/python -m training.studies.quantization --run $(RUN) --data $(DATA) --output models/work/quantization $(ARGS)

notebook: .venv/dev.done ## Run the notebooks into models/work/notebooks [NOTEBOOK=evaluation MODEL=folder DATA=path]
	@mkdir -p models/work/notebooks
	@for name in $(NOTEBOOK); do \
	  FAZHI_MODEL=$(abspath $(MODEL)) FAZHI_LABELLED=$(abspath $(DATA)) FAZHI_CORPUS=$(abspath $(DATA)) \
	  $(BIN)/jupyter execute notebooks/$$name.ipynb --output $(abspath models/work/notebooks)/$$name.ipynb || exit 1; \
	done

bench: .venv/dev.done models/work/infinity/done ## Measure the service beside others; table and plot in models/work/bench [MODEL=folder]
	@if [ "$(BASE_MODEL)" = models/work/base ]; then $(MAKE) --no-print-directory base; fi
	$(BIN)/python -m benchmarks.serving --model $(MODEL) --base_model $(BASE_MODEL) --data data/corpus --infinity models/work/infinity --output models/work/bench $(ARGS)

round-trip: .venv/dev.done ## Score reports read back from Word, PDF, web pages, GBK … [TEXTS=files GOLD=folder]
	$(BIN)/python -m benchmarks.round_trip $(TEXTS) $(if $(GOLD),--gold $(GOLD)) $(ARGS)

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
