# The project's few commands; `make help` lists them. Each sets up what it needs: a virtual environment in .venv with
# the versions of constraints.txt, made once, and brought up to date when pyproject.toml or constraints.txt changed.
#
#   make test PYTHON=python3.12                     another Python, for an environment that is not there yet
#   make test PYTHON=python3.12 VENV=.venv-3.12     a second environment beside the first

PYTHON ?= python3
VENV ?= .venv

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

python := $(VENV)/bin/python
version := -c 'import sys; print("%d.%d" % sys.version_info[:2])'

# An environment holds one Python; whoever names another is told, instead of getting the one that is there.
ifeq ($(origin PYTHON):$(wildcard $(python)),command line:$(python))
  has := $(shell $(python) $(version))
  asked := $(shell $(PYTHON) $(version))
  ifneq ($(has),$(asked))
    $(error $(VENV) holds Python $(has), and $(PYTHON) is Python $(asked). Remove $(VENV), or add VENV=.venv-$(asked))
  endif
endif

# Told by content, not by time: a checkout that only touches the two files installs nothing.
ready := $(VENV)/.ready-$(shell cat pyproject.toml constraints.txt | cksum | tr ' ' -)
peers := asl-validator@4.0.0
# All of them are run, so that whoever mends mends once.
checks := "ruff check" "ruff format --check" "mypy ." "lint-imports --no-logo" \
	"python -m checks.proportions" "python -m checks.requirements" "python -m checks.clean"

.PHONY: help setup demo test prove check build golden bench conformance pictures requirements constraints peers

help: ## This list.
	@sed -nE 's/^([a-z]+):.*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf 'make %-13s %s\n' "$$name" "$$what"; done

setup: $(ready) ## Only set up.

demo: $(ready) ## Run the drift check over the example Terraform roots, or cluster-power where there is no terraform.
	@$(python) examples/demo.py

# A file's tests stay together: what a module sets up is set up once.
test: $(ready) ## All tests, on all cores, with a sample of each long proof; the last lines say what was skipped and why.
	@$(python) -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

prove: $(ready) ## The long proofs with their full counts.
	@HANDRAIL_PROVE=1 $(python) -m pytest -m prove

check: $(ready) ## Style, types, direction of imports, proportions, requirements, nothing that must not be committed.
	@status=0; for check in $(checks); do echo "== $$check"; $(VENV)/bin/$$check || status=1; done; exit $$status

build: $(ready) ## Write every artefact of every runbook to dist/.
	@$(python) build.py

golden: $(ready) ## Write tests/golden/ anew from the runbooks; read the difference before you commit it.
	@$(python) build.py --golden

bench: $(ready) ## The benchmarks, each against its yardstick in one run.
	@for program in benchmarks/*.py; do echo "== $$program"; $(python) "$$program"; done

conformance: $(ready) ## How far the engine agrees with AWS, by group; what differs, with reasons.
	@$(python) -m tests.conformance

pictures: $(ready) ## Draw the pictures of README.md anew, from a run of the demo.
	@$(python) docs/images/draw.py

requirements: $(ready) ## Each requirement and the test that proves it; fails where a named test does not exist.
	@$(python) -m checks.requirements

constraints: ## Install the newest versions into an environment of their own and pin them in constraints.txt.
	@bash checks/constraints.sh "$(PYTHON)"

peers: ## The npm programs that some tests compare with, into var/npm; without them those tests are skipped.
	@npm install --prefix var/npm --no-audit --no-fund --loglevel=error $(peers)

$(ready):
	@bash checks/environment.sh "$(PYTHON)" "$(VENV)"
	@rm -f $(VENV)/.ready-* && touch $@
