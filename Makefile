.PHONY: check test docs quickstart

check:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	pytest

docs:
	mkdocs build --strict

quickstart:
	anibench quickstart
