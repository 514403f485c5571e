PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# what it does is shown line by line: some downloads take a minute
PIP := $(BIN)/pip install --progress-bar off --disable-pip-version-check --constraint constraints.txt
DEPS := pyproject.toml constraints.txt
# one thread a worker: pytest-xdist already uses every core (tests/conftest.py says with how many)
# Where nothing may be kept of a module (PYTHONDONTWRITEBYTECODE), each worker of each run rewrites all
# asserts anew, 5 seconds of the processor; kept, the next worker and the next run read them.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# $(call told,WORDS,COMMAND) runs a command that may be silent for a minute, and says every ten seconds
# that it is still at it and how much it has installed so far
define told
@while sleep 10 >&- 2>&-; do echo "  still $(1), $$(du -sm $(VENV) 2>/dev/null | cut -f1) MB are there"; done & \
beat=$$!; trap 'kill $$beat 2>/dev/null' EXIT; echo "$(1) ..."; $(2)
endef

# the newest release of a Python that pyenv has, else the one on the path, else nothing
python_of = $(firstword $(wildcard $(HOME)/.pyenv/versions/$(1).*/bin/python) $(wildcard /usr/bin/python$(1)))

.PHONY: demo test test-fast test-lowest test-newest test-python test-versions test-warehouse
.PHONY: coverage check notebooks bench bench-small docs test-site shots clean

$(BIN)/python:
	$(call told,making an environment in $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.demo: $(DEPS) | $(BIN)/python
	$(call told,installing the package and what reports need (a minute or two),$(PIP) --editable ".[report]")
	$(call told,loading the package for the first time,$(BIN)/python -m infotheory.cli --help > /dev/null)
	@touch $@

$(VENV)/.test: $(DEPS) | $(BIN)/python
	$(PIP) torch
	$(PIP) --editable ".[test]"
	touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## the scorecard report on the bundled German credit data
	$(BIN)/infotheory demo --output out/german_credit

test: $(VENV)/.test  ## the whole suite, Monte-Carlo studies included
	$(PYTEST)

test-fast: $(VENV)/.test  ## the suite without the Monte-Carlo studies
	$(PYTEST) -m "not slow"

test-lowest:  ## what stands nearest to other packages, with exactly the lowest versions of pyproject.toml
	.ci/other_versions lowest $(call python_of,3.11)

test-newest:  ## the same with the newest versions, on Python 3.13 where the machine has it
	.ci/other_versions newest $(call python_of,3.13)

test-python:  ## the same with the versions of constraints.txt on Python 3.12
	.ci/other_versions constrained $(call python_of,3.12)

test-versions: test-lowest test-newest test-python

test-warehouse:  ## tables of Ibis, with DuckDB and a PostgreSQL server of the tests behind them
	.ci/warehouse $(PYTHON)

coverage: $(VENV)/.test  ## lines that no test reaches, Monte-Carlo studies left out; fails below 99 %
	$(PYTEST) -m "not slow" --cov --cov-report=
	COVERED=1 .ci/warehouse $(PYTHON)  # adds the lines of tables that stay in their databases
	$(BIN)/coverage report --show-missing --skip-covered --fail-under=99

check: $(VENV)/.test  ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/.test  ## every notebook in a fresh kernel; its results are written beside it
	$(PIP) --editable ".[notebooks]"
	OMP_NUM_THREADS=1 $(BIN)/python notebooks/execute.py  # two at a time

bench: $(VENV)/.test  ## ours beside its peers, each in an environment of its own
	$(BIN)/python benchmarks/run.py

bench-small: $(VENV)/.test  ## every benchmark once, at small sizes: is one broken?
	$(BIN)/python benchmarks/run.py --small

shots: $(VENV)/.test  ## pictures of the home page and of the workbench for the documentation
	$(BIN)/python docs/_ext/home_pictures.py
	$(BIN)/python docs/_ext/workbench_shots.py

docs: $(VENV)/.test
	$(PIP) --editable ".[docs]"
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

test-site: docs  ## the built site in Chromium: home, search, galleries, phones
	SITE_IS_BUILT=1 $(BIN)/python -m pytest -q tests/browser/test_site.py

clean:
	rm -rf $(VENV) .venv-peers .venv-peers-pandas2 out docs/_build docs/_generated docs/notebooks docs/reference
