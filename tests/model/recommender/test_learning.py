"""How the network is trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.recommender import learning
from model.recommender.learning import Learning
from model.recommender.network import Network


@pytest.mark.parametrize("fast", [torch.bfloat16, torch.float32])
def test_it_computes_in_what_the_processor_multiplies(
    fast: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "best_dtype", lambda device: fast)
    histories = [np.array([1, 2, 3]), np.array([2, 3, 1])]
    seen: set[torch.dtype] = set()
    plain = Network.forward

    def watched(network: Network, *arguments: torch.Tensor) -> torch.Tensor:
        seen.add(torch.mm(torch.ones(1, 1), torch.ones(1, 1)).dtype)
        return plain(network, *arguments)

    monkeypatch.setattr(Network, "forward", watched)
    Learning(histories, 4, None).more(histories, 1)
    assert seen == {fast}
