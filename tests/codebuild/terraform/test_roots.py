"""Finding roots among files, and the settings of each."""

import os
from datetime import timedelta
from typing import Any

import pytest

from codebuild.terraform.roots import Settings, find, settings
from schemas.config.terraform import Repository, TerraformConfig

FILES = [
    "README.md",
    "main.tf",
    "services/web/main.tf",
    "services/web/variables.tf",
    "services/web/docs/readme.md",
    "services/api/main.tf.json",
    "services/new/main.tofu",
    "modules/vpc/main.tf",
    "services/web/.terraform/modules/x/main.tf",
    "docs/index.md",
]


def repository(**given: Any) -> Repository:
    return Repository.model_validate({"name": "infra", "path": "infra", **given})


@pytest.mark.parametrize(
    ("given", "roots", "problems"),
    [
        pytest.param({"roots": ["services/*"]}, ["services/api", "services/new", "services/web"], [], id="by glob"),
        pytest.param({"roots": ["**"], "exclude": ["modules/**"]},
                     [".", "services/api", "services/new", "services/web"], [], id="all but"),
        pytest.param({"roots": ["."]}, ["."], [], id="the top"),
        pytest.param({"roots": ["services/*"], "exclude": ["nothing/*"]},
                     ["services/api", "services/new", "services/web"], [], id="exclusion of nothing"),
        pytest.param({"roots": ["service/web"]}, [], [
            'roots has "service/web", which matches no folder with Terraform code. Did you mean "services/web"?',
        ], id="matches nothing"),
        pytest.param({"roots": ["docs"]}, [], ['roots has "docs", which matches no folder with Terraform code.'],
                     id="no code there"),
        pytest.param({"roots": ["."], "overrides": [{"roots": ["x/*"]}]}, ["."], [
            'overrides[0].roots has "x/*", which matches no folder with Terraform code.',
        ], id="override of nothing"),
        pytest.param({"roots": ["modules/*"], "exclude": ["**"]}, [], ["exclude leaves no root at all."],
                     id="all excluded"),
    ],
)  # fmt: skip
def test_finds_roots_by_globs(given: dict[str, Any], roots: list[str], problems: list[str]) -> None:
    """A root is a matched folder with code of its own; a glob that matches nothing is told."""
    assert find(FILES, repository(**given)) == (roots, problems)


@pytest.mark.parametrize(
    ("given", "roots", "problems"),
    [
        pytest.param({"roots": ["*"]}, ["cafe"], [
            'the folder "caf\\xe9" has a name that is not UTF-8. Rename it, or leave it out with exclude.',
        ], id="matched"),
        pytest.param({"roots": ["*"], "exclude": ["caf?"]}, [], ["exclude leaves no root at all."], id="excluded"),
        pytest.param({"roots": ["ca*e"]}, ["cafe"], [], id="not matched"),
        pytest.param({"roots": ["*", "caf\xe9"]}, ["cafe"], [
            'roots has "caf\xe9", which matches no folder with Terraform code. Did you mean "cafe"?',
            'the folder "caf\\xe9" has a name that is not UTF-8. Rename it, or leave it out with exclude.',
        ], id="not suggested"),
    ],
)  # fmt: skip
def test_a_folder_whose_name_is_no_text_is_no_root(
    given: dict[str, Any], roots: list[str], problems: list[str]
) -> None:
    """What cannot be written into a result is told of, in letters that can."""
    files = ["cafe/main.tf", os.fsdecode(b"caf\xe9/main.tf")]

    assert find(files, repository(**given)) == (roots, problems)


def test_a_new_root_is_found_without_anybody_listing_it() -> None:
    """What appears in the repository is planned in the next run."""
    everything = repository(roots=["**"])

    before, _ = find(FILES, everything)
    after, _ = find([*FILES, "services/tomorrow/main.tf"], everything)

    assert set(after) - set(before) == {"services/tomorrow"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("a", Settings(binary="tofu", owner="@infra", environment={"A": "top", "B": "repository"}),
                     id="repository over top"),
        pytest.param("b", Settings(binary="tofu", owner="@b", mode="refresh-only", variables=("b.tfvars",),
                                   environment={"A": "top", "B": "override", "C": "override"},
                                   timeout=timedelta(minutes=1)), id="override over repository"),
        pytest.param("b/c", Settings(binary="tofu", owner="@c", environment={"A": "top", "B": "repository"}, lock=True),
                     id="only where it matches"),
    ],
)  # fmt: skip
def test_the_nearest_setting_counts(path: str, expected: Settings) -> None:
    """Top, repository, override; mappings are merged."""
    infra = repository(
        roots=["**"],
        owner="@infra",
        environment={"B": "repository"},
        overrides=[
            {
                "roots": ["b"],
                "owner": "@b",
                "mode": "refresh-only",
                "variables": ["b.tfvars"],
                "environment": {"B": "override", "C": "override"},
                "timeout": "1m",
            },
            {"roots": ["**/c"], "owner": "@c", "lock": True},
        ],
    )
    config = TerraformConfig(binary="tofu", owner="@all", environment={"A": "top"}, repositories=(infra,))

    assert settings(config, infra, path) == expected
