"""Recorded events in the formats of others."""
