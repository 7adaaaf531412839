"""Weights that come in a package's own format, put once into formats that engines and training read."""
