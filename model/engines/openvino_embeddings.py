"""Sentence encoders on the processor, in OpenVINO."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import Rows
from .encoding import kept_encoding
from .openvino_device import has_bfloat16

# Where two cores are fastest: more leaves the caches, less does not fill the multipliers.
_MOST_TOKENS, _LEAST_TOKENS = 768, 64


class OpenVINOEmbeddings:
    """Implements engines.EmbeddingEngine.

    Computes in bfloat16 where the processor multiplies it, else in float32. Several streams work side by
    side, each on texts of like length. Texts longer than the model reads are cut there.
    """

    # One call already keeps every core busy.
    concurrency = 1

    def __init__(self, folder: Path) -> None:
        """`folder`: what weights.openvino_encoder.converted gives."""
        import openvino

        from ..weights.openvino_encoder import MODEL

        precision = "bf16" if has_bfloat16() else "f32"
        settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision}
        model = openvino.Core().compile_model(folder / MODEL, "CPU", settings)
        self._streams = int(model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._requests = openvino.AsyncInferQueue(model, self._streams)
        self._alone = threading.Lock()  # the requests are one caller's at a time
        self.dimensions = int(model.output(0).partial_shape[1].get_length())
        self._encoding = kept_encoding(folder)

    def embed(self, texts: Sequence[str]) -> Rows:
        """See engines.EmbeddingEngine."""
        rows = self._encoding.tokens(texts)
        counts = [len(row) for row in rows]
        vectors = np.empty((len(rows), self.dimensions), np.float32)
        # A few texts are shared out among the streams as well as many.
        most = min(_MOST_TOKENS, max(_LEAST_TOKENS, -(-sum(counts) // self._streams)))
        with self._alone:
            # Set anew, since a callback that is kept would keep the last caller's vectors.
            self._requests.set_callback(
                lambda request, places: vectors.__setitem__(places, request.get_output_tensor(0).data)
            )
            try:
                for places, ids, mask in self._encoding.batches(rows, most):
                    self._requests.start_async({"input_ids": ids, "attention_mask": mask}, places)
            finally:
                self._requests.wait_all()
        return Rows(vectors.tolist(), counts)
