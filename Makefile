# The main commands are `make run` and `make test`. Both create .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := domain media_server webapp migrations tests benchmarks scripts
UV = $(firstword $(wildcard .venv/.uv/bin/uv) uv)
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url
export UV_CUSTOM_COMPILE_COMMAND := make lock

.PHONY: run test check format lock schema bench install models

run: ## Install the locked packages and start everything. ARGS="--port 9000" passes options.
	@$(PYTHON) scripts/bootstrap.py run
	@exec $(BIN)/moments up $(ARGS)

test: install ## Run every test. ARGS="tests/unit -k ring" selects some, ARGS="-n 0 --pdb" debugs.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 3 --dist loadscope $(ARGS)

check: install ## Run the checks of CI and the pre-commit hook.
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deno fmt --quiet --check
	$(BIN)/deno lint --quiet
	$(BIN)/deno check --quiet webapp tests/scripts

format: install
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/deno fmt --quiet

bench: install ## Run the benchmarks of docs/performance.md, each against its alternative.
	@failed=; for script in benchmarks/[a-z]*.py; do name=$$(basename $$script .py); \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name || failed="$$failed $$name"; done; \
		if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

lock: install ## Resolve versions within the limits of pyproject.toml; ARGS=--upgrade takes newer ones.
	$(COMPILE) $(ARGS) pyproject.toml --output-file requirements.lock
	$(COMPILE) $(ARGS) --extra dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock

schema: install ## Generate the reference schemas, migrations/*/install.sql, from the tables and migrations.
	@$(BIN)/python -m scripts.schema

install:
	@$(PYTHON) scripts/bootstrap.py dev

models: install ## Try again to install the optional model weights.
	@$(PYTHON) scripts/bootstrap.py models
