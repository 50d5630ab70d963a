"""The shipped encoder and aligner, loaded once."""

from __future__ import annotations

import pytest

from jisr.models import SentenceEncoder
from jisr.translate.align.side import AlignmentModel
from jisr.translate.aligner import Aligner


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load(threads=1)


@pytest.fixture(scope="session")
def model(encoder) -> AlignmentModel:
    return AlignmentModel(encoder.folder)


@pytest.fixture(scope="session")
def aligner(encoder, model) -> Aligner:
    return Aligner(encoder, model)
