"""Measurements that need more than one side of the house; each prints or writes its table."""
