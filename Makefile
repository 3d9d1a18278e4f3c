.PHONY: check test quickstart

check:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	pytest

quickstart:
	anibench quickstart
