# The targets that people and CI use; `make help` lists them. What installs things is in .ci/install.

VENV = .venv/bin
SOURCES = .ci crm tasks tests bench piccolo_conf.py

.PHONY: help install run test check lint types rules pdf-checker format bench wheel lock tests-installed

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

install: ## install what the program needs; makes .venv/bin/crm
	@.ci/install

run: install ## start everything, with a demo company
	@$(VENV)/crm up --demo

test: tests-installed ## run the tests, on a real PostgreSQL, Valkey and browser
	$(VENV)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: lint types rules pdf-checker test ## everything that CI runs

lint: tests-installed ## look for mistakes and odd formatting
	$(VENV)/ruff check $(SOURCES)
	$(VENV)/ruff format --check $(SOURCES)

types: tests-installed ## check the types
	$(VENV)/mypy

rules: tests-installed ## check that packages know only those above them
	$(VENV)/lint-imports

pdf-checker: tests-installed ## install what judges the accessibility of the PDFs (250 MB); without it those tests are skipped
	@.ci/install pdf-checker

format: tests-installed ## format the code and sort the imports
	$(VENV)/ruff check --fix $(SOURCES)
	$(VENV)/ruff format $(SOURCES)

bench: tests-installed ## measure the program against a bare one
	$(VENV)/python -m bench

wheel: tests-installed ## build a wheel, in dist/
	@$(VENV)/python -m crm.web.assets build
	$(VENV)/python -m build --wheel --no-isolation --outdir dist

lock: tests-installed ## write the lock files anew from pyproject.toml
	$(VENV)/python .ci/lock.py $(LOCK_OPTIONS)

tests-installed:
	@.ci/install tests
