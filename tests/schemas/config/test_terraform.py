"""config/terraform.yaml: what may stand in it, and what is said when something else does."""

from datetime import timedelta
from pathlib import Path

import pytest

from handrail.errors import Problems
from schemas.config.terraform import FILE, TerraformConfig, load, project

ROOT = Path(__file__).parents[3]


def read(folder: Path, text: str) -> TerraformConfig:
    path = folder / "terraform.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        read(folder, text)
    return [problem.partition("terraform.yaml:")[2] for problem in caught.value.problems]


def test_the_project_has_one_that_is_right() -> None:
    """The project's own file is read, and finds the examples."""
    [examples] = load(ROOT / FILE).repositories

    assert (ROOT / (examples.path or "") / "clean" / "main.tf").is_file()


def test_every_setting_may_stand_at_every_place(tmp_path: Path) -> None:
    """One set of settings for all roots, for a repository, and for some of its roots."""
    every = (
        "{binary: tofu, mode: refresh-only, owner: '@a', variables: [x.tfvars], timeout: 90s, lock: true,"
        " lock_timeout: 2m, environment: {A: 1, B: true, C: x}, backend: {bucket: b}, %s}"
    )
    override = every % 'roots: ["a/*"]'
    repository = every % f'name: r, path: p, roots: ["**"], exclude: [m], overrides: [{override}]'
    config = read(tmp_path, every % f"repositories: [{repository}]")

    for choices in (config, config.repositories[0], config.repositories[0].overrides[0]):
        assert (choices.binary, choices.mode, choices.owner, choices.lock) == ("tofu", "refresh-only", "@a", True)
        assert (choices.timeout, choices.lock_timeout) == (timedelta(seconds=90), timedelta(minutes=2))
        assert choices.environment == {"A": "1", "B": "true", "C": "x"}


FIVE = """
paralel: 3
repositories:
  - name: infra
    url: https://git.example.com/infra.git
    path: infra
    mode: plann
    timeout: soon
    roots: ["/services/*"]
"""


def test_five_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Five mistakes of five kinds come in one error, each with its line."""
    assert told(tmp_path, FIVE) == [
        '2: paralel is not a setting here. Did you mean "parallel"?',
        "4: repositories[0] has both url and path; it needs one of them",
        "7: repositories[0].mode is \"plann\", which is none of 'plan' or 'refresh-only'. Did you mean \"plan\"?",
        '8: repositories[0].timeout is "soon", which is no duration; write 90s, 10m, 2h or 3d',
        '9: repositories[0].roots[0] is "/services/*"; a glob names folders inside the repository,'
        " such as services/* or **",
    ]


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        pytest.param("roots: []", "roots must not be empty", id="no glob"),
        pytest.param("roots: [../x]", 'roots[0] is "../x"; a glob names folders inside the repository, such as'
                     " services/* or **", id="out of the repository"),
        pytest.param("branch: main", "branch is of no use beside path, which is read as it lies there",
                     id="branch of a folder"),
        pytest.param("environment: {TF_CLI_ARGS_plan: -destroy}",
                     "environment.TF_CLI_ARGS_plan may not be set: the drift check decides it",
                     id="other flags"),
        pytest.param("environment: {TF_LOG_PATH: /tmp/log}",
                     "environment.TF_LOG_PATH may not be set: the drift check decides it", id="log"),
        pytest.param('environment: {"a b": x}',
                     "environment.a b is no name of an environment variable", id="no variable"),
        pytest.param("environment: {A: [x]}", "environment.A must be text", id="list for a text"),
        pytest.param("overrides: [{mode: plan}]", "overrides[0].roots is missing", id="of which roots"),
        pytest.param("overrides: [{roots: [a], path: b}]",
                     "overrides[0].path is not a setting here.", id="no setting of a root"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_a_repository(tmp_path: Path, setting: str, problem: str) -> None:
    """Each mistake is told where it stands, with what would be right."""
    roots = "" if setting.startswith("roots") else '    roots: ["*"]\n'

    assert told(tmp_path, f"repositories:\n  - name: a\n    {setting}\n    path: b\n{roots}") == [
        f"3: repositories[0].{problem}"
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/infra.git",
        "ssh://git@git.example.com/infra.git",
        "git@git.example.com:acme/infra.git",
        "file:///srv/git/infra.git",
    ],
)
def test_takes_the_addresses_that_git_takes(tmp_path: Path, address: str) -> None:
    """https, ssh in both spellings, and a bare repository on a disk."""
    [repository] = read(tmp_path, f"repositories: [{{name: a, url: '{address}', roots: ['*']}}]").repositories

    assert repository.url == address


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://robot:CANARY@git.example.com/infra.git", id="password"),
        pytest.param("https://CANARY@git.example.com/infra.git", id="token as user"),
        pytest.param("ssh://git:CANARY@git.example.com/infra.git", id="password for ssh"),
        pytest.param("--upload-pack=CANARY", id="a flag"),
        pytest.param("ext::sh -c CANARY", id="a command"),
        pytest.param("CANARY", id="a word"),
    ],
)
def test_refuses_credentials_and_commands_without_repeating_them(tmp_path: Path, address: str) -> None:
    """An address holds no secret and starts no program; what was refused is not written into a log."""
    [problem] = told(tmp_path, f"repositories:\n  - name: a\n    url: '{address}'\n    roots: ['*']\n")

    assert problem.startswith("3: repositories[0].url")
    assert "CANARY" not in problem


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("ghp_R4nd0mCANARY0123456789abcdefghijk", id="GitHub"),
        pytest.param("github_pat_CANARY0123456789_abc", id="GitHub, fine-grained"),
        pytest.param("ATBBCANARYabc0123456789", id="Bitbucket"),
        pytest.param("a9CANARY0123456789", id="any letters and digits"),
        pytest.param("AKIACANARY1234567890", id="capitals"),
        pytest.param("CANARY-0123", id="no name at all"),
        pytest.param("[CANARY]", id="no text"),
        pytest.param("''", id="nothing"),
    ],
)
def test_a_token_is_no_name_of_a_variable_and_is_not_repeated(tmp_path: Path, given: str) -> None:
    """Whoever writes the token itself where its variable is named is told so, without it."""
    [problem] = told(
        tmp_path, f"repositories:\n  - name: a\n    url: file:///x\n    token_from: {given}\n    roots: ['*']\n"
    )

    assert problem.startswith("4: repositories[0].token_from must ")
    assert "CANARY" not in problem


@pytest.mark.parametrize("name", ["GIT_TOKEN", "_T", "GITHUB_TOKEN_2024", "A_VERY_LONG_NAME_OF_SOME_TOKEN"])
def test_a_token_has_a_variable(tmp_path: Path, name: str) -> None:
    """Names as they are usual in environments are taken."""
    text = f"repositories: [{{name: a, url: 'file:///x', token_from: {name}, roots: ['*']}}]"

    assert read(tmp_path, text).repositories[0].token_from == name


def test_two_repositories_have_two_names(tmp_path: Path) -> None:
    """A name says which repository a root belongs to."""
    twice = "  - {name: a, path: b, roots: ['*']}\n"

    assert told(tmp_path, f"repositories:\n{twice}{twice}") == [
        '3: repositories[1].name is "a", as is the name of another repository'
    ]


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        pytest.param({"HANDRAIL_PROJECT": "one", "CODEBUILD_SRC_DIR": "two"}, "one", id="told"),
        pytest.param({"CODEBUILD_SRC_DIR": "two"}, "two", id="in a build"),
        pytest.param({}, ".", id="by hand"),
    ],
)
def test_knows_the_project_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    """What the laptop says comes before the build's copy of the source, that before the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("HANDRAIL_PROJECT", "CODEBUILD_SRC_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path / value))

    assert project() == (tmp_path / folder).resolve()
