# Every target is listed by `make help`. Nothing is installed twice: .venv/.installed remembers the lock files.

PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_HOME ?= $(or $(HEALTHCARE_ELT_HOME),$(CURDIR))/.dagster

.PHONY: help setup run test test-live soak mutations size drift bench bench-full bench-growth bench-gate dev docs lint lock

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/.installed ## Create .venv and install from requirements.lock.

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/python3.11."; exit 2; }
	@echo "Installing into .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@$(BIN)/python -c 'from healthcare_elt.transform.empty import build_at_install; build_at_install()'
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.venv-ministack/.installed: tests/emulators/ministack/requirements.lock
	@$(PYTHON) -m venv .venv-ministack
	@.venv-ministack/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# The Snowflake emulator of the tests has its own packages, and so its own environment.
.venv-emulator/.installed: tests/emulators/snowflake/requirements.lock
	@$(PYTHON) -m venv .venv-emulator
	@.venv-emulator/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

ifeq ($(TARGET),emulated)
run: .venv/.installed-dev .venv-ministack/.installed .venv-emulator/.installed
	@$(BIN)/python tests/emulators/emulated.py
else
run: .venv/.installed ## Run what is new; TARGET=emulated: on S3 and Snowflake.
	@$(BIN)/healthcare-elt sample --if-empty
	@$(BIN)/healthcare-elt run
endif

dev: .venv/.installed ## Open the Dagster UI on http://localhost:3000, or on PORT=n, history kept.
	@$(BIN)/healthcare-elt doctor
	@$(BIN)/dg dev --port $(or $(PORT),3000)

docs: .venv/.installed ## Write the dbt documentation with lineage as one static page.
	@$(BIN)/healthcare-elt docs

test: .venv/.installed-dev .venv-ministack/.installed .venv-emulator/.installed ## Lint, then run every test.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

LIVE := tests/integration/test_cloud.py tests/integration/test_snowflake_dbt.py tests/integration/test_snowflake_governance.py \
	tests/contract/test_warehouse.py tests/contract/test_landing_zone.py tests/contract/test_ledger_places.py tests/contract/test_warehouse_on_s3.py

test-live: .venv/.installed-dev ## Run the cloud's tests in accounts of yours (docs/cloud.md).
	@$(BIN)/pytest --live -rs $(LIVE)

soak: .venv/.installed-dev .venv-ministack/.installed ## Attack the promises for MINUTES=10; also SEED, SUITES.
	@$(BIN)/python tests/soak/soak.py --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(if $(SUITES),--suites $(SUITES))

mutations: .venv/.installed-dev ## Break macros in plausible ways; a named test catches each.
	@$(BIN)/python tests/mutations/check.py

size: .venv/.installed-dev ## Run the tests of size in full (an hour; 40 GB of disk).
	@HYPOTHESIS_PROFILE=soak $(BIN)/pytest -s tests/size

drift: .venv/.installed-dev ## Which shifts of the sample are seen; writes docs/drift.md.
	@PYTHONPATH=tests/property $(BIN)/python tests/drift/shifts.py

# What the platform is compared with has packages of its own.
.venv-bench/.installed: benchmarks/requirements.txt
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

bench: .venv/.installed .venv-bench/.installed ## Compare speed at 100,000 rows; writes docs/performance.md.
	@$(BIN)/python -m benchmarks runners --encounters 100000 --rounds $(or $(ROUNDS),5)
	@$(BIN)/python -m benchmarks scenarios --rounds $(or $(ROUNDS),3) --only idle split dirty page
	@$(BIN)/python -m benchmarks doc

bench-full: .venv/.installed .venv-bench/.installed ## The same with 1 and 5 million rows (two hours).
	@$(BIN)/python -m benchmarks runners --encounters 1000000 --rounds $(or $(ROUNDS),5) --only limit ours dlt_dbt usual
	@$(BIN)/python -m benchmarks runners --encounters 5000000 --rounds $(or $(ROUNDS),5) --only limit ours dlt_dbt
	@$(BIN)/python -m benchmarks scenarios --history 5000000 --rounds $(or $(ROUNDS),3) --only history memory
	@$(BIN)/python -m benchmarks doc

bench-growth: .venv/.installed ## Cost against history, files, tables and more (20 minutes).
	@$(BIN)/python -m benchmarks growth
	@$(BIN)/python -m benchmarks doc

bench-gate: .venv/.installed ## Fail if the platform became slower by a quarter.
	@$(BIN)/python -m benchmarks gate

lint: .venv/.installed-dev ## Mend what the linter can.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Resolve pyproject.toml into the lock files (needs uv).
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock
	uv pip compile pyproject.toml --group dev --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links -o requirements-dev.lock
