"""How hard Hypothesis tries: a little every day, a lot in CI, more by hand."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.filter_too_much, HealthCheck.too_slow]

settings.register_profile(
    "everyday", max_examples=40, deadline=None, suppress_health_check=SLOW
)
settings.register_profile(
    "long", max_examples=400, deadline=None, suppress_health_check=SLOW
)
settings.register_profile(
    "explore", max_examples=2000, deadline=None, suppress_health_check=SLOW
)
settings.load_profile("everyday")
