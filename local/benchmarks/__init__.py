"""Measurements that need both sides, the model server and the shop; docs/benchmarks/ holds what they find."""
