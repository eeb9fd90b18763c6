# make run: learn The Scream and ship it. make test: all tests but those that start a Slurm of their own,
# or TESTS=tests/slurm alone. Both set up .venv first.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
TESTS ?= tests --ignore=tests/slurm
MORE ?=
READY := $(VENV)/.ready

unexport PYTHONDONTWRITEBYTECODE  # a hundred processes of the tests compile once what they share

.PHONY: setup run test check fuzz kills format bench clean

setup: $(READY)

# stale when the requirements changed, or when its Python is gone
$(READY): pyproject.toml constraints.txt $(if $(shell $(PY) -c "" 2>/dev/null && echo ok),,missing)
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Kunster needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)')"
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

.PHONY: missing
missing:

run: $(READY)
	$(PY) -m kunster.run +experiment=scream start=starry_night:14:perceptual \
		objective.perceptual.steps=500 objective.perceptual.terms.style.weight=14 \
		objective.temporal.steps=100 objective.temporal.terms.style.weight=21 resume=true $(MORE)

# a test that takes five minutes hangs: it fails, with the place where it hung
test: $(READY)
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 1 \
		-o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true $(TESTS)

check: $(READY)
	$(PY) -m ruff format --check kunster tests
	$(PY) -m ruff check kunster tests
	$(PY) -m mypy
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow"

format: $(READY)
	$(PY) -m ruff check --fix kunster tests
	$(PY) -m ruff format kunster tests

# 500 damaged variants of every kind of file; FUZZ=20 is a quick look
fuzz: $(READY)
	OMP_NUM_THREADS=1 FUZZ=$(or $(FUZZ),500) $(PY) -m pytest tests/fuzz

# 100 kills at random moments; KILLS=20 for fewer
kills: $(READY)
	OMP_NUM_THREADS=1 $(PY) -m tests.kills $(or $(KILLS),100)

bench: $(READY)
	$(PY) -m kunster.bench train

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
	find conf kunster sweeps tests -name __pycache__ -prune -exec rm -rf {} +
