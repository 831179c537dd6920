"""What a project furnishes its AWS with: once, by a function that pyproject.toml names."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from handrail.errors import HandrailError
from handrail.local.aws import Aws
from handrail.local.seeds import seed
from tests.local.cloud import client, there

BLUE = "222222222222"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose modules can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("seeded"):
            del sys.modules[name]


def furnished(project: Path, setting: str, program: str = "") -> Path:
    pyproject = project / "pyproject.toml"
    pyproject.write_text(f"[tool.handrail]\n{setting}\n")
    (project / "seeded.py").write_text(dedent(program))
    return pyproject


PROGRAM = """
def prepare(client):
    client("dynamodb").put_item(TableName="handrail", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    client("rds", account="222222222222", region="eu-west-1").create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="u", MasterUserPassword="12345678")
"""


def test_a_new_laptop_is_furnished_once(project: Path, tmp_path: Path) -> None:
    """What the function makes is there, in the accounts and regions that it says; later it is not called again."""
    pyproject, home = furnished(project, 'cloud = "seeded:prepare"', PROGRAM), tmp_path / "home"
    for _ in range(2):
        aws = Aws.start(home=home, seed=seed(pyproject))
        try:
            rds = aws.client("rds", account=BLUE, region="eu-west-1")
            assert client(aws, "dynamodb").scan(TableName="handrail")["Count"] == 1
            assert [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]] == ["orders"]
            assert there(aws, "rds", BLUE).describe_db_clusters()["DBClusters"] == []
        finally:
            aws.close()


def test_what_was_taken_away_stays_away(project: Path, tmp_path: Path) -> None:
    """A furnished laptop is the person's: what they remove does not come back."""
    pyproject, home = furnished(project, 'cloud = "seeded:prepare"', PROGRAM), tmp_path / "home"
    found = []
    for _ in range(2):
        aws = Aws.start(home=home, seed=seed(pyproject))
        try:
            table = client(aws, "dynamodb")
            found.append(table.scan(TableName="handrail")["Count"])
            table.delete_item(TableName="handrail", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
        finally:
            aws.close()

    assert found == [1, 0]


def test_a_project_may_say_nothing(project: Path) -> None:
    """Then AWS has what it has."""
    assert seed(furnished(project, "")) is None


@pytest.mark.parametrize(
    "setting",
    [
        'cloud = "seeded"',
        'cloud = "seeded:"',
        'cloud = ":prepare"',
        'cloud = "see ded:prepare"',
        'cloud = "seeded:pre.pare"',
        'cloud = ["seeded:prepare"]',
        "cloud = 1",
    ],
)
def test_a_setting_that_names_no_function_is_told_at_once(project: Path, setting: str) -> None:
    """With the file, and how it is written."""
    with pytest.raises(HandrailError, match=r'pyproject\.toml: `cloud` .* like cloud = "examples\.cloud:prepare"'):
        seed(furnished(project, setting))


@pytest.mark.parametrize(
    ("named", "program", "words"),
    [
        pytest.param("seeded:prepair", PROGRAM, r'no function of seeded\. Did you mean "prepare"\?', id="near"),
        pytest.param("seeded:number", "number = 1", "names number, which is no function of seeded", id="no function"),
        pytest.param("seedet:prepare", PROGRAM, "names seedet, which is no module of this project", id="no module"),
        pytest.param("seeded:prepare", "import nothing_here", "cannot be imported: No module named", id="its import"),
        pytest.param("seeded:prepare", "1 / 0", "cannot be imported: ZeroDivisionError", id="fails at import"),
        pytest.param("seeded:prepare", "def prepare(", "cannot be imported: SyntaxError", id="no Python"),
        pytest.param(
            "seeded:prepare",
            'def prepare(client): client("s3").head_bucket(Bucket="none")',
            r"`cloud` of \[tool\.handrail\], seeded:prepare, failed: ClientError: .*mend it and start again",
            id="fails in AWS",
        ),
        pytest.param(
            "seeded:prepare",
            'from handrail.errors import HandrailError as E\ndef prepare(client): raise E("config/x.yaml is empty.")',
            r"^config/x\.yaml is empty\.$",
            id="says itself what is wrong",
        ),
    ],
)
def test_what_goes_wrong_is_told_before_anything_runs(
    project: Path, tmp_path: Path, named: str, program: str, words: str
) -> None:
    """With the file that names it and what to do."""
    pyproject = furnished(project, f'cloud = "{named}"', program)

    with pytest.raises(HandrailError, match=words):
        Aws.start(home=tmp_path / "home", seed=seed(pyproject))


def test_a_laptop_that_is_in_use_is_not_furnished(project: Path, tmp_path: Path) -> None:
    """A setting that comes later finds what the person has made, and leaves it alone."""
    home = tmp_path / "home"
    for furnish in (None, seed(furnished(project, 'cloud = "seeded:prepare"', PROGRAM))):
        aws = Aws.start(home=home, seed=furnish)
        try:
            assert client(aws, "dynamodb").scan(TableName="handrail")["Count"] == 0
        finally:
            aws.close()


def test_a_kill_in_the_middle_leaves_nothing_half_made(project: Path, tmp_path: Path) -> None:
    """The next start begins anew."""
    home = tmp_path / "home"
    pyproject = furnished(project, 'cloud = "seeded:prepare"', PROGRAM + "    import os; os.kill(os.getpid(), 9)\n")
    program = (
        "import pathlib, sys; from handrail.local.aws import Aws; from handrail.local.seeds import seed;"
        "Aws.start(home=pathlib.Path(sys.argv[1]), seed=seed(pathlib.Path(sys.argv[2])))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project), *sys.path])}
    subprocess.run([sys.executable, "-c", program, str(home), str(pyproject)], env=environment, check=False)
    assert (home / "cloud.sqlite3").exists()
    aws = Aws.start(home=home, seed=seed(furnished(project, 'cloud = "seeded:prepare"', PROGRAM)))
    try:
        assert client(aws, "dynamodb").scan(TableName="handrail")["Count"] == 1
    finally:
        aws.close()


def test_what_was_half_made_is_forgotten(project: Path, tmp_path: Path) -> None:
    """The mended function finds an empty AWS, and is called."""
    home = tmp_path / "home"
    furnished(project, 'cloud = "seeded:prepare"', PROGRAM + "    raise ValueError('half way')\n")
    with pytest.raises(HandrailError, match="half way"):
        Aws.start(home=home, seed=seed(project / "pyproject.toml"))
    del sys.modules["seeded"]
    made: list[Any] = []
    aws = Aws.start(home=home, seed=lambda client: made.append(client("dynamodb").scan(TableName="handrail")["Count"]))
    try:
        assert made == [0]
        assert client(aws, "cloudtrail").lookup_events()["Events"] == []
    finally:
        aws.close()
