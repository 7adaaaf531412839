"""How the native engines' threads wait for each other. Imported before any of them."""

from __future__ import annotations

import os

# OpenMP's threads spin at every barrier. When another process takes a core, the spinning ones burn the
# time of the one they wait for: measured on two cores with a third process busy, 1 s became over 20 s.
# Sleeping instead costs nearly nothing on an idle machine. Read once, when the OpenMP library loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
