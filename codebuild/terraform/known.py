"""The values that a mask has to hide: what is known of a root's variables, environment and plan."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from codebuild.terraform.mask import Mask

# Environment variables whose names say that their values are secrets.
SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_KEY|AUTH", re.IGNORECASE)

# Without its end it is taken to the end of the line, so that no text is read twice.
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"?')
HEREDOC = re.compile(r"<<-?(\w+)\r?$")
# How HCL writes `${` and `%{` where they are no template.
TEMPLATE = re.compile(r"([$%])\1\{")

# As much of a variable file is read.
MOST = 1 << 20

# Variable files that Terraform reads by itself.
AUTOMATIC = ("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json")


# What nobody calls a thing: long, letters and digits, no path and no ARN. Such a value is hidden in addresses as well.
RANDOM = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[^\s/:]{16,}")


def mask(
    top: Path, folder: Path, files: Iterable[Path], environment: Mapping[str, str], plan: Mapping[str, Any]
) -> Mask:
    """A mask for the root in `folder`, in a checkout at `top`; `plan` may be empty where there is none."""
    named = {value for name, value in environment.items() if SECRET_NAME.search(name)}
    values = set(_values(top, folder, files, environment))
    values |= {text for variable in (plan.get("variables") or {}).values() for text in _texts(variable.get("value"))}
    return Mask({*named, *sensitive(plan), *filter(RANDOM.fullmatch, values)}, values)


def _values(top: Path, folder: Path, files: Iterable[Path], environment: Mapping[str, str]) -> Iterator[str]:
    """What the root is given that is not marked as a secret: by the environment and by variable files."""
    for name, value in environment.items():
        if name.startswith("TF_VAR_") or os.environ.get(name) != value:
            yield from _texts(value)
    for path in (*(path for pattern in AUTOMATIC for path in folder.glob(pattern)), *files):
        yield from _in_file(path, top)


def sensitive(plan: Mapping[str, Any]) -> set[str]:
    """Every value that the plan marks as sensitive, wherever it stands."""
    declared = ((plan.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
    variables = plan.get("variables") or {}
    found = {
        text
        for name, variable in declared.items()
        if variable.get("sensitive") and name in variables
        for text in _texts(variables[name].get("value"))
    }
    return found | set(_marked_in(plan))


def _marked_in(plan: Mapping[str, Any]) -> Iterator[str]:
    for entry in (*(plan.get("resource_drift") or ()), *(plan.get("resource_changes") or ())):
        yield from _in_change(entry["change"])
    for change in (plan.get("output_changes") or {}).values():
        yield from _in_change(change)
    # `show` of a state has "values" where a plan has "planned_values" and "prior_state".
    for values in (plan.get("planned_values"), (plan.get("prior_state") or {}).get("values"), plan.get("values")):
        yield from _in_values(values or {})


def _in_change(change: Mapping[str, Any]) -> Iterator[str]:
    for side in ("before", "after"):
        yield from _marked(change.get(side), change.get(f"{side}_sensitive"))


def _in_values(values: Mapping[str, Any]) -> Iterator[str]:
    for output in (values.get("outputs") or {}).values():
        yield from _marked(output.get("value"), output.get("sensitive"))
    modules = [values.get("root_module") or {}]
    for module in modules:
        modules += module.get("child_modules") or ()
        for resource in module.get("resources") or ():
            yield from _marked(resource.get("values"), resource.get("sensitive_values"))


def _marked(value: Any, marks: Any) -> Iterator[str]:
    """The leaves of `value` that `marks`, its mirror with `true` at what is sensitive, points to."""
    if marks is True:
        yield from _texts(value)
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from _marked(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list):
        for item, mark in zip(value, marks, strict=False):
            yield from _marked(item, mark)


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a value, also in one that is JSON inside a text."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            with suppress(ValueError, RecursionError):
                yield from _texts(json.loads(value))


def _in_file(path: Path, top: Path) -> Iterator[str]:
    """The values of a variable file; one that cannot be read has none, and Terraform says what is wrong with it."""
    text = _beginning(path, top)
    if path.suffix == ".json":
        with suppress(ValueError, RecursionError):
            yield from _texts(json.loads(text))
    yield from (_unescaped(literal) for literal in LITERAL.findall(text))
    yield from _heredocs(text)


def _may_be_read(path: Path, top: Path) -> bool:
    """Not where a repository's link leads out of it: a device, or a file of the system, may have no end.

    What the configuration itself names elsewhere is as good as the configuration.
    """
    real = Path(os.path.realpath(path))
    named_elsewhere = not Path(os.path.normpath(path)).is_relative_to(os.path.normpath(top))
    return real.is_file() and (named_elsewhere or real.is_relative_to(os.path.realpath(top)))


def _beginning(path: Path, top: Path) -> str:
    try:
        if not _may_be_read(path, top):
            return ""
        with path.open("rb") as file:
            return file.read(MOST).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _heredocs(text: str) -> Iterator[str]:
    """The bodies of `<<NAME` up to the line that is NAME, or to the end of what was read."""
    end, body = "", list[str]()
    for line in text.split("\n"):
        if end and line.strip() == end:
            yield "\n".join(body)
            end = ""
        elif end:
            body.append(line)
        elif begun := HEREDOC.search(line):
            end, body = begun[1], []
    if end:
        yield "\n".join(body)


def _unescaped(literal: str) -> str:
    try:
        text = str(json.loads(f'"{literal}"', strict=False))
    except ValueError:
        text = literal
    return TEMPLATE.sub(r"\1{", text)
