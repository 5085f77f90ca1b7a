"""Checks the audit log against its ledger, and the ledger against what was published of it.

It reads only, and shares no code with what writes: a mistake made there is not made here again.
"""
