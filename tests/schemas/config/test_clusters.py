"""config/clusters.yaml: what may stand in it, and what is said when something else does."""

from pathlib import Path

import pytest

from handrail.errors import Problems
from schemas.config.clusters import FILE, ClustersConfig, load

ROOT = Path(__file__).parents[3]

RIGHT = """\
accounts:
  development:
    id: "111122223333"
    role: handrail-power
    external_id: agreed-1
  production:
    id: "444455556666"
    role: ops/handrail-power
    external_id: agreed-2
clusters:
  orders:
    account: development
    region: ap-northeast-1
    environment: development
    owner: "@orders"
"""


def read(folder: Path, text: str) -> ClustersConfig:
    path = folder / "clusters.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        read(folder, text)
    return [problem.partition("clusters.yaml:")[2] for problem in caught.value.problems]


def test_the_project_has_one_that_is_right() -> None:
    """The project's own file is read; each of its clusters is in an account that it names."""
    config = load(ROOT / FILE)

    assert {cluster.account for cluster in config.clusters.values()} == set(config.accounts)


WRONG = """\
accounts:
  development:
    id: 111122223333
    rolle: handrail-power
    external_id: agreed-1
clusters:
  orders:
    account: developmnet
    region: Tokyo
    environment: ""
"""


def test_many_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Every mistake comes in one error, each with its line and what was perhaps meant (S002-25)."""
    assert told(tmp_path, WRONG) == [
        "2: accounts.development.role is missing",
        "3: accounts.development.id is 111122223333; an account's id is twelve digits in quotes, such as"
        ' "111122223333"',
        '4: accounts.development.rolle is not a setting here. Did you mean "role"?',
        "7: clusters.orders.owner is missing",
        '8: clusters.orders.account is "developmnet", which is none of the accounts above. Did you mean "development"?',
        '9: clusters.orders.region is "Tokyo", which is no region; write one such as ap-northeast-1',
        "10: clusters.orders.environment must not be empty",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("  orders:", "  Orders:",
                     '11: clusters.Orders is "Orders"; a cluster is named with small letters, digits and single'
                     " hyphens", id="capitals"),
        pytest.param("  orders:", "  --force:",
                     '11: clusters.--force is "--force"; a cluster is named with small letters, digits and single'
                     " hyphens", id="a flag"),
        pytest.param("  orders:", '  "<!channel>":',
                     '11: clusters.<!channel> is "<!channel>"; a cluster is named with small letters, digits and'
                     " single hyphens", id="markup"),
        pytest.param('"111122223333"', '"1111"',
                     "3: accounts.development.id is 1111; an account's id is twelve digits in quotes, such as"
                     ' "111122223333"', id="a short id"),
        pytest.param("role: handrail-power", "role: arn:aws:iam::111122223333:role/x",
                     '4: accounts.development.role is "arn:aws:iam::111122223333:role/x"; write the role\'s name,'
                     " with its path where it has one, and no ARN", id="an ARN"),
        pytest.param("    account: development\n", "",
                     "11: clusters.orders.account is missing", id="no account: there is no default one"),
        pytest.param("clusters:\n", "clusters:\n  other: {identifier: orders, account: development,"
                     " region: ap-northeast-1, environment: x, owner: y}\n",
                     '12: clusters.orders is the cluster that "other" is already', id="one cluster twice"),
    ],
)  # fmt: skip
def test_says_what_is_wrong(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """Each mistake is told where it stands, with what would be right."""
    assert told(tmp_path, RIGHT.replace(old, new, 1)) == [problem]


@pytest.mark.parametrize("given", ["CANARY secret", "C", "CANARY'", '["CANARY"]'])
def test_an_external_id_is_not_repeated(tmp_path: Path, given: str) -> None:
    """Whatever was pasted there by mistake gets into no log, and a right one into no representation."""
    problems = told(tmp_path, RIGHT.replace("agreed-1", given, 1))

    assert [problem.partition(" ")[0] for problem in problems] == ["5:"]
    assert "CANARY" not in str(problems)
    assert "agreed" not in repr(read(tmp_path, RIGHT))
