"""What all tests share: they run without a network and with a cache of their own."""

import pytest
from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("jisr", deadline=None)
settings.load_profile("jisr")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Keep converted and fetched checkpoints of the tests out of the user's cache."""
    monkeypatch.setenv("JISR_CACHE", str(tmp_path_factory.getbasetemp() / "jisr-cache"))
