"""A buildspec is read strictly: what CodeBuild's reference knows is understood, all else is told with its line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.errors import Problems
from handrail.local.builds.buildspec import OnFailure, read

EVERYTHING = """\
version: 0.2
env:
  shell: bash
  variables:
    ANSWER: 42
    EMPTY: ""
  parameter-store:
    TOKEN: /drift/token
  secrets-manager:
    PASSWORD: db:password
  exported-variables:
    - DRIFTED
  git-credential-helper: no
proxy:
  logs: yes
phases:
  install:
    runtime-versions:
      python: 3.12
    commands:
      - true
  pre_build:
    on-failure: ABORT
    commands:
      - "echo a: b"
  build:
    on-failure: RETRY-2-throttl.*
    commands:
      - |
        one
        two
    finally:
      - cleanup
  post_build:
    commands: [echo done]
reports:
  unit:
    files: ["*.xml"]
    file-format: JUNITXML
artifacts:
  files:
    - result.json
    - "logs/**/*"
  name: drift-check/$RUN
  base-directory: out
  discard-paths: yes
  exclude-paths: ["logs/secret/*"]
  secondary-artifacts:
    plan:
      files: [plan.txt]
cache:
  paths: [.cache]
"""

PHASE = "phases: {build: {commands: [go]}}"


def test_reads_everything_the_reference_knows() -> None:
    """Each part of a buildspec arrives, numbers and booleans as the text that was written."""
    spec = read(EVERYTHING)

    assert spec.shell == "bash"
    assert spec.variables == {"ANSWER": "42", "EMPTY": ""}
    assert spec.parameters == {"TOKEN": "/drift/token"}
    assert spec.secrets == {"PASSWORD": "db:password"}
    assert spec.exported == ("DRIFTED",)
    assert spec.phases["install"].commands == ("true",)
    assert spec.phases["pre_build"].on_failure == OnFailure("ABORT")
    assert spec.phases["build"].commands == ("one\ntwo\n",)
    assert spec.phases["build"].final == ("cleanup",)
    assert spec.artifacts is not None
    assert spec.artifacts.files == ("result.json", "logs/**/*")
    assert (spec.artifacts.name, spec.artifacts.base_directory) == ("drift-check/$RUN", "out")
    assert spec.artifacts.discard_paths
    assert spec.artifacts.exclude == ("logs/secret/*",)
    assert spec.secondary["plan"].files == ("plan.txt",)


def test_tells_what_has_no_effect() -> None:
    """What one machine cannot do and a build can do without is a line for the log, not an error."""
    notes = " ".join(read(EVERYTHING).notes)

    assert all(word in notes for word in ("runtime-versions", "git-credential-helper", "proxy", "reports", "cache"))


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        pytest.param("ABORT", OnFailure("ABORT"), id="abort"),
        pytest.param("CONTINUE", OnFailure("CONTINUE"), id="continue"),
        pytest.param("RETRY", OnFailure("RETRY", 3), id="retry three times"),
        pytest.param("RETRY-5", OnFailure("RETRY", 5), id="a count"),
        pytest.param("RETRY-0", OnFailure("RETRY", 0), id="a count of none"),
        pytest.param("RETRY-.*no route.*", OnFailure("RETRY", 3, ".*no route.*"), id="an expression"),
        pytest.param("RETRY-7-5\\d\\d error", OnFailure("RETRY", 7, "5\\d\\d error"), id="both"),
        pytest.param("RETRY-404s", OnFailure("RETRY", 3, "404s"), id="an expression that begins with digits"),
    ],
)
def test_reads_on_failure(written: str, understood: OnFailure) -> None:
    """The forms of on-failure are those of the reference."""
    spec = read(f"version: 0.2\nphases:\n  build:\n    on-failure: '{written}'\n    commands: [go]")

    assert spec.phases["build"].on_failure == understood


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("", "buildspec.yml:1: write at least version and phases", id="empty"),
        pytest.param("- a", "buildspec.yml:1: the file must be keys with values", id="a list"),
        pytest.param("version: 0.2\nphases: [a,\nb", "buildspec.yml:3: expected ',' or ']'", id="broken"),
        pytest.param(f"version: 0.1\n{PHASE}", "1: version 0.1 starts a new shell", id="old version"),
        pytest.param(f"version: 2\n{PHASE}", '1: version "2" is not known', id="strange version"),
        pytest.param(PHASE, "1: the file needs version", id="no version"),
        pytest.param("version: 0.2", "1: the file needs phases", id="no phases"),
        pytest.param(
            f"version: 0.2\n{PHASE}\nenvs: {{}}", '3: the file has no key "envs". Did you mean "env"?', id="key"
        ),
        pytest.param(
            "version: 0.2\nphases:\n  prebuild:\n    commands: [a]",
            '3: phases has no key "prebuild". Did you mean "pre_build"?',
            id="phase",
        ),
        pytest.param("version: 0.2\nphases:\n  build: {}", "3: phases/build needs commands", id="no commands"),
        pytest.param(
            "version: 0.2\nphases:\n  build:\n    commands: go",
            "4: phases/build/commands must be a list, with a dash before each item",
            id="no list",
        ),
        pytest.param(
            "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b",
            "5: phases/build/commands/0 must be text; quote it",
            id="a colon in a command",
        ),
        pytest.param(
            "version: 0.2\nphases:\n  build:\n    commands:\n      -", "5: phases/build/commands/0 is empty", id="null"
        ),
        pytest.param(f"version: 0.2\n{PHASE}\nversion: 0.2", "3: version stands here a second time", id="twice"),
        pytest.param(f"version: 0.2\nrun-as: joe\n{PHASE}", "2: run-as needs another Linux user", id="run-as"),
        pytest.param(f"version: 0.2\nbatch: {{}}\n{PHASE}", "2: batch starts many builds", id="batch"),
        pytest.param(f"version: 0.2\nenv:\n  shell: zsh\n{PHASE}", '3: env/shell "zsh" is neither', id="shell"),
        pytest.param(
            f"version: 0.2\nenv:\n  shell: cmd.exe\n{PHASE}", "3: env/shell cmd.exe is for Windows", id="windows"
        ),
        pytest.param(
            f"version: 0.2\nenv:\n  variables:\n    CODEBUILD_X: 1\n{PHASE}",
            '4: "CODEBUILD_X" cannot be set',
            id="reserved",
        ),
        pytest.param(
            f"version: 0.2\nenv:\n  variables:\n    a-b: 1\n{PHASE}", '4: "a-b" cannot be a variable', id="no name"
        ),
        pytest.param(
            f"version: 0.2\nenv:\n  exported-variables: [AWS_REGION]\n{PHASE}", "cannot be exported", id="AWS_ exported"
        ),
        pytest.param(
            f"version: 0.2\nenv:\n  secrets-manager: {{P: s}}\n  exported-variables: [P]\n{PHASE}",
            "a secret cannot be exported",
            id="secret exported",
        ),
        pytest.param(
            f"version: 0.2\n{PHASE}\nartifacts:\n  discard-paths: maybe\n  files: [a]",
            '4: artifacts/discard-paths is "maybe"; write yes or no',
            id="flag",
        ),
        pytest.param(f"version: 0.2\n{PHASE}\nartifacts: {{name: a}}", "3: artifacts needs files", id="no files"),
        pytest.param(f"version: 0.2\n{PHASE}\nartifacts: {{files: [../x]}}", '3: "../x" leaves', id="outside"),
        pytest.param(f"version: 0.2\n{PHASE}\nartifacts: {{files: [/etc/x]}}", '3: "/etc/x" leaves', id="absolute"),
        pytest.param(
            "version: 0.2\nphases: {build: {on-failure: STOP, commands: [a]}}",
            '2: on-failure "STOP" is none',
            id="word",
        ),
        pytest.param(
            "version: 0.2\nphases: {build: {on-failure: RETRY-101, commands: [a]}}", "100 are the most", id="too often"
        ),
        pytest.param(
            "version: 0.2\nphases: {build: {on-failure: 'RETRY-(', commands: [a]}}",
            "2: on-failure has a broken regular expression",
            id="broken expression",
        ),
    ],
)
def test_tells_what_is_wrong_and_where(written: str, told: str) -> None:
    """Each mistake is told with its line, and with the word that was probably meant."""
    with pytest.raises(Problems) as raised:
        read(written)

    assert told in str(raised.value)


def test_tells_all_mistakes_together() -> None:
    """Whoever writes a buildspec sees all that is wrong with it at once, in the order of the lines."""
    with pytest.raises(Problems) as raised:
        read("version: 0.3\nphases:\n  build:\n    comands: [a]\n  post_build:\n    on-failure: NO\n    commands: b")

    assert [problem.split(":")[1] for problem in raised.value.problems] == ["1", "4", "4", "6", "7"]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the file holds, the answer is a buildspec or Problems."""
    with suppress(Problems):
        read(text)


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9]{0,8}", fullmatch=True), st.integers() | st.booleans(), max_size=5))
def test_values_stay_as_they_were_written(values: dict[str, object]) -> None:
    """YAML's numbers and booleans are text to a shell."""
    lines = "".join(f"    {name}: {value}\n" for name, value in values.items())
    env = f"env:\n  variables:\n{lines}" if values else ""

    assert read(f"version: 0.2\n{env}{PHASE}").variables == {name: str(value) for name, value in values.items()}
