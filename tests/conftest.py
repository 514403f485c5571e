"""Settings shared by all tests: hypothesis is reproducible, and has no deadline on a shared machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("infotheory", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("infotheory")
