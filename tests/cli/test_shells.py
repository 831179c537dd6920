"""What `handrail local --env` prints turns a shell to our AWS, however it is evaluated."""

import shutil
import subprocess

import pytest

from handrail.cli.shells import Shell, exports, quoted, turning

ENDPOINT = "http://127.0.0.1:9999"

AFTER = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_ACCESS_KEY_ID": "handrail",
    "AWS_SECRET_ACCESS_KEY": "handrail",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    "no_proxy": "corp,127.0.0.1,localhost",
    "NO_PROXY": "127.0.0.1,localhost",
}


@pytest.mark.parametrize(
    ("program", "shell", "script"),
    [
        *(
            pytest.param(name, Shell.sh, f"eval {script} && env", id=f"{name}, {id}")
            for name in ("sh", "bash", "zsh", "dash", "ksh")
            for script, id in (('"$(cat printed)"', "quoted"), ("$(cat printed)", "unquoted"))
        ),
        pytest.param("fish", Shell.fish, "cat printed | source; and env", id="fish, source"),
        pytest.param("fish", Shell.fish, "eval (cat printed); and env", id="fish, eval"),
    ],
)
def test_a_shell_is_turned(tmp_path_factory: pytest.TempPathFactory, program: str, shell: Shell, script: str) -> None:
    """What would lead elsewhere is gone, what is reached without a proxy is kept."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"there is no {program} here")
    folder = tmp_path_factory.mktemp("shell")
    (folder / "printed").write_text(exports(ENDPOINT, shell), encoding="utf-8")
    before = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "AWS_PROFILE": "production", "no_proxy": "corp"}
    done = subprocess.run([path, "-c", script], cwd=folder, env=before, capture_output=True, text=True, check=False)
    found = dict(each.split("=", 1) for each in done.stdout.splitlines() if "=" in each)

    assert done.stderr == ""
    assert {name: value for name, value in found.items() if name.startswith("AWS_") or "proxy" in name.lower()} == AFTER


def test_another_host_is_reached_without_a_proxy_too() -> None:
    assert 'no_proxy="${no_proxy:+$no_proxy,}192.0.2.1,localhost";' in exports("http://192.0.2.1:1", Shell.sh)


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "'plain'"), ("it's", r"'it\'s'"), (r"a\b", r"'a\\b'")],
)
def test_a_word_of_fish(value: str, written: str) -> None:
    assert quoted(value) == written


@pytest.mark.parametrize(
    ("shell", "port", "typed"),
    [
        ("/usr/bin/fish", 8083, "handrail local --env --shell fish | source"),
        ("/usr/bin/fish", 9000, "handrail local --env --port 9000 --shell fish | source"),
        ("/bin/bash", 8083, 'eval "$(handrail local --env)"'),
        ("/bin/bash", 9000, 'eval "$(handrail local --env --port 9000)"'),
        ("", 8083, 'eval "$(handrail local --env)"'),
    ],
)
def test_a_person_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch, shell: str, port: int, typed: str) -> None:
    monkeypatch.setenv("SHELL", shell)
    assert turning(f"http://127.0.0.1:{port}") == typed
