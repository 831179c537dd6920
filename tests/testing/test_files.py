"""State machines in files that other tools have made: which machine is meant, and what is said where none is."""

import json
from pathlib import Path
from typing import Any

import pytest

from handrail.errors import HandrailError
from handrail.testing.files import definition

ARN = "arn:aws:lambda:us-east-1:123456789012:function:Reserve"


def machine(resource: str) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}}


PLAIN = json.dumps(machine(ARN))
YAML = f"StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: {ARN}\n    End: true\n"
JOINED = {"Fn::Join": ["", ['{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"',
                            {"Fn::GetAtt": ["Reserve", "Arn"]}, '","End":true}}}']]}  # fmt: skip
FUNCTION = {"Reserve": {"Type": "AWS::Lambda::Function"}}


def cloudformation(**machines: Any) -> str:
    made = {name: {"Type": "AWS::StepFunctions::StateMachine", "Properties": each} for name, each in machines.items()}
    return json.dumps({"Resources": FUNCTION | made})


SAM = """
Resources:
  Reserve:
    Type: AWS::Serverless::Function
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: order.asl.json
      DefinitionSubstitutions:
        ReserveArn: !GetAtt Reserve.Arn
        Where: !Sub "${AWS::Region}-${Reserve}"
"""
INLINE = """
Resources:
  Reserve:
    Type: AWS::Serverless::Function
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: !GetAtt Reserve.Arn, End: true}
"""


def terraform(values: dict[str, Any]) -> str:
    resource = {"address": "module.a.aws_sfn_state_machine.order", "type": "aws_sfn_state_machine", "values": values}
    return json.dumps({"planned_values": {"root_module": {"child_modules": [{"resources": [resource]}]}}})


def written(folder: Path, name: str, text: str) -> Path:
    (folder / "order.asl.json").write_text(json.dumps(machine("${ReserveArn}")), encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        pytest.param("a.asl.json", PLAIN, {}, id="ASL in JSON"),
        pytest.param("a.asl.json", "\ufeff" + PLAIN, {}, id="with a byte order mark"),
        pytest.param("a.yaml", YAML, {}, id="ASL in YAML"),
        pytest.param("a.json", json.dumps(machine("${X}")), {"values": {"X": ARN}}, id="filled in"),
        pytest.param("t.json", cloudformation(M={"DefinitionString": JOINED}), {}, id="CDK"),
        pytest.param("t.json", cloudformation(M={"Definition": machine(ARN)}), {}, id="CloudFormation, an object"),
        pytest.param(
            "t.json",
            cloudformation(
                M={"DefinitionString": json.dumps(machine("${X}")), "DefinitionSubstitutions": {"X": {"Ref": ARN}}}
            ),
            {},
            id="CloudFormation, filled in",
        ),
        pytest.param(
            "t.json",
            cloudformation(M={"Definition": machine(ARN)}, N={"Definition": machine("x")}),
            {"machine": "M"},
            id="one of two",
        ),
        pytest.param("t.yaml", SAM, {}, id="SAM, in a file of its own"),
        pytest.param("t.yaml", INLINE, {}, id="SAM, in the template"),
        pytest.param("plan.json", terraform({"definition": PLAIN}), {}, id="Terraform"),
    ],
)
def test_reads_what_any_tool_has_made(tmp_path: Path, name: str, text: str, more: dict[str, Any]) -> None:
    """The same machine comes out, whatever it was wrapped in; ARNs that only a deployment knows are made up."""
    assert definition(written(tmp_path, name, text), **more) == machine(ARN)


def test_a_number_may_be_filled_in(tmp_path: Path) -> None:
    """A value stands in the text, quoted or not, as `templatefile` and CloudFormation do it."""
    text = PLAIN.replace('"End"', '"TimeoutSeconds": ${Seconds}, "End"')
    found: Any = definition(written(tmp_path, "a.json", text), values={"Seconds": 5})

    assert found["States"]["A"]["TimeoutSeconds"] == 5


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param("a.json", '{"StartAt": "${X}",\n "b": "${Y}"}', ["a.json:1: ${X}", "a.json:2: ${Y}", "  X: X"],
                     id="values are missing"),
        pytest.param("a.json", '{"a": 1,\n}', ["a.json:2:1: this is not JSON"], id="no JSON"),
        pytest.param("a.yaml", "a: [1\nb: 2", ["a.yaml:2: this is not YAML"], id="no YAML"),
        pytest.param("a.json", '{"a": 1}', ["holds no state machine"], id="no machine"),
        pytest.param("a.json", "[]", ["holds no state machine"], id="no object"),
        pytest.param("a.yaml", YAML.replace("Task", "Tusk"), ["a.yaml:4: /States/A/Type"], id="AWS would refuse it"),
        pytest.param("t.json", cloudformation(M={"Definition": {}}, N={"Definition": {}}), ["--machine M | N"],
                     id="which of two"),
        pytest.param("t.json", cloudformation(M={"DefinitionS3Location": {}}), ["M is not in this template"],
                     id="in S3"),
        pytest.param("p.json", terraform({}), ["module.a.aws_sfn_state_machine.order is known only after apply"],
                     id="not known yet"),
    ],
)  # fmt: skip
def test_says_what_it_cannot_read(tmp_path: Path, name: str, text: str, told: list[str]) -> None:
    """Where it is, what is wrong, and what to do."""
    with pytest.raises(HandrailError) as caught:
        definition(written(tmp_path, name, text))

    assert [each for each in told if each not in str(caught.value)] == []


def test_a_name_that_is_near_is_told(tmp_path: Path) -> None:
    """A machine that the template does not have, and a file that is not there."""
    template = written(tmp_path, "t.json", cloudformation(Orders={"Definition": machine(ARN)}))
    with pytest.raises(HandrailError, match='Did you mean "Orders"'):
        definition(template, "Order")
    with pytest.raises(HandrailError, match="cannot be read: No such file"):
        definition(tmp_path / "gone.json")
