"""Benchmarks that need both sides: the shop's functions and the model server."""
