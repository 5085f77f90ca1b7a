"""What writes the ledger: signs checkpoints, has them witnessed and publishes them."""
