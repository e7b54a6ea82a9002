# Each target prints the plain command it runs; with uv you can type it yourself.
UV_VERSION := 0.13.8
export PATH := $(PATH):$(HOME)/.local/bin
# Hospitals often put their own certificate before the internet: trust what the system trusts.
export UV_SYSTEM_CERTS := true
export UV_NATIVE_TLS := true
CORES ?= $(shell python3 -c "import os; print(len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count())")

.PHONY: help demo test test-long lint docs benchmark uv

help:
	@echo "make demo       run the demo study, from DICOM to results/report.html"
	@echo "make test       check the code and run the tests"
	@echo "make test-long  run the tests that are too long for every change"
	@echo "make lint       check style, types, imports and the workflow"
	@echo "make docs       build the documentation site in docs/_build/html"
	@echo "make benchmark  measure speed; results go to benchmarks/results"

demo: uv
	uv run bonecohort demo .
	uv run snakemake --cores $(CORES)
	@echo "The report: $(CURDIR)/results/report.html"

test: uv
	uv run pytest

test-long: uv
	uv run pytest -m long

lint: uv
	uv run pytest tests/test_style.py

docs: uv
	uv run sphinx-build -W --keep-going -n -j 2 -b html docs docs/_build/html
	@echo "The documentation: $(CURDIR)/docs/_build/html/index.html"

benchmark: uv
	uv run python benchmarks/table_study.py
	uv run python benchmarks/init_headers.py
	uv run python benchmarks/conversion.py
	uv run --with dipy==1.12.1 python benchmarks/diffusion.py
	uv run python benchmarks/growth.py --participants 200 1000
	uv run python benchmarks/imaging_study.py --participants 24
	uv run python benchmarks/density.py
	uv run python -P benchmarks/finite_elements.py

# A pinned uv is fetched from PyPI when there is none, to the place its own installer uses.
uv:
	@command -v uv > /dev/null || { \
	  echo "Fetching uv $(UV_VERSION) to $(HOME)/.local/bin"; \
	  python3 -m venv .uv && .uv/bin/python -m pip install --quiet uv==$(UV_VERSION) && \
	  mkdir -p "$(HOME)/.local/bin" && cp .uv/bin/uv "$(HOME)/.local/bin/uv"; }
