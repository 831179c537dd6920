"""The results bucket, as the builds of a drift check write to it."""

from handrail.aws import client
from schemas.drift_result import RepositoryFound, RootResult, RootsFound, ShardResult, Verdict

RUN = "2026-11-21-0700"
KEY = "handrail/drift-key"


class Bucket:
    """The results bucket, as builds write to it."""

    def put(self, key: str, content: str) -> None:
        client("s3").put_object(Bucket="results", Key=f"drift-check/{RUN}/{key}", Body=content.encode())

    def get(self, key: str) -> str:
        text: str = client("s3").get_object(Bucket="results", Key=key)["Body"].read().decode()
        return text

    def found(self, roots: int) -> None:
        infra = RepositoryFound(name="infra", sha="3f2a91c", roots=tuple(f"{n:02}" for n in range(roots)))
        self.put("roots/roots.json", RootsFound(run=RUN, repositories=(infra,)).model_dump_json())

    def planned(self, shard: int, verdicts: dict[str, Verdict], *, run: str = RUN) -> None:
        roots = tuple(
            RootResult(repository="infra", path=path, sha="3f2a91c", verdict=verdict)
            for path, verdict in verdicts.items()
        )
        self.put(f"plan-{shard}/result.json", ShardResult(run=run, shard=shard, roots=roots).model_dump_json())
