"""A bitext with a bit of everything, and random ones, for the tests of the formats."""

from dataclasses import replace

from hypothesis import strategies as st

from jisr.translate.types import Bead, Bitext, Entity, QualityWarning, WordAlignment

SOURCE = "تيك توك يحرج أمازون\n\nقال «نعم\t& <لا>».\x07 ثم\u2028عاد.\n"
TARGET = 'TikTok embarrasses Amazon\n\nHe said\t"yes & <no>".\nThen he came\rback.\n'


def bead(i, source, target, **fields):
    source_start, target_start = SOURCE.index(source), TARGET.index(target)
    return Bead(
        id=i,
        source=source,
        source_span=(source_start, source_start + len(source)),
        target=target,
        target_span=(target_start, target_start + len(target)),
        **fields,
    )


BITEXT = Bitext(
    SOURCE,
    TARGET,
    (
        bead(
            0,
            "تيك توك يحرج أمازون",
            "TikTok embarrasses Amazon",
            block=0,
            source_ids=(0,),
            target_ids=(0,),
            score=-0.123456,
            words=WordAlignment(
                ((0, 3), (4, 7), (8, 12), (13, 19)),
                ((0, 6), (7, 18), (19, 25)),
                ((0, 0), (1, 0), (2, 1), (3, 2)),
            ),
            entities=(
                Entity("تيك توك", (0, 7), "TikTok", "PRODUCT", "lexicon", "kept", (0, 6)),
                Entity("أمازون", (13, 19), "Amazon", "ORG", "glossary", "missed", None),
            ),
            warnings=(QualityWarning("name_missed", "Amazon is not in the target"),),
            alternatives=("TikTok shames Amazon",),
        ),
        bead(
            1,
            "قال «نعم\t& <لا>».\x07 ثم\u2028عاد.",
            'He said\t"yes & <no>".\nThen he came\rback.',
            block=2,
            source_ids=(1, 2),
            target_ids=(1, 2),
        ),
    ),
    "builtin/ar-en@1a2b3c4d ctranslate2 int8",
    "article.ar.txt",
)

REFERENCE = "Amazon is embarrassed.\nNobody\tcame."


def with_reference():
    """The same beside a person's translation, of which a sentence has no counterpart."""
    spans = [(0, 22), (23, 35), (23, 23)]
    ends = BITEXT.beads[1].source_span[1], BITEXT.beads[1].target_span[1]
    beads = (*BITEXT.beads, Bead(2, 2, (), (), "", (ends[0],) * 2, "", (ends[1],) * 2))
    texts = [
        replace(b, reference=REFERENCE[slice(*s)], reference_span=s, confidence=0.5)
        for b, s in zip(beads, (spans[0], spans[2], spans[1]), strict=True)
    ]
    return replace(BITEXT, beads=tuple(texts), reference_text=REFERENCE)


TEXTS = st.text("اب نعم aZ<&>\"'«»\t\n\r\v\x07\x85\u2028\ud83d\ufffe\U0001f600", max_size=20)
SCORES = st.none() | st.floats(-9, 0)


@st.composite
def bitexts(draw, texts=TEXTS, empty=True):
    """Bitexts of up to four sentences a side, in beads of one sentence or none."""
    source_text = target_text = ""
    beads = []
    source_id = target_id = 0
    for i, block in enumerate(sorted(draw(st.lists(st.integers(0, 2), max_size=4)))):
        source, target = draw(texts), draw(texts)
        gaps = [draw(st.text(" \n", max_size=2)) for _ in range(2)]
        spans = [
            (len(text + gap), len(text + gap + new))
            for text, gap, new in zip(
                (source_text, target_text), gaps, (source, target), strict=True
            )
        ]
        source_text, target_text = source_text + gaps[0] + source, target_text + gaps[1] + target
        sources, targets = (int(bool(source)), int(bool(target))) if empty else (1, 1)
        ids = (
            tuple(range(source_id, source_id + sources)),
            tuple(range(target_id, target_id + targets)),
        )
        source_id, target_id = source_id + sources, target_id + targets
        beads.append(Bead(i, block, *ids, source, spans[0], target, spans[1], draw(SCORES)))
    return Bitext(source_text, target_text, tuple(beads))
