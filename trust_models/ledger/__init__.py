"""What makes a change of the audit log provable. The modules here are pure: bytes in, bytes out, no I/O."""
