"""Measurements that need both sides, the model server and the shop; what they find lies in docs/benchmarks/."""
