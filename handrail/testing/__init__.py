"""Run a machine in a test: on a virtual clock, so nine hours pass in milliseconds.

    run = play(MACHINE, {"cluster": "orders", "power": "stop"}, {rds.set_power: [None], rds.look: [STOPPING, STOPPED]})
    assert run.ended == "SUCCEEDED"
    assert str(run.took) == "0:01:00"

A task that the test gives no answers for runs for real; what it posts is collected in `run.told`, and a call to AWS
is refused.
"""

from handrail.testing.cast import Throws, Whole, after
from handrail.testing.clients import client
from handrail.testing.run import Call, Run
from handrail.testing.simulation import Happening, simulate
from handrail.testing.stage import play, redrive

__all__ = ["Call", "Happening", "Run", "Throws", "Whole", "after", "client", "play", "redrive", "simulate"]
