# Everything needs only Python >= 3.10 and the package registry; `make demo` is the place to begin.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test lint types check clean
demo: $(READY)
	@mkdir -p build
	$(BIN)/jisr translate examples/article.ar.txt -o build/article.en.txt
	@cat build/article.en.txt
	$(BIN)/jisr eval build/article.en.txt --reference examples/article.en.txt
	$(BIN)/jisr translate -q examples/article.ar.txt -o build/article.html
	@echo "Sentence beside sentence: open build/article.html"

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# mypy follows folders, not setuptools' mapping: show it jisr/ as a tree of links.
types: $(READY)
	rm -rf build/typing && mkdir -p build/typing/jisr
	ln -s ../../../translate ../../../models ../../../eval build/typing/jisr/
	$(BIN)/mypy -p jisr.translate -p jisr.models -p jisr.eval

check: lint types test

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf build dist $(VENV)
