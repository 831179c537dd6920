"""The door of CodeBuild: it answers for the projects of codebuild/ and their builds, and passes on what is moto's.

Source: the API reference of CodeBuild. The projects are in the account and the region in which runbooks are.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from handrail.local.apierror import ApiError
from handrail.local.builds import Builds, CodeBuildError, ProjectSpec
from handrail.local.builds.failure import no_such_build
from handrail.local.builds.shape import project_answer, project_arn
from handrail.local.codebuild import pretended
from handrail.local.codebuild.lists import Entry, page
from handrail.local.codebuild.request import Parameters, initiator, parameters
from handrail.local.doors import ACCOUNT, Answered, Asked
from handrail.local.environment import BUCKET, REGION

HERE: Final = (ACCOUNT, REGION)

BUILD: Final = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/"

EXISTS: Final = "Project already exists: {}"
FIXED: Final = "{} cannot be changed or deleted here: codebuild/ in the project {} says what it is. Change it there"
NO_BATCH: Final = "{} cannot be built as a batch on one machine: start one build after the other with StartBuild"
NO_ID: Final = "Invalid build ID provided"
PRETENDED: Final = "Build {} was only pretended, as its project is none of codebuild/: it cannot be retried"


class Door:
    """Takes what is asked of the project's own builds; `builds` makes them when they are first needed.

    `projects` are known without: a project may make others of moto's while its own AWS is being furnished.
    """

    def __init__(
        self,
        projects: Callable[[], Mapping[str, ProjectSpec]],
        builds: Callable[[], Builds],
        source: Path,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.projects = projects
        self.builds = builds
        self.source = source
        self.now = now

    def __call__(self, asked: Asked) -> Answered | None:
        operation = OPERATIONS.get(asked.action) if asked.service == "codebuild" else None
        if operation is None or (asked.account, asked.region) != HERE:
            return None
        try:
            told = operation(self, asked, parameters(asked))
        except CodeBuildError as refused:
            error = refused.response["Error"]
            return asked.refuse(error["Code"], error["Message"])
        except ApiError as refused:
            return asked.refuse(refused.code, str(refused))
        return asked.answer(told) if isinstance(told, Mapping) else told

    def project(self, name: str) -> Mapping[str, Any] | None:
        """A project by its name or its ARN, None where it is none of ours."""
        known = self.projects().get(name.removeprefix(project_arn("", ACCOUNT, REGION)))
        return None if known is None else project_answer(known, ACCOUNT, REGION, BUCKET, self.source)

    def own(self, id: str) -> str | None:
        """The id of a build of ours, which may be asked for by its ARN; None for any other."""
        id = id.removeprefix(BUILD)
        return id if id in self.builds().listed() else None


Told = Mapping[str, Any] | Answered | None
"""The result of an operation, or a whole answer, or None: it is moto's."""

Operation = Callable[[Door, Asked, Parameters], Told]


# ---------------------------------------------------------------------- builds


def start_build(door: Door, asked: Asked, given: Parameters) -> Told:
    if given["projectName"] not in door.projects():
        return None
    return door.builds().start(given, initiator=initiator(asked))


def retry_build(door: Door, asked: Asked, given: Parameters) -> Told:
    """Refused for a build of moto's, which knows no such operation."""
    id = door.own(given["id"])
    if id is not None:
        return door.builds().retry(id, given.get("idempotencyToken"), initiator=initiator(asked))
    if given["id"].removeprefix(BUILD) in pretended.builds(asked):
        raise CodeBuildError("InvalidInputException", PRETENDED.format(given["id"]), asked.action)
    if ":" not in given["id"]:
        raise CodeBuildError("InvalidInputException", NO_ID, asked.action)
    raise no_such_build(given["id"], asked.action)


def stop_build(door: Door, _asked: Asked, given: Parameters) -> Told:
    id = door.own(given["id"])
    return None if id is None else door.builds().stop(id)


def get_builds(door: Door, asked: Asked, given: Parameters) -> Told:
    names = {id: own for id in given["ids"] if (own := door.own(id)) is not None}
    ours = {build["id"]: build for build in door.builds().get([*names.values()])["builds"]} if names else {}
    found = {id: ours[own] for id, own in names.items() if own in ours}
    return merged(asked, given["ids"], found, ("builds", "id", "buildsNotFound"))


def delete_builds(door: Door, asked: Asked, given: Parameters) -> Told:
    """Builds that have ended; one of moto's stays."""
    names = {id: door.own(id) for id in given["ids"]}
    ours = [own for own in names.values() if own is not None]
    told = door.builds().delete(ours) if ours else {"buildsDeleted": [], "buildsNotDeleted": []}
    theirs = pretended.builds(asked)
    reasons = {id: "NOT_SUPPORTED" if id in theirs else "BUILD_NOT_FOUND" for id, own in names.items() if own is None}
    others = [{"id": id, "statusCode": why} for id, why in reasons.items()]
    return {**told, "buildsNotDeleted": [*told["buildsNotDeleted"], *others]}


def list_builds(door: Door, asked: Asked, given: Parameters) -> Told:
    """The newest first, ours and moto's."""
    ours = {id: one.started for id, one in door.builds().listed().items()}
    entries: list[Entry] = [(began, id) for id, began in {**pretended.builds(asked), **ours}.items()]
    return page("ids", entries, given, "DESCENDING", door.now())


def list_builds_of(door: Door, _asked: Asked, given: Parameters) -> Told:
    """By their numbers."""
    if given["projectName"] not in door.projects():
        return None
    entries: list[Entry] = [(one.number, id) for id, one in door.builds().listed(given["projectName"]).items()]
    return page("ids", entries, given, "DESCENDING", door.now())


# ---------------------------------------------------------------------- projects


def get_projects(door: Door, asked: Asked, given: Parameters) -> Told:
    found = {name: told for name in given["names"] if (told := door.project(name)) is not None}
    return merged(asked, given["names"], found, ("projects", "name", "projectsNotFound"))


def list_projects(door: Door, asked: Asked, given: Parameters) -> Told:
    ours = {spec.name: pretended.Times(spec.modified, spec.modified) for spec in door.projects().values()}
    known, by = {**pretended.projects(asked), **ours}, given.get("sortBy", "NAME")
    entries: list[Entry] = [
        (name if by == "NAME" else times.created if by == "CREATED_TIME" else times.modified, name)
        for name, times in known.items()
    ]
    return page("projects", entries, given, "ASCENDING", door.now())


def create_project(door: Door, asked: Asked, given: Parameters) -> Told:
    known = door.project(given["name"])
    if known is None:
        return None
    raise CodeBuildError("ResourceAlreadyExistsException", EXISTS.format(known["arn"]), asked.action)


def change_project(door: Door, asked: Asked, given: Parameters) -> Told:
    known = door.project(given["name"])
    if known is None:
        return None
    told = FIXED.format(known["name"], door.source)
    raise CodeBuildError("InvalidInputException", told, asked.action)


def start_batch(door: Door, asked: Asked, given: Parameters) -> Told:
    if given["projectName"] not in door.projects():
        return None
    raise CodeBuildError("InvalidInputException", NO_BATCH.format(given["projectName"]), asked.action)


# ---------------------------------------------------------------------- both


def merged(
    asked: Asked, names: Sequence[str], found: Mapping[str, Mapping[str, Any]], members: tuple[str, str, str]
) -> Told:
    """What is ours and what moto knows of the others, in the order in which they are asked for.

    `members` are the answer's members for what was found, for its name, and for what was not found.
    """
    list_of, name_of, missing = members
    known = dict(found)
    if [name for name in names if name not in known]:
        answered = asked.moto()
        if not answered.accepted:
            return answered
        for each in pretended.result(asked, answered)[list_of]:
            known.setdefault(each[name_of], each)
            known.setdefault(each["arn"], each)
    return {
        list_of: [known[name] for name in names if name in known],
        missing: [name for name in names if name not in known],
    }


OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchDeleteBuilds": delete_builds,
    "BatchGetBuilds": get_builds,
    "BatchGetProjects": get_projects,
    "CreateProject": create_project,
    "DeleteProject": change_project,
    "ListBuilds": list_builds,
    "ListBuildsForProject": list_builds_of,
    "ListProjects": list_projects,
    "RetryBuild": retry_build,
    "StartBuild": start_build,
    "StartBuildBatch": start_batch,
    "StopBuild": stop_build,
    "UpdateProject": change_project,
}
"""What may be about a project or a build of ours; every other operation is moto's."""
