"""Examining a live database: is it as safe as it was meant to be, and what mends it if it is not."""

from trust_models.doctor.examination import examine
from trust_models.doctor.finding import Finding, Status

__all__ = ["Finding", "Status", "examine"]
