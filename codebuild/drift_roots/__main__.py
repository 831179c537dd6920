"""Looks at every repository, finds its roots, pins its commit, and writes roots.json."""

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from codebuild.drift_roots.project import Variables
from codebuild.terraform.checkout import CheckoutFailed, look
from codebuild.terraform.ignore import day
from codebuild.terraform.ignore import listed as rules_of
from codebuild.terraform.program import line, program, scratch
from codebuild.terraform.results import where
from codebuild.terraform.roots import find, settings
from handrail.codebuild import read_variables
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.notify import listed
from schemas.config.terraform import FILE, Repository, TerraformConfig, load, project
from schemas.drift_result import RepositoryFound, RootsFound

SHOWN = 3
"""Roots that are named where something is wrong with many."""


def main() -> None:
    """Fails where nothing is left to plan, or a binary is missing: the run then ends with these words."""
    asked = read_variables(Variables, os.environ)
    config = load(project() / FILE)
    looked = chosen(config, asked.repository)
    with scratch() as folder:
        found = [_found(repository, folder / repository.name) for repository in looked]
    _check_binaries(config, found)
    if not any(repository.roots for repository in found):
        raise Problems("There is no root to plan:", [each for repository in found for each in repository.problems])
    today = day(asked.started)
    rules = tuple(rules_of(config, looked, today))
    roots = RootsFound(run=asked.run, repositories=tuple(found), rules=rules, day=today)
    (where() / "roots.json").write_text(roots.model_dump_json(indent=1), encoding="utf-8")


def chosen(config: TerraformConfig, name: str) -> list[Repository]:
    """All repositories, or the one of that name, sorted by name. Raises HandrailError where there is none."""
    named = {repository.name: repository for repository in config.repositories}
    if name and name not in named:
        raise HandrailError(f'{FILE} has no repository "{name}".{did_you_mean(name, named)}')
    return [named[each] for each in sorted(named) if name in ("", each)]


def _found(repository: Repository, scratch: Path) -> RepositoryFound:
    try:
        tree = look(repository, project(), scratch)
    except CheckoutFailed as failed:
        line(f"{repository.name} cannot be read")
        return RepositoryFound(name=repository.name, problems=(str(failed),))
    roots, problems = find(tree.files, repository)
    # A glob that matches nothing may be a typing error: planning the rest would look as if all had been looked at.
    planned = () if problems else tuple(roots)
    line(f"{repository.name} {tree.commit or 'no commit'} {len(planned)} roots")
    told = tuple(f"{repository.name}: {problem}" for problem in problems)
    return RepositoryFound(name=repository.name, sha=tree.commit, roots=planned, problems=told)


def _check_binaries(config: TerraformConfig, found: Iterable[RepositoryFound]) -> None:
    named = {repository.name: repository for repository in config.repositories}
    roots: defaultdict[str, list[str]] = defaultdict(list)
    for each in found:
        for path in each.roots:
            binary = settings(config, named[each.name], path).binary.replace("{project}", str(project()))
            roots[binary].append(f"{each.name}/{path}")
    missing = [
        f"{binary} is not there (for {listed(names, SHOWN)}). Install it, or name another one under binary in {FILE}."
        for binary, names in roots.items()
        if "{" not in binary and shutil.which(binary) is None
    ]
    if missing:
        raise Problems("The roots cannot be planned on this machine:", missing)


if __name__ == "__main__":
    sys.exit(program(main))
