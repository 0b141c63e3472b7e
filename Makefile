# The three uses: make explore, make report, and reading the page that it prints.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What a report is made of; see `$(BIN)/python -m aegan_lib report --help`.
PROFILE ?= quick
DATASET ?= faces
CROP ?=
IMAGES ?=
VERSIONS ?=
SEEDS ?=
TABLE ?=
FORCE ?=
JOBS ?=
EXTRA ?=
PRECISION ?=
BACKEND ?= tensorflow
REPORTS ?= reports
DATA ?= data
export AEGAN_BACKEND = $(BACKEND)
export PROFILE DATASET CROP IMAGES VERSIONS SEEDS FORCE JOBS EXTRA PRECISION REPORTS DATA TABLE

# In JupyterLab the kernel is this environment's, and nobody's configuration changes it.
FOREIGN := JUPYTER_PATH JUPYTER_CONFIG_PATH JUPYTER_RUNTIME_DIR PYTHONSTARTUP MPLBACKEND MATPLOTLIBRC

.PHONY: help setup setup-jax setup-snakemake setup-torch report study pdf test test-jax slow bench soak mutants example explore lint format lock clean

help: ## list the targets
	@echo "make TARGET, with TARGET one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | while read -r name text; do \
		printf '  %-15s %s\n' "$$name" "$$text"; done
	@echo
	@echo "make report understands PROFILE=smoke|quick|small|full, VERSIONS=\"v1 v4\" (or documents,"
	@echo "frontier, rules, all), SEEDS=\"0 1\","
	@echo "DATASET=faces|celeba|celeba:PATH|folder:PATH, CROP=part of each photograph,"
	@echo "IMAGES=n (training images), FORCE=1 (train all of it again), JOBS=n (runs at a time),"
	@echo "EXTRA=file.py (versions of your own), BACKEND=tensorflow|jax,"
	@echo "PRECISION=float32|mixed_bfloat16, REPORTS=folder and DATA=folder. make study understands"
	@echo "the same but FORCE, and TABLE=file.csv: draw a table that was kept, and train nothing."

setup: $(READY) ## build .venv from the hashed lock file

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Python 3.11, 3.12 or 3.13 is needed. Received: %d.%d. Choose another: make PYTHON=python3.12" % v)'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "This Python cannot make virtual environments: install the package python3-venv."; exit 1; }
	@# One at a time: another make may be building it just now, and this one then uses that.
	@$(PYTHON) -c 'import fcntl, subprocess, sys; lock = open("$(VENV).lock", "w"); \
		fcntl.flock(lock, fcntl.LOCK_EX); sys.exit(subprocess.call(sys.argv[1:]))' \
		$(MAKE) --no-print-directory environment

.PHONY: environment
environment: # only within the lock
	@if [ -e $(READY) ] && [ $(READY) -nt requirements.lock ] && [ $(READY) -nt pyproject.toml ]; then exit 0; fi; \
	echo "Building $(VENV): some minutes the first time."; \
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable . && \
	touch $(READY)

setup-jax: $(READY) $(READY)-jax ## add JAX to .venv: a second backend, for accelerators

$(READY)-jax: requirements-jax.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-jax.lock
	@touch $@

setup-snakemake: $(READY) $(READY)-snakemake ## add Snakemake to .venv: the same report on many machines

$(READY)-snakemake: requirements-snakemake.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-snakemake.lock
	@touch $@

setup-torch: ## build .venv-torch: PyTorch, which `make bench` measures beside this
	@rm -rf .venv-torch && $(PYTHON) -m venv .venv-torch
	@.venv-torch/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-torch.lock

report: $(READY) ## train every version and render the report
	@$(BIN)/python -m aegan_lib report

study: $(READY) ## hold every weighting against fixed weights, seed by seed (many hours; goes on)
	@$(BIN)/python -m aegan_lib study

# Side by side, a process more than there are cores; TESTS="-n 0 -k name" asks for something else.
TESTS ?= -n auto --maxprocesses 4

test: lint ## lint, types, fast tests, every notebook at smoke size
	@$(BIN)/python -m mypy
	@$(BIN)/python -m pytest $(TESTS)

test-jax: setup-jax ## the tests of the training core on JAX, and both backends weight by weight
	@AEGAN_BACKEND=jax $(BIN)/python -m pytest $(TESTS) tests/jax tests/core/test_losses.py \
		tests/core/test_training.py tests/core/test_verification.py

slow: $(READY) ## the tests that take minutes or gigabytes each
	@$(BIN)/python -m pytest -m slow -n 0

mutants: $(READY) ## test the tests: which small changes to the core would none of them notice
	@$(BIN)/python benchmarks/mutants.py

bench: $(READY) ## time the training step beside PyTorch and the documents' loop; renew README's table
	@$(BIN)/python benchmarks/speed.py

soak: $(READY) ## interrupt trainings in every way, count what they survive, renew docs/trust.md
	@$(BIN)/python -m pytest -m slow tests/core/test_storage.py tests/core/test_checkpoints.py \
		tests/core/test_storage_faults.py tests/core/test_storage_damage.py \
		tests/core/test_damaged_checkpoints.py
	@$(BIN)/python benchmarks/soak.py

pdf: $(READY) ## print the report's page to a PDF beside it (needs Chromium or Chrome)
	@$(BIN)/python -m aegan_lib pdf

example: $(READY) ## renew reports/example, which is committed: a page of three seeds, small runs
	@PROFILE=quick DATASET=faces CROP= IMAGES= VERSIONS= SEEDS="3 4 5" FORCE= EXTRA= PRECISION= $(BIN)/python -m aegan_lib report
	@PROFILE=quick DATASET=faces CROP= IMAGES= VERSIONS="autoencoder gan v1 v4 v5 frontier vqgan uncertainty constraint" SEEDS=5 FORCE= EXTRA= PRECISION= $(BIN)/python -m aegan_lib report
	@$(BIN)/python -m aegan_lib example

explore: $(READY) ## open JupyterLab on the notebooks
	@venv="$$(cd $(VENV) && pwd)" && env $(FOREIGN:%=-u %) JUPYTER_PREFER_ENV_PATH=1 \
		JUPYTER_CONFIG_DIR="$$venv/jupyter" JUPYTER_DATA_DIR="$$venv/share/jupyter" \
		IPYTHONDIR="$$venv/ipython" \
		$(BIN)/jupyter lab $$(test "$$(id -u)" != 0 || echo --allow-root) \
		--notebook-dir=notebooks notebooks/explore.ipynb

lint: $(READY) ## check style, and that notebooks are committed without outputs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/nbstripout --verify notebooks/*.ipynb
	@$(BIN)/lint-imports

format: $(READY) ## rewrite code and notebooks in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/nbstripout notebooks/*.ipynb

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements.lock
	@# JAX beside it, at the same versions of all that both need; constraints carry no hashes.
	@sed 's/ \\$$//; /^ *--hash/d' requirements.lock > requirements-jax.lock.in
	@echo jax | uv pip compile - --constraint requirements-jax.lock.in --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements-jax.lock
	@# And Snakemake, with SLURM's executor; both stay out of the environment of everyone else.
	@printf 'snakemake\nsnakemake-executor-plugin-slurm\n' | uv pip compile - \
		--constraint requirements-jax.lock.in --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements-snakemake.lock
	@rm requirements-jax.lock.in
	@printf 'torch\nnumpy\n' | uv pip compile - --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements-torch.lock

clean: ## remove the environment, caches, prepared data and all runs; your pictures stay
	@rm -rf $(VENV) .venv-torch $(VENV).lock .snakemake data/.locks .mypy_cache .pytest_cache .ruff_cache mutants
	@find data -mindepth 2 -maxdepth 2 -path 'data/*px-*/manifest.json' -execdir sh -c 'rm -rf -- "$$PWD"' \;
	@find data -mindepth 1 -maxdepth 1 -type d -name '.*-*px-*' -exec rm -rf {} +
	@find reports -mindepth 1 -maxdepth 1 ! -name template ! -name example ! -name pictures ! -name plan.toml -exec rm -rf {} +
