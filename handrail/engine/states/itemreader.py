"""An ItemReader at work: it asks S3 for an object or a listing, and for the files that those name.

Source: "ItemReader (Map)" in the Developer Guide.
"""

from collections.abc import Callable, Mapping, Sequence

from handrail.asl.model import Json
from handrail.engine.failure import FAULTS, Failure, as_failure
from handrail.engine.items import READER_FAILED, Item, parsed, read_items
from handrail.engine.states.maprun import MapRun

Then = Callable[[list[Item]], None]
File = tuple[Json, str]
"""A bucket and a key."""

OBJECT = "arn:aws:states:::s3:getObject"


class Reading:
    """Reads the items of one Map Run; what goes wrong fails the run."""

    def __init__(self, run: MapRun, config: Mapping[str, Json], then: Then) -> None:
        self.run = run
        self.config = config
        self.then = then
        self.found: list[Item] = []

    def begin(self, resource: str, asked: Json) -> None:
        """Call the reader's action."""
        self.run.ask(resource, asked, lambda content: self.guarded(lambda: self.first(asked, content)), READER_FAILED)

    def first(self, asked: Json, content: Json) -> None:
        """What the action answered is the items, or says which files hold them."""
        bucket = asked.get("Bucket") if isinstance(asked, dict) else None
        if self.config.get("InputType") == "MANIFEST":
            self.inventory(parsed(str(content), "the manifest"))
        elif self.config.get("ManifestType") == "ATHENA_DATA":
            self.gather([s3_file(line) for line in str(content).splitlines() if line.strip()], self.config)
        elif isinstance(content, list) and self.config.get("Transformation") == "LOAD_AND_FLATTEN":
            self.gather([(bucket, str(entry["Key"])) for entry in content if isinstance(entry, dict)], self.config)
        else:
            self.then(read_items(self.config, content))

    def inventory(self, manifest: Json) -> None:
        """The files of an S3 Inventory in CSV; their columns are named by the manifest."""
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
            raise Failure(READER_FAILED, "The manifest is not one of an S3 Inventory: it has no files.")
        if manifest.get("fileFormat", "CSV") != "CSV":
            raise Failure(READER_FAILED, f"An inventory in {manifest['fileFormat']} cannot be read; only CSV can.")
        bucket = str(manifest.get("destinationBucket", "")).rpartition(":")[2]
        headers: list[Json] = [name.strip() for name in str(manifest.get("fileSchema", "")).split(",")]
        files = [(bucket, str(file["key"])) for file in manifest["files"]]  # type: ignore[index,union-attr,call-overload]
        self.gather(files, {"InputType": "CSV", "CSVHeaders": headers})

    def gather(self, files: Sequence[File], config: Mapping[str, Json]) -> None:
        """Read one file after the other."""
        if not files:
            self.then(self.found)
            return
        (bucket, key), *rest = files

        def more(content: Json) -> None:
            self.found += read_items(config, content)
            self.gather(rest, config)

        asked: Json = {"Bucket": bucket, "Key": key}
        self.run.ask(OBJECT, asked, lambda content: self.guarded(lambda: more(content)), READER_FAILED)

    def guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except FAULTS as fault:
            self.run.fail(as_failure(fault))


def s3_file(uri: str) -> File:
    """`s3://bucket/key`."""
    scheme, _, rest = uri.strip().partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not key:
        raise Failure(READER_FAILED, f"The manifest names {uri.strip()[:200]}, which is no object in S3.")
    return bucket, key
