# Two commands matter: `make demo` shows everything, `make test` proves it. Python 3.11+ and git are enough.
# PORT=9000 make demo (or serve) picks another port than 8000.
PYTHON ?= python3
PY := .venv/bin/python
UV := .venv/bin/uv
export PYTHONPATH := $(CURDIR)
# The certificates that this machine trusts, as pip does: behind a company's proxy they are others.
export UV_SYSTEM_CERTS ?= 1

.PHONY: demo test setup check fix serve lock verify-data clean

demo: .venv/product
	@$(PY) -m api.cli demo

test: .venv/dev
	$(PY) -m pytest -n 2 --dist loadgroup tests

setup: .venv/dev

serve: .venv/product
	@$(PY) -m api.cli serve --development

check: .venv/dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	$(PY) -m api.cli schema | diff -u schema/schema.graphql -
	$(PY) -m db.migrate check

fix: .venv/dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) -m api.cli schema > schema/schema.graphql

# FILES: one or more thread files (JSON lines, plain or gzip), e.g. make verify-data FILES=threads.jsonl.gz
verify-data: .venv/dev
	$(PY) -m tests.verify_data $(FILES)

# Both locks anew: hashes only, no index addresses.
lock: .venv/uv
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml -o requirements/product.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements/product.txt --group dev pyproject.toml -o requirements/dev.txt
	echo 'uv' | $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-header - -o requirements/uv.txt

clean:
	rm -rf .venv .demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| (echo "Deskgraph needs Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 1)
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/product: .venv/uv requirements/product.txt
	@$(UV) pip install -q -p $(PY) --require-hashes -r requirements/product.txt
	@printf '#!%s\nimport sys\nsys.path.insert(0, "%s")\nfrom api.cli import main\nsys.exit(main())\n' \
		"$(CURDIR)/$(PY)" "$(CURDIR)" > .venv/bin/deskgraph && chmod +x .venv/bin/deskgraph
	@touch $@

.venv/dev: .venv/product requirements/dev.txt
	@$(UV) pip install -q -p $(PY) --require-hashes -r requirements/dev.txt
	@$(UV) pip install -q -p $(PY) --no-deps --no-build-isolation -e .
	@touch $@
