"""Amazon States Language → execution: given an event, the engine returns commands; it does no I/O of its own.

program = load(definition)
execution = program.execution(arn=…, name=…, machine_arn=…, machine_name=…)
commands = advance(execution, Started(at=…, input="{}", seed=…))
"""

from handrail.engine.execution import Execution
from handrail.engine.handlers import advance
from handrail.engine.program import Program, load

__all__ = ["Execution", "Program", "advance", "load"]
