"""Plans one root and gives its verdict: init, plan, show, read, forget.

What the binary writes stays in this process: its words are judged and reduced (diagnostics), its plan is read
(verdict), and neither is printed, logged or stored.
"""

import json
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codebuild.terraform import known, spawn
from codebuild.terraform.binary import CLI_CONFIGURATION, NoBinary, Terraform
from codebuild.terraform.cache import Plugins
from codebuild.terraform.diagnostics import Blame, Message, blame, blamed, read, read_lines, reduced, state_changed
from codebuild.terraform.fingerprint import fingerprint
from codebuild.terraform.ignore import Ignore, ignored
from codebuild.terraform.mask import Mask
from codebuild.terraform.roots import Settings
from codebuild.terraform.verdict import UnknownFormat, classify
from schemas.drift_result import Change, Diagnostic, Phase, RootResult

MOST_DIAGNOSTICS = 10

# A plan that was made, without and with changes: `-detailed-exitcode`.
DONE = (0, 2)


@dataclass(frozen=True)
class Root:
    """One root, ready to be planned."""

    repository: str
    path: str
    commit: str
    settings: Settings
    checkout: Path
    """The repository's top in this build."""
    plan_file: Path
    """Where the plan is while it is being read."""
    project: Path
    key: Callable[[], bytes]
    """The installation's, for fingerprints; read when the first one is made."""
    rules: Sequence[Ignore] = ()
    """The ignore rules that count for it."""
    plugins: Plugins | None = None
    """The providers that it shares with the other roots of its build."""

    @property
    def folder(self) -> Path:
        return self.checkout / self.path


class Failed(Exception):
    """There is no plan to read: in our own words, or in Terraform's."""

    def __init__(
        self, phase: Phase, own: str = "", messages: Sequence[Message] = (), plan: Any = None, err: bytes = b""
    ) -> None:
        super().__init__(phase)
        self.phase: Phase = phase
        self.own = own
        self.messages = messages
        self.plan: Mapping[str, Any] = plan or {}
        self._err = err

    @property
    def blame(self) -> Blame | None:
        """From the messages; of a stderr that may be anybody's nothing but this is taken, where there is no message."""
        return blame(self.messages) if self.messages else blamed([self._err.decode(errors="replace")])


def examine(root: Root) -> RootResult:
    """The verdict on one root, within its timeout; whatever is wrong with the root stands in the result."""
    seconds = root.settings.timeout.total_seconds()
    given = {name: filled(value, root) for name, value in root.settings.environment.items()}
    terraform = Terraform(filled(root.settings.binary, root), root.folder, given, seconds)
    try:
        result = _examined(root, terraform)
    except Failed as failed:
        result = _told(root, terraform, failed)
    except NoBinary as missing:
        result = _told(root, terraform, Failed("init", str(missing)))
    except spawn.TimedOut:
        result = _told(root, terraform, Failed("timeout", f"nothing came back within {seconds:g} seconds"))
    return result.model_copy(update={"seconds": round(terraform.spent, 3)})


def filled(text: str, root: Root) -> str:
    """A setting with {project}, {repository} and {root} put in; other braces are the setting's own."""
    meaning = {"project": str(root.project), "repository": str(root.checkout), "root": root.path}
    return re.sub(r"\{(project|repository|root)\}", lambda found: meaning[found[1]], text)


def _examined(root: Root, terraform: Terraform) -> RootResult:
    _check_files(root, terraform)
    init = _init(root, terraform)
    if init.code != 0:
        raise _failure("init", terraform, init, read(init.out, init.err))
    try:
        return _judged(root, terraform, _plan(root, terraform))
    finally:
        # A plan holds every value in clear. Anything that is not a plain file was not made here, and stays.
        if _is_file(root.plan_file):
            root.plan_file.unlink()


def _init(root: Root, terraform: Terraform) -> spawn.Done:
    def call(plugins: Path | None) -> spawn.Done:
        return terraform.call("init", "-input=false", "-lockfile=readonly", *_backend(root), plugins=plugins)

    return root.plugins.init(root.folder, terraform.environment, call) if root.plugins else call(None)


def _check_files(root: Root, terraform: Terraform) -> None:
    """Terraform's words about a missing file name neither the setting nor the remedy."""
    for file in _variable_files(root):
        if not file.is_file():
            raise Failed("init", f"the variable file {_shown(file, root)} is not there")
    configuration = terraform.environment.get(CLI_CONFIGURATION)
    if configuration and not Path(configuration).is_file():
        raise Failed("init", f"{CLI_CONFIGURATION} names {_shown(Path(configuration), root)}, which is not there")


def _plan(root: Root, terraform: Terraform) -> Mapping[str, Any]:
    """The plan as a document; it exists nowhere else once this returns and the plan file is gone."""
    done = terraform.call("plan", *_plan_arguments(root))
    messages = _complaints(done)
    if state_changed(messages):
        # Nobody is kept from writing the state meanwhile, so it is read once more; twice is no coincidence.
        done = terraform.call("plan", *_plan_arguments(root))
        messages = _complaints(done)
    if done.code not in DONE:
        raise _failure("plan", terraform, done, messages, _for_masks(root, terraform, messages))
    if not _is_file(root.plan_file):
        raise Failed("plan", "the plan was made and could not be written; is there room on the disk?")
    shown = terraform.call("show", "-json", str(root.plan_file))
    if shown.code != 0:
        raise Failed("plan", "the plan was written and cannot be read again; is there room on the disk?")
    try:
        document = json.loads(shown.out)
    except ValueError:
        raise Failed("plan", "show -json wrote something that is not JSON") from None
    return document if isinstance(document, dict) else {}


def _complaints(done: spawn.Done) -> list[Message]:
    return [] if done.code in DONE else read_lines(done.out)


def _plan_arguments(root: Root) -> list[str]:
    wanted = root.settings
    locking = [f"-lock-timeout={wanted.lock_timeout.total_seconds():.0f}s"] if wanted.lock else []
    return [
        "-json",
        "-detailed-exitcode",
        "-input=false",
        f"-lock={str(wanted.lock).lower()}",
        *locking,
        f"-out={root.plan_file}",
        *(["-refresh-only"] if wanted.mode == "refresh-only" else []),
        *(f"-var-file={file}" for file in _variable_files(root)),
    ]


def _judged(root: Root, terraform: Terraform, plan: Mapping[str, Any]) -> RootResult:
    try:
        found = classify(plan, root.settings.mode)
        left = ignored(plan, found, root.rules)
        if left.resources and found.verdict != "failed":
            found = classify(left.plan, root.settings.mode)
        prints = fingerprint(left.plan, found, root.key)
    except UnknownFormat as unknown:
        raise Failed("plan", str(unknown)) from None
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Failed("plan", "the plan is not built as its format_version promises") from None
    if found.verdict == "failed":
        raise Failed("plan", "the plan says of itself that it has errors", plan=plan)
    told = (*found.drift, *found.changes)
    foreign = any(each.arn or '["' in each.address or '["' in each.moved_from for each in told)
    hidden = _mask(root, terraform, plan) if foreign else None
    return RootResult(
        **_about(root),
        verdict=found.verdict,
        drift=_named(found.drift, hidden),
        changes=_named(found.changes, hidden),
        counts=found.counts,
        notes=(*found.notes, *_ignored_note(left.resources)),
        fingerprint=prints.fingerprint,
        cause=prints.cause,
        ignored=left.resources,
        rules=left.rules,
    )


def _ignored_note(resources: int) -> list[str]:
    s = "s" if resources > 1 else ""
    return [f"{resources} resource{s} with ignored differences"] if resources else []


def _named(changes: Sequence[Change], mask: Mask | None) -> tuple[Change, ...]:
    """The changes without secrets that stand in an address as the key of a `for_each`; an ARN with one is left out."""
    if mask is None:
        return tuple(changes)
    return tuple(change.model_copy(update=_hidden(change, mask)) for change in changes)


def _hidden(change: Change, mask: Mask) -> Mapping[str, str]:
    arn = change.arn if mask.name(change.arn) == change.arn else ""
    return {"address": mask.name(change.address), "moved_from": mask.name(change.moved_from), "arn": arn}


def _failure(
    phase: Phase, terraform: Terraform, done: spawn.Done, messages: Sequence[Message], plan: Any = None
) -> Failed:
    errors = [message for message in messages if message.severity == "error"]
    if done.code < 0:
        return Failed(phase, f"{terraform.name} was ended by signal {-done.code}; had it enough memory?", errors, plan)
    said = "diagnostic" if (done.out + done.err).strip() else "word about why"
    own = "" if errors else f"exit status {done.code}, and no {said}"
    return Failed(phase, own, errors, plan, done.err)


def _for_masks(root: Root, terraform: Terraform, messages: Sequence[Message]) -> Any:
    """What is known of the root's secrets after a failure, where a provider said something that may hold one."""
    if not any(message.foreign for message in messages):
        return None
    plan = [str(root.plan_file)] if _is_file(root.plan_file) else []
    with suppress(spawn.TimedOut, ValueError):
        return json.loads(terraform.call("show", "-json", *plan).out)
    return None


def _told(root: Root, terraform: Terraform, failed: Failed) -> RootResult:
    mask = _mask(root, terraform, failed.plan)
    told = [reduced(message, mask, root.checkout, root.path) for message in failed.messages]
    own = [Diagnostic(severity="error", summary=failed.own)] if failed.own else []
    diagnostics = tuple(dict.fromkeys([*own, *told]))
    more = len(diagnostics) - MOST_DIAGNOSTICS
    phase: Phase = "auth" if failed.blame == "auth" else failed.phase
    return RootResult(
        **_about(root),
        verdict="busy" if failed.blame == "busy" else "failed",
        phase=None if failed.blame == "busy" else phase,
        diagnostics=diagnostics[:MOST_DIAGNOSTICS],
        notes=(f"{more} more messages",) if more > 0 else (),
    )


def _about(root: Root) -> dict[str, Any]:
    return {
        "repository": root.repository,
        "path": root.path,
        "sha": root.commit,
        "owner": root.settings.owner,
        "mode": root.settings.mode,
    }


def _mask(root: Root, terraform: Terraform, plan: Mapping[str, Any]) -> Mask:
    return known.mask(root.checkout, root.folder, _variable_files(root), terraform.environment, plan)


def _variable_files(root: Root) -> list[Path]:
    return [root.folder / filled(name, root) for name in root.settings.variables]


def _backend(root: Root) -> list[str]:
    return [f"-backend-config={key}={filled(value, root)}" for key, value in root.settings.backend.items()]


def _shown(file: Path, root: Root) -> str:
    """A path for a reader: from the repository's top or the project's folder on, where it is below one of them."""
    for top in (root.checkout, root.project):
        if file.is_relative_to(top):
            return file.relative_to(top).as_posix()
    return file.name


def _is_file(path: Path) -> bool:
    """A plain file with something in it: `-out=/dev/full` succeeds, and reading from there never ends."""
    with suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_size > 0
    return False
