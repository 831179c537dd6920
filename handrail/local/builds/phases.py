"""INSTALL, PRE_BUILD, BUILD and POST_BUILD: the commands of a phase, one after the other, until the phase has ended."""

from handrail.local.builds.build import Context, Outcome, failed_command, next_command, tries_again
from handrail.local.builds.buildspec import PhaseSpec
from handrail.local.builds.logs import Log
from handrail.local.builds.run import Commands


def run_phase(spec: PhaseSpec, commands: Commands, log: Log, *, succeeding: bool) -> Outcome:
    """Run a phase, again and again where its on-failure wants that. Raises EndedEarlyError."""
    tried = 1
    while context := _run_commands(spec, commands, log, succeeding):
        if not tries_again(spec.on_failure, tried, "\n".join([*log.tail, context.message])):
            return Outcome("FAILED", context, spec.on_failure)
        log.say(f"Running the phase again, for the {tried + 1}. time")
        tried += 1
    return Outcome(context=Context())


def _run_commands(spec: PhaseSpec, commands: Commands, log: Log, succeeding: bool) -> Context | None:
    """Run a phase's commands once; why it failed, or None."""
    log.tail.clear()
    results: list[int] = []
    while (command := next_command(spec, results)) is not None:
        results.append(_run_command(command, commands, log, succeeding and not any(results)))
    if failed := failed_command(spec, results):
        message = f"Error while executing command: {failed[0]}. Reason: exit status {failed[1]}"
        return Context("COMMAND_EXECUTION_ERROR", log.mask(message))
    return None


def _run_command(command: str, commands: Commands, log: Log, succeeding: bool) -> int:
    log.say(f"Running command {command}")
    status = commands.run(command, succeeding=succeeding)
    log.end_of_command()
    if status:
        log.say(f"Command did not exit successfully {command} exit status {status}")
    return status
