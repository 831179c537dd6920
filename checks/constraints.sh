#!/usr/bin/env bash
# Writes constraints.txt anew: constraints.sh PYTHON. The newest versions that pyproject.toml allows, for the oldest
# Python we run on, so that the same list serves the newer ones.
set -euo pipefail

python=$1 venv=var/constraints

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  { echo "The list is made with Python 3.11, as in: make constraints PYTHON=python3.11" >&2; exit 1; }
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --upgrade 'setuptools>=77'
"$venv/bin/python" -m pip install --quiet --no-build-isolation -e '.[dev]'
{
  sed -n '/^#/p' constraints.txt
  "$venv/bin/python" -m pip freeze --all --exclude-editable | grep -v '^pip=='
} > var/constraints.txt
mv var/constraints.txt constraints.txt
rm -rf "$venv"
echo "constraints.txt is new; the next make target installs from it."
