# Short names for what the README and .ci/run spell out. None of them is needed to use Trimtab.
.PHONY: setup demo run check test faults campaign bench bench-detect fix
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

setup: .venv/installed  ## an environment with the test extras

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[test]'
	touch $@

demo: setup  ## a filled workspace and the dashboard
	trimtab demo

run: setup  ## serve the workspace in ./.trimtab
	trimtab up

test: setup  ## the README's test command
	pytest -n 2 -m "not slow"

check: setup  ## all that CI checks, but the acceptance cases
	rm -f .coverage .coverage.*
	pytest -n 2 -m "not slow" --cov --cov-report=
	.ci/check

faults: setup  ## 10,000 damaged ledgers, 1,000 sound ones; 1,000 processes killed while they act or train
	python -m tests.faults.ledger_campaign
	python -m tests.faults.actions_campaign

campaign: setup  ## more seeds of what the slow tests look at
	pytest -n 2 --dist loadfile -m campaign

bench: setup  ## against Evidently, NannyML and whylogs; writes docs/benchmarks.md
	python -m tests.bench.speed_bench
	python -m tests.bench.profile_bench
	python -m tests.bench.freshness_bench
	python -m tests.bench.store_bench
	python -m tests.bench.lineage_bench
	python -m tests.bench.fleet_bench

bench-detect: setup  ## false alarms and power against Evidently and NannyML; writes docs/benchmarks.md
	python -m tests.bench.detect_bench

fix: setup  ## format and mend what can be mended
	ruff format .
	ruff check --fix .
