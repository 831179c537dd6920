"""Which cluster a name means: one that is configured, in its own account, or none."""

from pathlib import Path

import pytest

from handrail.accounts import Account
from handrail.errors import Problems
from tasks.rds import clusters
from tasks.rds_reach import UnknownCluster, find

CONFIG = """\
accounts:
  development: {id: "111122223333", role: handrail-power, external_id: agreed-1}
  production: {id: "444455556666", role: handrail-power, external_id: agreed-2}
clusters:
  orders: {account: development, region: ap-northeast-1, environment: development, owner: "@orders"}
  orders-live:
    {identifier: orders, account: production, region: ap-northeast-1, environment: production, owner: "@orders"}
"""


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's config/clusters.yaml."""
    monkeypatch.setenv("HANDRAIL_PROJECT", str(tmp_path))
    file = tmp_path / "config" / "clusters.yaml"
    file.parent.mkdir()
    file.write_text(CONFIG)
    return file


def test_the_form_offers_what_is_configured() -> None:
    """Every cluster of every account, by name (S002-23)."""
    assert clusters() == ["orders", "orders-live"]


def test_a_name_means_a_cluster_in_its_own_account() -> None:
    """Two clusters that AWS calls the same have two names here, and each is reached through its account's role."""
    assert find("orders-live").identifier == find("orders").identifier
    assert find("orders-live").account == Account("production", "444455556666", "handrail-power", "agreed-2")
    assert find("orders").account.name == "development"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("ordesr", '"ordesr". Did you mean "orders"?', id="a slip"),
        pytest.param("billing", '"billing".', id="another"),
        pytest.param("", '"".', id="none"),
        pytest.param("orders ", '"orders ". Did you mean "orders"?', id="a blank"),
        pytest.param("--force", '"--force".', id="a flag"),
    ],
)
def test_any_other_name_is_an_error(name: str, says: str) -> None:
    """It never falls back on a cluster or an account that was not asked for (S002-53)."""
    with pytest.raises(UnknownCluster) as caught:
        find(name)

    assert str(caught.value) == f"config/clusters.yaml has no such cluster: {says}"


def test_an_account_that_is_not_configured_is_an_error(config: Path) -> None:
    """With the nearest one, at the line where it was written (S002-53)."""
    config.write_text(CONFIG.replace("account: production", "account: prodution"))

    with pytest.raises(Problems) as caught:
        find("orders")

    assert 'is "prodution", which is none of the accounts above. Did you mean "production"?' in str(caught.value)
