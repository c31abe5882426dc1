"""As for the pipeline: a fault that is caught and recorded would pass for an alert that was not due."""

from __future__ import annotations

from tests.pipeline.conftest import _no_recorded_fault

__all__ = ["_no_recorded_fault"]
