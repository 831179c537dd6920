"""Checks out the pinned commits, plans the roots of one range, several at a time, and writes result.json."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import cache
from itertools import count
from pathlib import Path

from codebuild.drift_plan.project import Variables
from codebuild.terraform.cache import Plugins
from codebuild.terraform.checkout import CheckoutFailed, Tree, check_out
from codebuild.terraform.fingerprint import drift_key
from codebuild.terraform.ignore import active, day
from codebuild.terraform.program import line, program, scratch
from codebuild.terraform.results import Results, results, where
from codebuild.terraform.roots import find, settings
from codebuild.terraform.run import Root, examine
from handrail.codebuild import read_variables
from handrail.errors import Problems
from schemas.config.terraform import FILE, Repository, TerraformConfig, load, project
from schemas.drift_result import RepositoryProblem


def main() -> None:
    """A repository that cannot be checked out is a problem in the result; the others are planned."""
    asked = read_variables(Variables, os.environ)
    config = load(project() / FILE)
    pins = pinned(asked.repositories, {repository.name: repository for repository in config.repositories})
    with scratch() as folder:
        trees, problems = _checked_out(pins, folder)
        roots = list(_roots(config, trees, asked, folder))
        rules = dict.fromkeys(rule.id for root in roots for rule in root.rules)
        with results(where() / "result.json", asked.run, asked.shard, problems, rules) as file:
            _examine_all(roots, config.parallel, file)


def pinned(text: str, known: Mapping[str, Repository]) -> Mapping[str, tuple[Repository, str]]:
    """From `name@commit …`: each repository with its commit. Raises Problems for names that the configuration lacks."""
    pairs = [pair.partition("@")[::2] for pair in text.split()]
    missing = [f'{FILE} has no repository "{name}" any more.' for name, _ in pairs if name not in known]
    if missing or not pairs:
        raise Problems("REPOSITORIES does not say what to check out:", missing or ["it is empty."])
    return {name: (known[name], commit) for name, commit in pairs}


def within(repository: str, path: str, first: str, last: str) -> bool:
    """Whether a root lies in the range, both ends included."""
    return _order(first) <= (repository, path) <= _order(last)


def _order(name: str) -> tuple[str, str]:
    repository, _, path = name.partition("/")
    return repository, path


def _checked_out(
    pins: Mapping[str, tuple[Repository, str]], folder: Path
) -> tuple[Mapping[str, Tree], Sequence[RepositoryProblem]]:
    trees, problems = {}, []
    for name, (repository, commit) in pins.items():
        try:
            trees[name] = check_out(repository, project(), commit, _checkout(folder, name))
        except CheckoutFailed as failed:
            problems.append(RepositoryProblem(repository=name, problem=str(failed)))
    return trees, problems


def _roots(config: TerraformConfig, trees: Mapping[str, Tree], asked: Variables, folder: Path) -> Iterator[Root]:
    named = {repository.name: repository for repository in config.repositories}
    numbers = count()
    # Most builds find no difference, and wait for no AWS client then. That there is a key, Split has made sure of.
    key = cache(drift_key)
    plugins = Plugins(folder / "plugins")
    for name, tree in trees.items():
        rules = active(config, named[name], day(asked.started))
        for path in find(tree.files, named[name])[0]:
            if within(name, path, asked.first, asked.last):
                yield Root(
                    repository=name,
                    path=path,
                    commit=tree.commit,
                    settings=settings(config, named[name], path),
                    checkout=_checkout(folder, name),
                    plan_file=folder / f"{next(numbers)}.tfplan",
                    project=project(),
                    key=key,
                    rules=rules,
                    plugins=plugins,
                )


def _checkout(folder: Path, repository: str) -> Path:
    return folder / "checkouts" / repository


def _examine_all(roots: Sequence[Root], parallel: int, file: Results) -> None:
    def one(root: Root) -> None:
        result = examine(root)
        file.add(result)
        line(f"{result.name} {result.verdict} {result.seconds:.1f} s")

    with ThreadPoolExecutor(max_workers=parallel) as pool:
        # The first error of our own ends the build; a root's troubles are in its result and are none.
        over, left = wait([pool.submit(one, root) for root in roots], return_when=FIRST_EXCEPTION)
        for never in left:
            never.cancel()
        for done in over:
            done.result()


if __name__ == "__main__":
    sys.exit(program(main))
