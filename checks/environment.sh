#!/usr/bin/env bash
# Makes the virtual environment, or brings it up to date. Usage: environment.sh PYTHON VENV
# An environment that is there already is kept, whoever made it.
set -euo pipefail

python=$1 venv=$2

fail() { printf '%s\n' "$@" >&2; exit 1; }

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

fit() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if [ -x "$venv/bin/python" ]; then
  has=$(version "$venv/bin/python") ||
    fail "The Python of $venv does not start; the one it was made from may be gone. Remove $venv and try again."
  fit "$venv/bin/python" || fail "$venv holds Python $has; Handrail needs 3.11 or newer. Remove $venv and try again."
else
  has=$(version "$python") || fail "There is no $python that runs here. Say which Python, as in: make test PYTHON=python3.12"
  fit "$python" || fail "$python is Python $has; Handrail needs 3.11 or newer. Say which, as in: make test PYTHON=python3.12"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"
  "$python" -m venv "$venv"
fi

echo "Setting up $venv with Python $has. This takes a minute or two, once."
install=("$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check -c constraints.txt)
# The build backend comes from the same list as everything else, so the build may not fetch one of its own.
"${install[@]}" setuptools
"${install[@]}" --no-build-isolation -e '.[dev]'
