"""How thoroughly properties are tried: often enough to find things, fast enough to run always."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "engine",
    max_examples=150,
    deadline=None,
    # Many an edit cannot be done to the film that was drawn for it, and machines are shared.
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
settings.load_profile("engine")
