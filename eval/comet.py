"""COMET, from a checkpoint on this machine, where its package is installed.

https://github.com/Unbabel/COMET; neither the package nor a checkpoint is a part of jisr.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jisr.eval.means import MeanMetric
from jisr.eval.metrics import Inputs
from jisr.translate.errors import InputError, ModelNotFoundError

__all__ = ["CometMetric"]

Array = NDArray[np.float64]


class CometMetric(MeanMetric):
    """Mean COMET score (0-100) by a local checkpoint; a jisr.eval.metrics.Metric.

    Of several references the first is used.
    """

    def __init__(self, key: str, inputs: Inputs):
        """Load the checkpoint; raises InputError without the package, ModelNotFoundError."""
        checkpoint = Path(str(inputs.comet))
        if not checkpoint.is_file():
            raise ModelNotFoundError(
                f"no COMET checkpoint at {checkpoint}; expected a file such as "
                "wmt22-comet-da/checkpoints/model.ckpt, with its encoder in the local cache",
                name=str(checkpoint),
            )
        try:
            load_from_checkpoint = import_module("comet").load_from_checkpoint
        except ImportError as error:
            raise InputError(
                "metric comet needs the package unbabel-comet, which is not installed; "
                "install it with: pip install 'jisr[comet]'"
            ) from error
        self._model: Any = load_from_checkpoint(str(checkpoint), local_files_only=True)
        self._source = inputs.source or ()
        self._reference = inputs.references[0]
        self.key = key
        self.label = "COMET"
        digest = sha256(checkpoint.read_bytes()).hexdigest()[:8]
        self.signature = f"checkpoint:{checkpoint.name}@{digest}|version:{version('unbabel-comet')}"
        self.higher_is_better = True

    def statistics(self, hypotheses: Sequence[str]) -> Array:
        """Return the score and 1 of each segment, (num_segments, 2)."""
        samples = [
            {"src": source, "mt": hypothesis, "ref": reference}
            for source, hypothesis, reference in zip(
                self._source, hypotheses, self._reference, strict=True
            )
        ]
        scores = self._model.predict(samples, gpus=0, progress_bar=False).scores
        return np.stack([np.array(scores, np.float64), np.ones(len(samples))], axis=1)
