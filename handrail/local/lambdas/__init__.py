"""Lambda on a laptop: who answers for a function, and Lambda's Invoke API in front of them.

another endpoint (--lambda-endpoint) ─► handlers of the project, in this process ─► zips, in processes of their own

Mocks of a MockConfigFile come before all of them, and are the driver's: a mocked task calls nobody.
"""

from handrail.local.lambdas.door import Door
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import Handler, Place, Request
from handrail.local.lambdas.triggers import Triggers
from handrail.local.lambdas.zips import Zips

__all__ = ["Door", "Functions", "Handler", "Place", "Request", "Triggers", "Zips"]
