"""The histories of redriven executions are those that AWS was seen to write: which events, and what each follows."""

from handrail.engine.events import TaskStarted, TaskSucceeded
from tests.engine.redriving import ACTIVITY, BOOM, DONE, HANG, RETRY, TASK, Play, chained, machine, mapped, parallel


def test_the_history_of_an_aborted_execution_is_the_one_that_aws_wrote() -> None:
    """A task is scheduled again after the event with which its state was entered; no state is entered twice."""
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "A"}], "Default": "A"}
    play = Play(machine(C=choice, A=ACTIVITY))
    play.run({"A": HANG})
    play.tell(TaskStarted(0, 5, "worker")).stop()
    play.redrive({"A": HANG})
    play.tell(TaskStarted(play.execution.now, 9, "worker")).tell(TaskSucceeded(play.execution.now, 9, "well"))
    assert chained(play.execution) == [
        ("ExecutionStarted", 0),
        ("ChoiceStateEntered", 0),
        ("ChoiceStateExited", 2),
        ("TaskStateEntered", 3),
        ("ActivityScheduled", 4),
        ("ActivityStarted", 5),
        ("ExecutionAborted", 0),
        ("ExecutionRedriven", 7),
        ("ActivityScheduled", 4),
        ("ActivityStarted", 9),
        ("ActivitySucceeded", 10),
        ("TaskStateExited", 11),
        ("ExecutionSucceeded", 12),
    ]


def test_the_history_of_a_failed_sequence_is_the_one_that_aws_wrote() -> None:
    """Each redrive schedules the task after its state's only entry, each retry after the failure before it."""
    play = Play(machine(A=TASK | RETRY, B=DONE)).run({"A": BOOM}).redrive({"A": BOOM}).redrive()
    assert chained(play.execution)[1:] == [
        ("TaskStateEntered", 0),
        ("LambdaFunctionScheduled", 2),
        ("LambdaFunctionStarted", 3),
        ("LambdaFunctionFailed", 4),
        ("LambdaFunctionScheduled", 5),
        ("LambdaFunctionStarted", 6),
        ("LambdaFunctionFailed", 7),
        ("ExecutionFailed", 8),
        ("ExecutionRedriven", 9),
        ("LambdaFunctionScheduled", 2),
        ("LambdaFunctionStarted", 11),
        ("LambdaFunctionFailed", 12),
        ("LambdaFunctionScheduled", 13),
        ("LambdaFunctionStarted", 14),
        ("LambdaFunctionFailed", 15),
        ("ExecutionFailed", 16),
        ("ExecutionRedriven", 17),
        ("LambdaFunctionScheduled", 2),
        ("LambdaFunctionStarted", 19),
        ("LambdaFunctionSucceeded", 20),
        ("TaskStateExited", 21),
        ("PassStateEntered", 22),
        ("PassStateExited", 23),
        ("ExecutionSucceeded", 24),
    ]
    counts = [event.get("executionRedrivenEventDetails") for event in play.execution.history()]
    assert [each for each in counts if each] == [{"redriveCount": 1}, {"redriveCount": 2}]


THREE = parallel(machine(S=TASK), machine(F=TASK), machine(A=TASK))


def test_the_history_of_a_parallel_is_the_one_that_aws_wrote() -> None:
    """No second ParallelStateStarted: what failed and what was aborted is scheduled after its own entry."""
    play = Play(machine(P=THREE)).run({"S": "kept", "F": BOOM, "A": HANG}).redrive({"F": "f", "A": "a"})
    assert play.output == ["kept", "f", "a"]
    assert play.since == [
        ("LambdaFunctionScheduled", "TaskStateEntered F"),
        ("LambdaFunctionStarted", "LambdaFunctionScheduled"),
        ("LambdaFunctionScheduled", "TaskStateEntered A"),
        ("LambdaFunctionStarted", "LambdaFunctionScheduled"),
        ("LambdaFunctionSucceeded", "LambdaFunctionStarted"),
        ("TaskStateExited", "LambdaFunctionSucceeded"),
        ("LambdaFunctionSucceeded", "LambdaFunctionStarted"),
        ("TaskStateExited", "LambdaFunctionSucceeded"),
        ("ParallelStateSucceeded", "TaskStateExited A"),
        ("ParallelStateExited", "TaskStateExited A"),
        ("ExecutionSucceeded", "ParallelStateExited P"),
    ]


def test_the_history_of_an_inline_map_is_the_one_that_aws_wrote() -> None:
    """The failed iteration goes on without being started again; those that had not been reached start as always."""
    play = Play(machine(M=mapped(machine(T=TASK), MaxConcurrency=1)), {"items": [0, 1, 2]})
    play.run({"T": ["kept", BOOM]}).redrive({"T": ["fixed", "new"]})
    assert play.output == ["kept", "fixed", "new"]
    assert play.since == [
        ("LambdaFunctionScheduled", "TaskStateEntered T"),
        ("LambdaFunctionStarted", "LambdaFunctionScheduled"),
        ("LambdaFunctionSucceeded", "LambdaFunctionStarted"),
        ("TaskStateExited", "LambdaFunctionSucceeded"),
        ("MapIterationSucceeded", "TaskStateExited T"),
        ("MapIterationStarted", "TaskStateExited T"),
        ("TaskStateEntered", "MapIterationStarted 2"),
        ("LambdaFunctionScheduled", "TaskStateEntered T"),
        ("LambdaFunctionStarted", "LambdaFunctionScheduled"),
        ("LambdaFunctionSucceeded", "LambdaFunctionStarted"),
        ("TaskStateExited", "LambdaFunctionSucceeded"),
        ("MapIterationSucceeded", "TaskStateExited T"),
        ("MapStateSucceeded", "MapIterationSucceeded 2"),
        ("MapStateExited", "MapIterationSucceeded 2"),
        ("ExecutionSucceeded", "MapStateExited M"),
    ]
