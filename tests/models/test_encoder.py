"""The shipped sentence encoder on real Arabic and English."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jisr.models.encoder import BUILTIN, SentenceEncoder
from jisr.translate.errors import InputError, ModelError, ModelNotFoundError

ARABIC = [
    "أعلنت وزارة الصحة المصرية تسجيل مئة إصابة جديدة بفيروس كورونا.",
    "فاز المنتخب المغربي على نظيره الإسباني بركلات الترجيح.",
    "ارتفعت أسعار النفط في الأسواق العالمية بنسبة 3.5 في المئة.",
    "هل تعرف أين تقع المحطة؟",
    "قال الرئيس إن بلاده لن تشارك في القمة.",
]
ENGLISH = [
    "The Egyptian Ministry of Health reported one hundred new coronavirus cases.",
    "Morocco beat Spain on penalties.",
    "Oil prices rose by 3.5 percent on world markets.",
    "Do you know where the station is?",
    "The president said his country would not take part in the summit.",
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load(threads=1)


def test_translations_are_nearest_in_both_directions(encoder):
    similarity = encoder.encode(ARABIC) @ encoder.encode(ENGLISH).T
    assert similarity.argmax(0).tolist() == similarity.argmax(1).tolist() == [0, 1, 2, 3, 4]


def test_vectors_are_of_length_one_and_in_the_order_given(encoder):
    vectors = encoder.encode([*ARABIC, "", "x", *reversed(ARABIC)])
    assert vectors.dtype == np.float32
    assert vectors.shape == (12, encoder.width)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[:5], vectors[:6:-1])


def test_no_text_no_vector(encoder):
    assert encoder.encode([]).shape == (0, encoder.width)
    assert encoder.hidden([]) == []


def test_a_vector_does_not_depend_on_its_batch_or_on_threads(encoder):
    texts = [*ARABIC, *ENGLISH, " ".join(ENGLISH * 20), "؟", " ".join(ARABIC)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(SentenceEncoder.load(threads=2).encode(texts), together, atol=1e-6)
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(encoder.encode, [texts] * 3):
            np.testing.assert_allclose(found, together, atol=1e-6)


def test_the_end_of_a_long_text_counts(encoder):
    long = " ".join(ENGLISH * 20)  # about 1,300 subwords: three windows
    with_end = encoder.encode([long, long + " " + " ".join(ARABIC * 10)])
    assert with_end[0] @ with_end[1] < 0.999
    middle = encoder.encode(ENGLISH).mean(0)
    assert with_end[0] @ middle / np.linalg.norm(middle) > 0.9


def test_hidden_states_have_the_characters_they_read(encoder):
    text = "قال  محمّد 😀: TikTok ب3.5٪ ."
    (states, spans), (empty, none) = encoder.hidden([text, " "])
    assert states.shape == (len(spans), encoder.width)
    assert empty.shape == (0, encoder.width)
    assert none == ()
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered == {place for place, character in enumerate(text) if not character.isspace()}


def test_hidden_states_of_a_long_text_are_all_there(encoder):
    long = " ".join(ENGLISH * 20)
    states, spans = encoder.hidden([long])[0]
    assert len(states) == len(spans) > 1000
    assert spans[-1] == (len(long) - 1, len(long))


def test_layers_differ_and_the_last_is_what_vectors_are_made_of(encoder):
    text = [" ".join(ENGLISH[:2])]
    layers = [encoder.hidden(text, layer)[0][0] for layer in (1, 6, encoder.settings["layers"])]
    assert not np.allclose(layers[0], layers[1], atol=0.1)
    default = encoder.hidden(text)[0][0]
    np.testing.assert_array_equal(
        default, encoder.hidden(text, encoder.settings["words"]["layer"])[0][0]
    )
    mean = layers[2].mean(0)
    assert encoder.encode(text)[0] @ mean / np.linalg.norm(mean) > 0.98  # without <s> and prefix
    for layer in (0, 13):
        with pytest.raises(InputError, match="expected 1 to 12"):
            encoder.hidden(text, layer)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_a_finite_vector_and_spans_inside_it(encoder, text):
    assert np.isfinite(encoder.encode([text])).all()
    states, spans = encoder.hidden([text])[0]
    assert np.isfinite(states).all()
    assert all(0 <= start <= end <= len(text) for start, end in spans)


def test_signature_tells_checkpoints_apart(encoder, tmp_path):
    assert encoder.signature.startswith("builtin/encoder@")
    copy = tmp_path / "mine"
    shutil.copytree(BUILTIN, copy)
    assert SentenceEncoder.load(copy).signature == encoder.signature.replace(
        "builtin/encoder", "mine"
    )


def test_what_cannot_be_loaded_is_said(encoder, tmp_path):
    with pytest.raises(ModelNotFoundError, match="no sentence encoder"):
        SentenceEncoder.load(tmp_path / "missing")
    with pytest.raises(ModelError, match="not a sentence encoder"):
        SentenceEncoder.load(tmp_path)
    with pytest.raises(InputError, match="threads"):
        SentenceEncoder.load(threads=-1)
    broken = tmp_path / "broken"
    shutil.copytree(BUILTIN, broken)
    data = (broken / "model.bin").read_bytes()
    (broken / "model.bin").write_bytes(data[: len(data) // 2])
    for ask in (SentenceEncoder.encode, SentenceEncoder.hidden):
        with pytest.raises(ModelError, match="cannot load"):
            ask(SentenceEncoder.load(broken), ARABIC)
