"""State machines inside CloudFormation, SAM and CDK templates, and inside what `terraform show -json` prints.

What is only known after a deployment gets a name that is made up, so that the machine can be tested without one.
Source: AWS::StepFunctions::StateMachine and AWS::Serverless::StateMachine in the CloudFormation and SAM references.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handrail.errors import HandrailError

TYPES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
NAMED = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Elsewhere:
    """A definition in a file of its own, with the values that the template gives it."""

    path: Path
    values: Mapping[str, object] = field(default_factory=dict)


Made = str | dict[str, Any] | Elsewhere
"""A machine's definition as text, as an object, or in another file."""


def machines(whole: Mapping[str, Any], path: Path) -> dict[str, Made]:
    """The machines of a template or a plan, by their names there; none where it is neither."""
    if isinstance(whole.get("Resources"), dict) and "States" not in whole:
        return dict(of_template(whole["Resources"], path))
    planned = whole.get("planned_values", whole.get("values"))
    return dict(of_terraform(planned.get("root_module"))) if isinstance(planned, dict) else {}


def of_template(resources: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Made]]:
    for name, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") in TYPES:
            yield name, machine(name, resource.get("Properties") or {}, Resolver(resources), path)


def machine(name: str, properties: Mapping[str, Any], resolver: "Resolver", path: Path) -> Made:
    values = resolver.value(properties.get("DefinitionSubstitutions") or {})
    uri = properties.get("DefinitionUri")
    if isinstance(uri, str):
        return Elsewhere(path.parent / uri, values)
    found = resolver.value(properties.get("DefinitionString", properties.get("Definition")))
    if not isinstance(found, str | dict):
        raise HandrailError(f"{path}: the definition of {name} is not in this template; give the file that holds it.")
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=2)
    for key, value in values.items():
        text = text.replace(f"${{{key}}}", json.dumps(str(value), ensure_ascii=False)[1:-1])
    return text


def of_terraform(module: Any) -> Iterator[tuple[str, Made]]:
    """`aws_sfn_state_machine` in a module and those inside it; a definition that is not known yet is told."""
    if not isinstance(module, dict):
        return
    for resource in module.get("resources", []):
        if resource.get("type") == "aws_sfn_state_machine":
            text = (resource.get("values") or {}).get("definition")
            if not isinstance(text, str):
                raise HandrailError(
                    f"The definition of {resource.get('address')} is known only after apply: print the state with "
                    "`terraform show -json` once it is applied, or test the file that the definition is made from."
                )
            yield str(resource.get("address")), text
    for inner in module.get("child_modules", []):
        yield from of_terraform(inner)


@dataclass(frozen=True)
class Resolver:
    """Gives CloudFormation's functions a value, made up where only a deployment knows it."""

    resources: Mapping[str, Any]

    def value(self, given: Any) -> Any:
        if isinstance(given, list):
            return [self.value(each) for each in given]
        if not isinstance(given, dict):
            return given
        if len(given) == 1 and (name := next(iter(given))) in INTRINSICS:
            return INTRINSICS[name](self, given[name])
        return {name: self.value(each) for name, each in given.items()}

    def reference(self, name: Any) -> str:
        return PSEUDO.get(str(name), str(name))

    def attribute(self, given: Any) -> str:
        """`A.Arn`: a function's ARN looks like one, since a Resource is checked; others by their names."""
        name, _, attribute = (given if isinstance(given, str) else ".".join(map(str, given))).partition(".")
        if attribute != "Arn":
            return f"{name}.{attribute}"
        kind = str((self.resources.get(name) or {}).get("Type", ""))
        if kind in FUNCTIONS:
            return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        service = kind.split("::")[1].lower() if kind.count("::") == 2 else "cloudformation"
        return f"arn:aws:{service}:us-east-1:123456789012:{name}"

    def joined(self, given: Any) -> str:
        between, parts = given
        return str(between).join(str(part) for part in self.value(parts))

    def substituted(self, given: Any) -> str:
        text, values = given if isinstance(given, list) else (given, {})
        values = self.value(values)

        def replaced(found: re.Match[str]) -> str:
            literal, name = found[1], found[2]
            if literal:
                return f"${{{name}}}"
            if name in values:
                return str(values[name])
            return self.attribute(name) if "." in name else self.reference(name)

        return NAMED.sub(replaced, str(text))


INTRINSICS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.reference,
    "Fn::GetAtt": Resolver.attribute,
    "Fn::Join": Resolver.joined,
    "Fn::Sub": Resolver.substituted,
    "Fn::ImportValue": lambda resolver, given: str(resolver.value(given)),
    "Fn::If": lambda resolver, given: resolver.value(given[1]),
}
