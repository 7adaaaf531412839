"""How good a model is at the shop's own tasks: what of its text the functions would let a customer see.

``python -m local.benchmarks.model_quality`` asks the configured model, or a server that runs, through the
functions' own prompts, judges each answer with the functions' own checks, and writes the shares that pass to
docs/benchmarks/quality.md.
"""
