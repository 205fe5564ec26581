# How to run and test the cockpit; GNU make 3.81 or newer. `make help` lists the targets.
# Settings are given on the command line: make run PORT=8502

# The bank's cockpit.toml (or the environment variable COCKPIT_CONFIG); none: a synthetic bank.
CONFIG := $(or $(COCKPIT_CONFIG),.sample/cockpit.toml)
PORT := 8501
# How many tests run at a time; a file stays with one of them.
WORKERS := 3
# The interpreter for .venv; empty: the first below that is 3.11 or newer.
PYTHON :=
# A folder of wheels to install from, without a network; `make wheelhouse` fills WHEELHOUSE.
WHEELS :=
WHEELHOUSE := wheels
# Drivers of the bank's databases, of: postgresql mysql. make run EXTRAS=postgresql (docs/sources.md)
EXTRAS :=
DRIVERS := postgresql mysql
# More words for `pip download`, for example the platform of another machine, and for pytest.
PIP_ARGS :=
PYTEST_ARGS :=

PYTHONS := python3.14 python3.13 python3.12 python3.11 python3 python
PY := .venv/bin/python
SPREAD := -n $(WORKERS) --dist loadfile
PINNED := --quiet --require-hashes --only-binary :all:
INSTALL := $(PY) -m pip install $(PINNED) $(if $(WHEELS),--no-index --find-links "$(WHEELS)")
LACKING := echo "$(WHEELS) does not hold what this system and this Python need. Gather it on a machine of the same kind: make wheelhouse" >&2
INSTALLED := .venv/installed $(EXTRAS:%=.venv/installed-%)
$(foreach extra,$(EXTRAS),$(if $(filter $(extra),$(DRIVERS)),,$(error EXTRAS knows $(DRIVERS), not $(extra))))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help install spark sample build run browser check test test-long test-spark soak databases profile bench numbers speeds images texts wheel wheelhouse lock clean

# A .venv whose Python is gone is not trusted, whatever its stamps say.
ifneq ($(shell test -x $(PY) && $(PY) -c 'import pip' && echo works),works)
$(shell rm -f .venv/installed*)
endif

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

# ------------------------------------------------------------------ install

define make_venv
@{ test -x $(PY) && $(PY) -c 'import pip' 2>/dev/null; } || { \
	python=; bare=; \
	for name in $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		bare=$$name; \
		"$$name" -c 'import ensurepip, venv' 2>/dev/null && python=$$name && break; \
	done; \
	if [ -z "$$bare" ]; then \
		echo "No Python 3.11 or newer among: $(or $(PYTHON),$(PYTHONS)). Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; \
	elif [ -z "$$python" ]; then \
		package=$$("$$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		echo "$$bare cannot make a virtual environment, for ensurepip is missing. On Debian and Ubuntu: apt-get install $$package" >&2; exit 1; \
	fi; \
	echo "Making .venv with $$("$$python" --version)"; \
	"$$python" -m venv --clear .venv; \
}
endef

# A stamp is written last: what was interrupted is done again.
.venv/installed: requirements.txt
	$(make_venv)
	@echo "Installing requirements.txt (a minute or two)"
	@$(INSTALL) -r requirements.txt$(if $(WHEELS), || { $(LACKING); exit 1; })
	@touch $@

# The clients of Spark are published as source alone.
.venv/installed-spark: requirements-spark.txt .venv/installed
	@echo "Installing requirements-spark.txt"
	@$(INSTALL) --no-binary pyspark-client -r requirements-spark.txt$(if $(WHEELS), || { $(LACKING); exit 1; })
	@touch $@

.venv/installed-test: requirements-test.txt .venv/installed
	@echo "Installing requirements-test.txt"
	@$(INSTALL) -r requirements-test.txt$(if $(WHEELS), || { $(LACKING); exit 1; })
	@touch $@

$(DRIVERS:%=.venv/installed-%): .venv/installed-%: requirements-%.txt .venv/installed
	@echo "Installing $<"
	@$(INSTALL) -r $<$(if $(WHEELS), || { $(LACKING); exit 1; })
	@touch $@

install: $(INSTALLED) ## makes .venv with the pinned requirements (WHEELS=DIR: without a network; EXTRAS: drivers)

.venv/installed-sail: requirements-test-spark.txt .venv/installed-test .venv/installed-spark
	@echo "Installing requirements-test-spark.txt"
	@$(INSTALL) -r requirements-test-spark.txt$(if $(WHEELS), || { $(LACKING); exit 1; })
	@touch $@

spark: .venv/installed-spark ## installs the client of Spark Connect, for build --engine spark

wheelhouse: ## gathers the wheels of requirements.txt in WHEELHOUSE=wheels (PIP_ARGS: for another platform)
	$(make_venv)
	@for name in requirements $(EXTRAS:%=requirements-%); do \
		$(PY) -m pip download $(PINNED) -r $$name.txt -d "$(WHEELHOUSE)" $(PIP_ARGS) || exit 1; \
	done
	@echo "$(WHEELHOUSE): $$(ls "$(WHEELHOUSE)" | wc -l) wheels. Install from it with: make run WHEELS=DIR"

# The names of the drivers are extras of the wheel: pipx install "dist/crm_cockpit-….whl[postgresql]"
wheel: .venv/installed-test ## builds dist/crm_cockpit-VERSION-py3-none-any.whl, for pipx or uv tool
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@echo "$$(ls -t dist/crm_cockpit-*.whl | head -n 1). Install it with: pipx install FILE, or: uv tool install FILE"

# ---------------------------------------------------------------------- run

# True when the snapshot is newer than every file beside the configuration and than the code that builds it.
define is_built
snapshots=$$($(PY) -c 'import pathlib, sys; from data_access.intake.config import read_config; \
	from metrics import CONTRACT; print(read_config(pathlib.Path(sys.argv[1]), CONTRACT).snapshots.resolve())' "$(CONFIG)" 2>/dev/null) \
&& [ -f "$$snapshots/CURRENT" ] \
&& [ -z "$$(find "$$(cd "$$(dirname "$(CONFIG)")" && pwd -P)" data_access metrics -mindepth 1 \
	\( -name '.?*' -o -name __pycache__ -o -path "$$snapshots" \) -prune \
	-o -type f -newer "$$snapshots/CURRENT" -print | head -n 1)" ]
endef

.sample/cockpit.toml: | .venv/installed
	@echo "Making a synthetic bank in .sample"
	@$(PY) cockpit.py sample --out .sample

sample: .sample/cockpit.toml ## makes the synthetic bank in .sample, if there is none

ifeq ($(CONFIG),.sample/cockpit.toml)
build run: .sample/cockpit.toml
endif

build: $(INSTALLED) ## checks the extracts of CONFIG=cockpit.toml and publishes a snapshot
	@$(PY) cockpit.py build --config "$(CONFIG)"

run: $(INSTALLED) ## serves CONFIG=cockpit.toml (none: a synthetic bank) on PORT=8501; builds first where needed
	@{ $(is_built); } || $(PY) cockpit.py build --config "$(CONFIG)"
	@$(PY) cockpit.py serve --config "$(CONFIG)" --port $(PORT)

# --------------------------------------------------------------------- test

check: .venv/installed-test ## runs the linters and the type checker
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy data_access metrics charts cockpit.py ui sample_data bench
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

define find_browser
browser=; \
for name in "$$COCKPIT_BROWSER" chromium chromium-browser google-chrome google-chrome-stable \
	"/Applications/Chromium.app/Contents/MacOS/Chromium" \
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do \
	"$$name" --version >/dev/null 2>&1 && browser=$$name && break; \
done
endef

# Chinese letters in screenshots need a font, docs/operations.md an nginx; without them the tests run all the same.
browser: .venv/installed-test ## finds a Chromium for the tests, or installs Debian's
	@$(find_browser); \
	missing=$$([ -n "$$browser" ] || echo chromium; [ -n "$$(fc-list :lang=zh 2>/dev/null)" ] || echo fonts-noto-cjk; \
		command -v nginx >/dev/null || echo nginx-light); \
	if [ -n "$$missing" ] && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		export DEBIAN_FRONTEND=noninteractive; \
		echo "Installing" $$missing; \
		apt-get update -qq; apt-get install -y -qq --no-install-recommends $$missing; \
		$(find_browser); \
	fi; \
	[ -n "$$browser" ] || { echo "The tests need Chromium or Chrome. Install one (Debian: apt-get install chromium), or name it: COCKPIT_BROWSER=/path/to/chrome make test" >&2; exit 1; }; \
	command -v "$$browser" > .venv/browser

test: check browser ## runs the linters, then the tests (PYTEST_ARGS: words for pytest)
	@unset COCKPIT_CONFIG; COCKPIT_BROWSER="$$(cat .venv/browser)" $(PY) -m pytest $(SPREAD) -m "not slow and not soak and not cluster" $(PYTEST_ARGS)

databases: ## finds PostgreSQL and MariaDB for the long tests, or installs Debian's; without them those tests are skipped
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || ! command -v mariadbd >/dev/null; then \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			export DEBIAN_FRONTEND=noninteractive; \
			echo "Installing postgresql mariadb-server"; \
			apt-get update -qq; apt-get install -y -qq --no-install-recommends postgresql mariadb-server; \
		fi; \
	fi

test-long: browser databases .venv/installed-sail $(DRIVERS:%=.venv/installed-%) ## runs what `make test` leaves out: slow tests, every page in English, a cluster
	@unset COCKPIT_CONFIG; COCKPIT_BROWSER="$$(cat .venv/browser)" $(PY) -m pytest $(SPREAD) -m "slow or cluster" $(PYTEST_ARGS)

# Spark lies in a folder of its own, for its pyspark would replace the client's.
.venv/spark: requirements-spark-server.txt .venv/installed-sail
	@echo "Installing requirements-spark-server.txt (450 MB)"
	@rm -rf $@ && $(INSTALL) --no-binary pyspark --no-deps --target $@ -r requirements-spark-server.txt

test-spark: .venv/spark ## runs the tests of clusters on Spark itself: two executors in processes of their own; needs Java 17
	@java -version 2>&1 | grep -q '"17\.' || { echo "Spark needs Java 17. Debian: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	@COCKPIT_SPARK_HOME="$(CURDIR)/.venv/spark/pyspark" $(PY) -m pytest -o timeout=7200 -m cluster tests/metrics/test_engines.py tests/data_access/engines $(PYTEST_ARGS)

soak: browser ## runs what takes an hour or two: twenty readers on every page, a thousand clicks of two, simulations
	@unset COCKPIT_CONFIG; COCKPIT_BROWSER="$$(cat .venv/browser)" $(PY) -m pytest $(SPREAD) -m soak $(PYTEST_ARGS)

profile: .venv/installed-test ## what a look costs the server, on CONFIG; PAGE=overview: and where its time goes
	@$(PY) -m bench.looks "$(CONFIG)" $(PAGE)

# The bank that `make bench` measures; BENCH_ARGS: more words for it, for example --parts looks.
CUSTOMERS := 100000
OUTLETS := 300
MONTHS := 24
BENCH_ARGS :=

bench: .venv/installed-test ## measures a bank of CUSTOMERS, OUTLETS and MONTHS and writes docs/benchmarks.md
	@$(PY) cockpit.py bench --customers $(CUSTOMERS) --outlets $(OUTLETS) --months $(MONTHS) $(BENCH_ARGS)

numbers: .venv/installed-test ## freezes the numbers of the small bank anew in tests/numbers.json
	@$(PY) -m tests.number_hashes

speeds: .venv/installed-test databases $(DRIVERS:%=.venv/installed-%) ## measures how soon rows come of each database and writes docs/sources.md
	@$(PY) -m tests.source_speeds

images: browser ## takes the pictures of docs/images anew, from the full-size synthetic bank
	@COCKPIT_IMAGES=docs/images COCKPIT_BROWSER="$$(cat .venv/browser)" $(PY) -m pytest tests/pages/test_walk.py tests/pages/test_film_browser.py -k picture

# --------------------------------------------------------------- keep house

texts: .venv/installed ## brings the catalogues up to date with the texts marked in the code
	@$(PY) locale/update.py

lock: ## pins the .in files with their hashes
	$(make_venv)
	@$(PY) -m pip install --quiet uv
	@for name in requirements requirements-test $(DRIVERS:%=requirements-%) requirements-spark requirements-test-spark requirements-spark-server; do \
		$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			$$(test $$name = requirements && echo pyproject.toml || echo $$name.in) -o $$name.txt || exit 1; \
	done

clean: ## removes .venv, the synthetic bank and caches; snapshots of a bank and wheels stay
	rm -rf .venv .sample .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
