"""Connections, transactions, migrations, and the one edge at which the driver's errors become ours."""
