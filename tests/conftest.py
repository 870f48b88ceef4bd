"""Settings for all tests: a time limit for each, a cache of their own, hypothesis without chance or deadlines."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import settings

DEFAULT_TIME_LIMIT = 120

# The same examples each time, on machines of any speed; a found failure becomes a test of its own.
settings.register_profile("slpvec", derandomize=True, deadline=None, database=None)
settings.load_profile("slpvec")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests share a cache of costs of their own: what a user's cache holds must not decide over a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLPVEC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _time_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("time_limit")
    seconds = float(marker.args[0]) if marker is not None else DEFAULT_TIME_LIMIT

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test took more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
