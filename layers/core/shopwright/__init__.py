"""Shopwright's core: what the functions share. Feature modules are pure; `adapters` talk to AWS."""
