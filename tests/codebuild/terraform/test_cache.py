"""The shared provider cache: one download a provider, no init that overwrites what another root runs."""

import base64
import hashlib
import json
import os
import platform
import subprocess
import threading
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codebuild.terraform.cache import LOCK_FILE, MOST, Plugins, has_its_own, read, unpacked_hash
from codebuild.terraform.spawn import Done
from examples.prepare import MACHINES
from tests.codebuild.conftest import ROOT, Site

FINE, BROKEN = Done(0, b"", b""), Done(1, b"", b"")

ADDRESS = "registry.example/acme/cloud"


def block(*hashes: str, address: str = ADDRESS, version: str = "1.2.3") -> str:
    listed = "".join(f'    "{text}",\n' for text in hashes)
    said = f'  version     = "{version}"\n  constraints = "~> 1.2"\n'
    return f'provider "{address}" {{\n{said}  hashes = [\n{listed}  ]\n}}\n'


def root(folder: Path, name: str, text: str | None) -> Path:
    made = folder / name
    made.mkdir()
    if text is not None:
        (made / LOCK_FILE).write_text(text)
    return made


@dataclass
class Registry:
    """Stands for the inits of a binary that unpacks what is missing; it notes who had the cache, and who together."""

    packages: Mapping[str, bytes]
    broken: frozenset[str] = frozenset()
    cached: dict[str, bool] = field(default_factory=dict)
    filling: list[str] = field(default_factory=list)
    busy: int = 0
    together: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, name: str, wait: Callable[[], object] = lambda: None) -> Callable[[Path | None], Done]:
        def init(cache: Path | None) -> Done:
            with self._lock:
                self.busy += 1
                self.together = max(self.together, self.busy)
                self.cached[name] = cache is not None
            wait()
            if name not in self.broken and cache is not None:
                self._fill(name, cache)
            with self._lock:
                self.busy -= 1
            return BROKEN if name in self.broken else FINE

        return init

    def _fill(self, name: str, cache: Path) -> None:
        for path, content in self.packages.items():
            file = cache / path
            if not file.exists():
                self.filling.append(name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)


PLUGIN = {f"{ADDRESS}/1.2.3/linux_amd64/terraform-provider-cloud": b"plugin"}


def h1(**files: bytes) -> str:
    """The hash as Go's documentation has it, written once more by somebody else."""
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


RIGHT = block(h1(**{"terraform-provider-cloud": b"plugin"}), "zh:0000")
# As a machine of another kind writes it: its own hash, and those of the archives, which say nothing once unpacked.
ELSEWHERE = block("h1:AAAA", "zh:0000")


def inits(registry: Registry, plugins: Plugins, folder: Path, texts: Mapping[str, str | None]) -> dict[str, bool]:
    """One after the other: who was given the cache."""
    for name, text in texts.items():
        plugins.init(root(folder, name, text), {}, registry.of(name))
    return registry.cached


@pytest.mark.parametrize(
    ("texts", "cached", "filled"),
    [
        pytest.param({"a": RIGHT, "b": RIGHT, "c": RIGHT}, "abc", ["a"], id="one lock file: filled once, then linked"),
        pytest.param({"a": None, "b": None}, "", [], id="no lock file, no cache"),
        pytest.param({"a": ELSEWHERE, "b": ELSEWHERE, "c": ELSEWHERE}, "a", ["a"], id="a hash that cannot be checked"),
        pytest.param({"a": RIGHT, "b": ELSEWHERE, "c": RIGHT}, "ac", ["a"], id="nobody overwrites what is there"),
        pytest.param({"a": RIGHT, "b": f"# x\n{RIGHT}", "c": f"# x\n{RIGHT}"}, "abc", ["a"],
                     id="another file with the same provider"),
        pytest.param({"a": RIGHT + block("h1:x", address="r.example/a/other"), "b": RIGHT}, "ab", ["a"],
                     id="what one has beyond the other"),
        pytest.param({"a": 'provider "x" {', "b": RIGHT.replace(ADDRESS, "../../../etc")}, "", [],
                     id="files that are none"),
    ],
)  # fmt: skip
def test_who_shares_the_cache(tmp_path: Path, texts: dict[str, str | None], cached: str, filled: list[str]) -> None:
    """The first root of a lock file fills the cache; the others only get it where Terraform will only link."""
    registry = Registry(PLUGIN)
    found = inits(registry, Plugins(tmp_path / "plugins"), tmp_path, texts)

    assert "".join(name for name, given in found.items() if given) == cached
    assert registry.filling == filled


def test_a_first_init_that_fails_is_tried_again_and_not_for_ever(tmp_path: Path) -> None:
    """It may be the fault of one root; when three have failed, the others do not wait for each other any more."""
    names = ["a", "b", "c", "d", "e"]
    plugins = Plugins(tmp_path / "plugins")
    registry = Registry(PLUGIN, broken=frozenset("abc"))

    assert inits(registry, plugins, tmp_path, dict.fromkeys(names, RIGHT)) == {
        "a": True, "b": True, "c": True, "d": False, "e": False,
    }  # fmt: skip


def test_the_first_is_alone_and_the_others_are_not(tmp_path: Path) -> None:
    """Nobody inits beside the one that fills; then all of the others are let in at the same time."""
    plugins = Plugins(tmp_path / "plugins")
    registry = Registry(PLUGIN)
    others = [root(tmp_path, f"other-{n}", RIGHT) for n in range(8)]
    begun, first = threading.Event(), root(tmp_path, "first", RIGHT)
    all_there = threading.Barrier(len(others), timeout=60)

    def filling() -> None:
        begun.set()
        assert registry.together == 1

    with ThreadPoolExecutor(len(others) + 1) as pool:
        ahead = pool.submit(plugins.init, first, {}, registry.of("first", filling))
        assert begun.wait(60)
        rest = [pool.submit(plugins.init, other, {}, registry.of(other.name, all_there.wait)) for other in others]
        assert [done.result(60).code for done in (ahead, *rest)] == [0] * 9

    assert registry.together == len(others)
    assert registry.filling == ["first"]


def test_an_init_that_raises_holds_nobody_up(tmp_path: Path) -> None:
    """A root that runs out of time, or a build that is stopped, leaves the way free."""
    plugins = Plugins(tmp_path / "plugins")
    one, other = root(tmp_path, "one", RIGHT), root(tmp_path, "other", RIGHT)

    def fail(cache: Path | None) -> Done:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        plugins.init(one, {}, fail)
    registry = Registry(PLUGIN)
    assert plugins.init(other, {}, registry.of("other")).code == 0
    assert registry.cached == {"other": True}


@pytest.mark.parametrize(
    ("environment", "configuration", "own"),
    [
        pytest.param({}, None, False, id="nothing said"),
        pytest.param({"TF_PLUGIN_CACHE_DIR": "/somewhere"}, None, True, id="a folder in the root's environment"),
        pytest.param({"TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}, None, True, id="other rules"),
        pytest.param({}, 'plugin_cache_dir = "/somewhere"\n', True, id="a folder in the CLI configuration"),
        pytest.param({}, "provider_installation {}\n", False, id="a mirror"),
    ],
)
def test_a_cache_of_ones_own_counts(
    tmp_path: Path, environment: dict[str, str], configuration: str | None, own: bool
) -> None:
    """Then the root gets none of ours; and since Terraform's takes no parallel inits, such roots take turns."""
    if configuration is not None:
        (tmp_path / "terraform.rc").write_text(configuration)
        environment = {**environment, "TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")}
    registry = Registry(PLUGIN)
    Plugins(tmp_path / "plugins").init(root(tmp_path, "a", RIGHT), environment, registry.of("a"))

    assert has_its_own(environment) is own
    assert registry.cached == {"a": not own}


@pytest.mark.parametrize("name", [".terraformrc", ".tofurc"])
def test_the_configuration_at_home_is_one(tmp_path: Path, name: str) -> None:
    """It counts where no other is named."""
    (tmp_path / name).write_text('plugin_cache_dir = "/somewhere"\n')

    assert has_its_own({"HOME": str(tmp_path)})


def test_a_lock_file_is_read_with_care(tmp_path: Path) -> None:
    """A repository may hold anything: a link to a device, a gigabyte, bytes that are no text."""
    hostile: Mapping[str, Callable[[Path], object]] = {
        "device": lambda path: path.symlink_to("/dev/zero"),
        "elsewhere": lambda path: path.symlink_to(tmp_path / "real"),
        "large": lambda path: path.write_text(RIGHT + "#" * MOST),
        "binary": lambda path: path.write_bytes(b"\xff\xfe"),
        "folder": lambda path: path.mkdir(),
    }
    for name, make in hostile.items():
        made = root(tmp_path, name, None)
        make(made / LOCK_FILE)
        assert read(made) is None, name


def test_a_lock_file_is_read_as_terraform_writes_it(tmp_path: Path) -> None:
    """Address, version and the `h1:` hashes of every provider."""
    found = read(
        root(tmp_path, "a", "# maintained\n" + RIGHT + block(address="r.example/a/other", version="4.0.0-beta1"))
    )

    assert found is not None
    assert [(each.address, each.version, len(each.hashes)) for each in found.packages] == [
        (ADDRESS, "1.2.3", 1), ("r.example/a/other", "4.0.0-beta1", 0),
    ]  # fmt: skip


def test_the_hash_is_terraforms(mockcloud: Path) -> None:
    """Terraform itself wrote the example's lock file; through links as well."""
    [package] = mockcloud.glob("mirror/test.local/ops/mockcloud/*/*")
    text = (ROOT / "examples" / "terraform" / "clean" / LOCK_FILE).read_text()

    assert f'"{unpacked_hash(package)}"' in text


NUMBER = 8
OBJECT = 'resource "mockcloud_object" "this" {\n  name = "one"\n  size = 2\n}\n'
ONE = {"mockcloud_object.this": {"name": "one", "size": 2, "etag": "a"}}


@pytest.mark.prove
@pytest.mark.parametrize("again", range(5 if "HANDRAIL_PROVE" in os.environ else 1))
def test_many_roots_at_once_with_the_real_binary(clouded: Site, again: int) -> None:
    """Eight roots in parallel, all with the provider, all clean; afterwards the cache is gone with the build."""
    clouded.cloud["one"] = {"size": 2, "etag": "a"}
    for n in range(NUMBER):
        clouded.root(f"root-{n}", OBJECT, ONE)
    clouded.configure()
    config = clouded.project / "config" / "terraform.yaml"
    config.write_text(json.dumps({**json.loads(config.read_text()), "parallel": NUMBER}))

    found = clouded.plan()

    told = {name: [each["summary"] for each in result["diagnostics"]] for name, result in found.items()}
    assert {name: result["verdict"] for name, result in found.items()} == dict.fromkeys(told, "clean"), told
    assert len(found) == NUMBER
    assert list((clouded.project / "tmp").iterdir()) == []


@dataclass(frozen=True)
class Packed:
    """A mirror of archives, which init has to unpack, and roots that need what is in it."""

    folder: Path
    terraform: str

    @property
    def archive(self) -> Path:
        target = f"{platform.system().lower()}_{MACHINES[platform.machine().lower()]}"
        return self.folder / f"mirror/test.local/ops/mockcloud/terraform-provider-mockcloud_0.0.1_{target}.zip"

    def root(self, name: str, *hashes: str) -> Path:
        made = root(self.folder, name, block(*hashes, address="test.local/ops/mockcloud", version="0.0.1"))
        required = 'required_providers {\n    mockcloud = { source = "test.local/ops/mockcloud" }\n  }'
        (made / "main.tf").write_text(f"terraform {{\n  {required}\n}}\n{OBJECT}")
        return made

    def init(self, made: Path) -> Callable[[Path | None], Done]:
        def call(cache: Path | None) -> Done:
            own = {"TF_CLI_CONFIG_FILE": str(self.folder / "terraform.rc"), "CHECKPOINT_DISABLE": "1"}
            environment = {**os.environ, **own, **({"TF_PLUGIN_CACHE_DIR": str(cache)} if cache else {})}
            command = [self.terraform, "init", "-no-color", "-input=false", "-lockfile=readonly"]
            done = subprocess.run(command, cwd=made, env=environment, capture_output=True, timeout=120)
            return Done(done.returncode, done.stdout, done.stderr)

        return call


@pytest.fixture
def packed(terraform: str, tmp_path: Path) -> Packed:
    """With a program that runs for as long as somebody wants, as a provider does."""
    made = Packed(tmp_path, terraform)
    made.archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(made.archive, "w") as archive:
        program = zipfile.ZipInfo("terraform-provider-mockcloud_v0.0.1")
        program.external_attr = 0o755 << 16
        archive.writestr(program, Path("/bin/sleep").read_bytes())
        archive.writestr("LICENSE", b"x" * 2_000_000)
    mirror = f'provider_installation {{\n  filesystem_mirror {{ path = "{tmp_path}/mirror" }}\n}}\n'
    (tmp_path / "terraform.rc").write_text(mirror)
    return made


def test_a_provider_in_use_is_never_overwritten(packed: Packed) -> None:
    """Lock files of another machine make Terraform unpack again, over a running provider: these stay away instead."""
    archived = f"zh:{hashlib.sha256(packed.archive.read_bytes()).hexdigest()}"
    plugins = Plugins(packed.folder / "plugins")
    first, second = packed.root("first", archived), packed.root("second", archived)
    assert plugins.init(first, {}, packed.init(first)).code == 0
    [program] = packed.folder.glob("plugins/**/terraform-provider-mockcloud_v0.0.1")

    with subprocess.Popen([program, "600"]) as running:
        try:
            unguarded = packed.init(second)(packed.folder / "plugins")
            guarded = plugins.init(second, {}, packed.init(second))
        finally:
            running.kill()

    assert (unguarded.code, b"text file busy" in unguarded.err) == (1, True)
    assert (guarded.code, guarded.err) == (0, b"")


def test_a_warm_cache_only_links(packed: Packed) -> None:
    """Unpacked once for all; each of the others has a link to it, and every one of them says so."""
    archived = f"zh:{hashlib.sha256(packed.archive.read_bytes()).hexdigest()}"
    first = packed.root("first", archived)
    packed.init(first)(None)
    known = unpacked_hash(next(first.glob(".terraform/providers/test.local/ops/mockcloud/0.0.1/*")))
    roots = [packed.root(f"root-{n}", archived, known) for n in range(NUMBER)]
    plugins = Plugins(packed.folder / "plugins")

    with ThreadPoolExecutor(NUMBER) as pool:
        done = list(pool.map(lambda made: plugins.init(made, {}, packed.init(made)), roots))

    assert [(each.code, each.err) for each in done] == [(0, b"")] * NUMBER
    assert sum(b"from the shared cache directory" in each.out for each in done) == NUMBER - 1
    for made in roots:
        [link] = made.glob(".terraform/providers/test.local/ops/mockcloud/0.0.1/*")
        assert (link.is_symlink(), link.resolve().is_relative_to(packed.folder / "plugins")) == (True, True)


def test_a_root_without_a_lock_file_is_told_as_before(clouded: Site) -> None:
    """It gets no cache, and what is wrong with it is what Terraform says of it; its neighbours go on."""
    clouded.cloud["one"] = {"size": 2, "etag": "a"}
    for name in ("locked", "loose"):
        clouded.root(name, OBJECT, ONE)
    (clouded.infra / "loose" / LOCK_FILE).unlink()
    clouded.configure()

    found = clouded.plan()

    assert {name: (result["verdict"], result["phase"]) for name, result in found.items()} == {
        "locked": ("clean", None), "loose": ("failed", "init"),
    }  # fmt: skip
    assert found["loose"]["diagnostics"][0]["summary"] == "Provider dependency changes detected"
