"""OpenMP under the engines: sparing of the processor. Imported before any of them."""

from __future__ import annotations

import os

# OpenMP's threads spin at every barrier. When another process takes a core, the spinning ones burn the time
# of the one they wait for: on two cores, 64 tokens that take 1 s alone took 12 s beside one busy process, and
# asleep at the barriers 3 to 5 s beside several. Read once, when the OpenMP library loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
