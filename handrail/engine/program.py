"""A definition, compiled once into states that run."""

from collections.abc import Mapping
from typing import NamedTuple

from handrail.asl.model import Flow, Json, State
from handrail.asl.read import read
from handrail.engine.execution import EXPRESS_SECONDS, CompiledState, Execution
from handrail.engine.expressions import complaint
from handrail.engine.history import MOST_EVENTS
from handrail.engine.states.compiled import Compiled
from handrail.engine.states.joins import Map, Parallel
from handrail.engine.states.simple import Choice, Fail, Pass, Succeed, Wait
from handrail.engine.states.task import Task

SIMPLE: Mapping[str, type[Compiled]] = {
    "Pass": Pass,
    "Task": Task,
    "Choice": Choice,
    "Wait": Wait,
    "Succeed": Succeed,
    "Fail": Fail,
}


class Program(NamedTuple):
    """A compiled state machine; any number of executions may share it."""

    flow: Flow
    start: CompiledState
    timeout: int | None

    def execution(
        self,
        *,
        arn: str,
        name: str,
        machine_arn: str,
        machine_name: str,
        role: str = "arn:aws:iam::000000000000:role/handrail",
        express: bool = False,
    ) -> Execution:
        """A new execution, which begins with the event `Started`; an Express one has five minutes at the most."""
        limit = EXPRESS_SECONDS if self.timeout is None else min(self.timeout, EXPRESS_SECONDS)
        return Execution(
            self.start,
            arn=arn,
            name=name,
            machine_arn=machine_arn,
            machine_name=machine_name,
            role=role,
            timeout=limit if express else self.timeout,
            most_events=None if express else MOST_EVENTS,
        )


def load(definition: str | Mapping[str, Json] | Flow) -> Program:
    """Compile a definition; raises InvalidDefinition with everything that AWS would refuse."""
    flow = definition if isinstance(definition, Flow) else read(definition, expressions=complaint)
    timeout = flow.fields.get("TimeoutSeconds")
    return Program(flow, compiled(flow), int(timeout) if isinstance(timeout, int | float) else None)


def compiled(flow: Flow) -> CompiledState:
    """Compile the states of a flow, link them, and give the one to start at."""
    states: dict[str, Compiled] = {name: compiled_state(state) for name, state in flow.states.items()}
    for state in states.values():
        state.link(states)
    return states[flow.start_at]


def compiled_state(state: State) -> Compiled:
    if state.type == "Parallel":
        return Parallel(state, [compiled(branch) for branch in state.branches])
    if state.type == "Map" and state.processor is not None:
        config = state.processor.fields.get("ProcessorConfig")
        if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
            # A module more, which few machines need.
            from handrail.engine.states.distributed import DistributedMap

            return DistributedMap(state, compiled(state.processor))
        return Map(state, compiled(state.processor))
    return SIMPLE[state.type](state)
