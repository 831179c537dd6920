"""CodeBuild's API: what is asked of a project's own builds is done by `handrail.local.builds`, the rest is moto's.

request, validated ──► OPERATIONS[name] ─┬─► this project's: Builds, the very ones that state machines start
                                         └─► made with CreateProject: moto, which only pretends to build
"""

from handrail.local.codebuild.door import Door

__all__ = ["Door"]
