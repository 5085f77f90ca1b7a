"""Servers, databases and roles."""
