"""The door of machines/: states as typed values in lists that run from top to bottom."""

from handrail.machine.call import Call, Reply
from handrail.machine.condition import all_of, any_of, is_in, not_
from handrail.machine.given import Caught, Entered, Execution, begun, execution, given, state
from handrail.machine.machine import Machine
from handrail.machine.nested import Map, Parallel, Steps
from handrail.machine.place import MachineError
from handrail.machine.states import Choice, Fail, Goto, Pass, Succeed, Wait, when
from handrail.machine.values import count, first, jsonata, text, where
from handrail.machine.work import Build, Built, Task

__all__ = [
    "Build",
    "Built",
    "Call",
    "Caught",
    "Choice",
    "Entered",
    "Execution",
    "Fail",
    "Goto",
    "Machine",
    "MachineError",
    "Map",
    "Parallel",
    "Pass",
    "Reply",
    "Steps",
    "Succeed",
    "Task",
    "Wait",
    "all_of",
    "any_of",
    "begun",
    "count",
    "execution",
    "first",
    "given",
    "is_in",
    "jsonata",
    "not_",
    "state",
    "text",
    "when",
    "where",
]
