"""JSON Pointers (RFC 6901), the addresses of findings."""


def child(pointer: str, *names: str | int) -> str:
    """The pointer of what stands below `pointer` at these names and indexes."""
    for name in names:
        if isinstance(name, str) and ("/" in name or "~" in name):
            name = name.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{name}"
    return pointer


def parent(pointer: str) -> str:
    """The pointer of the object or array that holds this place; the root holds itself."""
    return pointer.rpartition("/")[0]


def tokens(pointer: str) -> list[str]:
    """The names and indexes of a pointer, as they stand in the document."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
