# Everything a newcomer needs: `make demo`, `make test`. Nothing to install by hand but git, make and Python 3.11+.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
DROP ?=
export DROP SIREN

.PHONY: help demo stop test e2e check bench crash lock schema system clean

help:
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/installed ## démarrer la démonstration (DROP=dossier : vos propres délibérations)
	@$(BIN)/python -m demo up $${DROP:+--drop "$$DROP"}

stop: ## arrêter la démonstration
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" && if [ -x $(BIN)/python ]; then $(BIN)/python -m demo stop; fi

test: .venv/installed-dev system check ## ce que vérifie l’intégration continue, bout en bout à part
	TMPDIR=$$(scripts/scratch) $(BIN)/python -m pytest tests --ignore=tests/e2e --numprocesses 3 --dist worksteal

e2e: .venv/installed-dev system ## la démonstration, vue par Chromium, arrêtée et relancée
	TMPDIR=$$(scripts/scratch) $(BIN)/python -m pytest tests/e2e -p no:randomly

check: .venv/installed-dev ## style, types, couches, fiches
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m versement profile check

bench: .venv/installed-dev ## mesurer, par rapport à une référence de la même exécution (BENCH=noms : une partie)
	$(BIN)/python -m bench $(BENCH)

crash: .venv/installed-dev system ## frapper la chaîne plus de mille fois, comparer (SEED=1 COUNT=1100 ; reprend où elle en était)
	@$(BIN)/python -m crash --seed $(or $(SEED),1) --count $(or $(COUNT),1100)

lock: ## recalculer les versions figées
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-uv.in -o requirements-uv.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-dev.in -c requirements.txt -o requirements-dev.txt
	uv pip compile --no-deps --generate-hashes --no-header -q requirements-data.in -o requirements-data.txt

schema: .venv/installed ## écrire les schémas JSON des fiches dans docs/reference
	$(BIN)/python -m versement.profiles.schema docs/reference
	$(BIN)/python -m versement.pages.explanations docs/reference/constats.md

system: ## paquets Debian des tests d’intégration (installés si l’on est root)
	@./scripts/system-packages

clean: stop ## tout effacer : environnement, données de démonstration
	rm -rf .venv var

.venv/uv: requirements-uv.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 ou plus récent est nécessaire : make PYTHON=python3.12 …') if sys.version_info < (3, 11) else None"
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || { echo "Le module venv de Python manque : apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'versement.pth').write_text(str(pathlib.Path('plugins').resolve()) + '\n')"
	@touch $@

.venv/installed: .venv/uv requirements.txt requirements-data.txt
	@echo "Installation des paquets figés…"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --no-deps -r requirements-data.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.txt
	@touch $@
