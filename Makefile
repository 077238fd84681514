# Each target makes .venv and installs what it needs when that is missing or out of date.
PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.installed
DEV := .venv/.installed-dev

.PHONY: run demo sample-draft screenshots test test-slow fuzz lint audit format bench train-mini clean

run: $(RUN)  ## open the editor with the sample story on http://127.0.0.1:7860
	$(BIN)/python app.py $(ARGS)

demo: $(RUN)  ## render the sample story to out/demo.mp4
	@mkdir -p out
	$(BIN)/python -m seine_core render assets/sample_story -o out/demo.mp4

sample-draft: $(RUN)  ## render the draft that the sample story comes with
	$(BIN)/python -m assets.sample_draft

screenshots: $(DEV)  ## draw the README's pictures of the editor anew
	.ci/install-chromium
	$(BIN)/python -m assets.screenshots $(ARGS)

test: $(DEV)  ## all tests but the slow ones; installs Chromium where it is missing
	.ci/install-chromium
	$(BIN)/python -m pytest $(ARGS)

test-slow: $(DEV)  ## what takes minutes: kill loops, thousands of changed inputs, quality
	$(BIN)/python -m pytest -m slow $(ARGS)

fuzz: $(DEV)  ## look for inputs that break a reader, with atheris; ARGS="image 600" is one of them
	$(BIN)/python tests/fuzzing/fuzz.py $(ARGS)

lint: $(DEV)  ## style and types; those of the page's scripts where Node.js is
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	.ci/check-types

audit: $(DEV)  ## are the pinned packages the installed ones, and none of them known as bad
	$(BIN)/python .ci/audit

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## speed and memory of the hot paths
	@for name in $(basename $(notdir $(wildcard benchmarks/bench_*.py))); do \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; \
	done

train-mini: $(DEV)  ## the small model from nothing; hours, but stopped anywhere it goes on
	$(BIN)/python -m seine_core.train.mini --publish assets/models/seine-mini $(ARGS)

clean:
	rm -rf .venv out .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(RUN): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-train.txt requirements-charts.txt $(RUN)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
