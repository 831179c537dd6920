"""Globs over resource addresses and over paths inside a resource."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config.resources import Glob, Index, address_steps, below, is_glob, path_steps

WEB = "aws_instance.web"
IN_MODULE = 'module.a["x.y"].module.b.aws_instance.web[0]'


@pytest.mark.parametrize(
    ("glob", "address", "match"),
    [
        pytest.param("aws_instance.web", WEB, True, id="itself"),
        pytest.param("aws_instance.web", "aws_instance.web2", False, id="not the beginning of a name"),
        pytest.param("aws_instance.web", "module.a.aws_instance.web", False, id="not in a module"),
        pytest.param("aws_instance.web", "aws_instance.web[3]", True, id="all instances"),
        pytest.param("aws_instance.web", 'aws_instance.web["a.b"]', True, id="all instances, by key"),
        pytest.param("aws_instance.web[0]", "aws_instance.web[0]", True, id="one instance"),
        pytest.param("aws_instance.web[0]", "aws_instance.web[1]", False, id="another instance"),
        pytest.param("aws_instance.web[0]", WEB, False, id="the only instance has no index"),
        pytest.param("aws_instance.web[*]", "aws_instance.web[7]", True, id="any index"),
        pytest.param("aws_instance.web[*]", 'aws_instance.web["a"]', True, id="any key"),
        pytest.param('aws_instance.web["blue-*"]', 'aws_instance.web["blue-1"]', True, id="keys that begin so"),
        pytest.param('aws_instance.web["blue-*"]', 'aws_instance.web["red-1"]', False, id="other keys"),
        pytest.param("aws_instance.*", WEB, True, id="any name"),
        pytest.param("aws_instance.*", IN_MODULE, False, id="a star stays within a name"),
        pytest.param("aws_*.web", WEB, True, id="part of a name"),
        pytest.param("*.web", WEB, True, id="any type"),
        pytest.param("*", WEB, False, id="one name is no address"),
        pytest.param("**", IN_MODULE, True, id="everything"),
        pytest.param("**.aws_instance.web", IN_MODULE, True, id="in any module"),
        pytest.param("**.aws_instance.web", WEB, True, id="and in none"),
        pytest.param("module.a.**", IN_MODULE, True, id="everything in a module"),
        pytest.param("module.a.**", "module.ab.aws_instance.web", False, id="not in another one"),
        pytest.param('module.a["x.y"].**', IN_MODULE, True, id="in one instance of a module"),
        pytest.param('module.a["x.z"].**', IN_MODULE, False, id="not in another instance"),
        pytest.param("module.*.module.b.aws_instance.web", IN_MODULE, True, id="any module around it"),
        pytest.param("module.a.**.web", IN_MODULE, True, id="in between"),
    ],
)
def test_addresses(glob: str, address: str, match: bool) -> None:
    """`*` stays within a name, `**` does not, and an address without an index means every instance."""
    assert Glob.address(glob).matches(address_steps(address)) is match


TAG = ("tags", "kubernetes.io/name")
RULE = ("ingress", Index("0"), "cidr_blocks", Index("2"))


@pytest.mark.parametrize(
    ("glob", "path", "match"),
    [
        pytest.param("tags", TAG, True, id="all below it"),
        pytest.param('tags["kubernetes.io/name"]', TAG, True, id="a key in quotes"),
        pytest.param("tags.*", TAG, True, id="any key"),
        pytest.param('tags["kubernetes.io/*"]', TAG, True, id="keys that begin so"),
        pytest.param("tags.other", TAG, False, id="another key"),
        pytest.param('tags["Name"]', ("tags", "Name"), True, id="a plain key in quotes"),
        pytest.param("tag", TAG, False, id="not the beginning of a name"),
        pytest.param("ingress.cidr_blocks", RULE, True, id="in every item of a list"),
        pytest.param("ingress[0].cidr_blocks", RULE, True, id="in one item"),
        pytest.param("ingress[1].cidr_blocks", RULE, False, id="not in another"),
        pytest.param("ingress[*].cidr_blocks[2]", RULE, True, id="any item, one of its items"),
        pytest.param("**.cidr_blocks", RULE, True, id="at any depth"),
        pytest.param("*.cidr_blocks", RULE, True, id="one level down"),
        pytest.param("ingress.ports", RULE, False, id="something else below it"),
    ],
)
def test_paths(glob: str, path: tuple[str | Index, ...], match: bool) -> None:
    """A path means everything below it; a position in a list may be left out, a key may not."""
    assert below(path, [Glob.path(glob)]) is match


@pytest.mark.parametrize(
    "text",
    ["", ".", "a.", ".a", "a..b", "a b", "a[", "a[]", "a[x]", 'a["]', "a]", 'a"b"', "[0]", "a.[0]", "a\nb", "a[-1]"],
)
def test_what_is_no_glob(text: str) -> None:
    """An address that Terraform would not write is refused rather than read as something else."""
    assert not is_glob(text)


NAMES = st.text("ab-_é*", min_size=1, max_size=4)
INDEXES = st.sampled_from(["", "[0]", '["a.b"]', r'["q\"[]"]'])


@given(st.lists(st.tuples(NAMES, INDEXES), min_size=1, max_size=5))
def test_every_address_matches_itself(parts: list[tuple[str, str]]) -> None:
    """Whatever the names and keys are, a glob without a wildcard of its own matches the address that it is."""
    text = ".".join(name + index for name, index in parts)

    assert is_glob(text)
    assert Glob.address(text).matches(address_steps(text.replace("*", "a")))
    assert Glob.path(text).matches(path_steps(text.replace("*", "a")))
