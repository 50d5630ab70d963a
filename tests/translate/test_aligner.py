"""Two given texts: every sentence in one bead, in order, and the right partners."""

import pytest

from jisr.translate.aligner import Aligner
from jisr.translate.cli import main
from jisr.translate.errors import InputError

ARABIC = [
    "أعلنت وزارة الصحة المصرية تسجيل مئة إصابة جديدة بفيروس كورونا.",
    "وقال الوزير إن المستشفيات مستعدة.",
    "وأضاف أن اللقاح سيصل الشهر المقبل.",
    "وفي سياق منفصل، فاز النادي الأهلي على الزمالك بهدفين مقابل هدف.",
    "وارتفعت أسعار النفط يوم الأربعاء بنسبة اثنين في المئة.",
]
ENGLISH = [
    "Egypt's Health Ministry reported one hundred new coronavirus cases.",
    "The minister said hospitals were ready and that the vaccine would arrive next month.",
    "Separately, Al Ahly beat Zamalek two goals to one.",
    "Oil prices rose two percent on Wednesday.",
]


@pytest.fixture(scope="module")
def aligner():
    return Aligner.load(threads=1)


def ids(bitext):
    return [(bead.source_ids, bead.target_ids) for bead in bitext.beads]


def test_two_sentences_that_became_one_are_one_bead(aligner):
    bitext = aligner.align(" ".join(ARABIC), " ".join(ENGLISH))
    assert ids(bitext) == [((0,), (0,)), ((1, 2), (1,)), ((3,), (2,)), ((4,), (3,))]
    for bead in bitext.beads:
        assert bitext.source_text[slice(*bead.source_span)] == bead.source
        assert bitext.target_text[slice(*bead.target_span)] == bead.target
        assert 0 <= bead.confidence <= 1


def test_what_one_side_lacks_stays_alone(aligner):
    bitext = aligner.align(" ".join(ARABIC), " ".join(ENGLISH[:2] + ENGLISH[3:]))
    assert ((3,), ()) in ids(bitext)


def test_each_sentence_is_in_exactly_one_bead(aligner):
    beads = aligner.align(" ".join(ARABIC * 4), " ".join(ENGLISH[::-1] * 3)).beads
    assert [i for bead in beads for i in bead.source_ids] == list(range(20))
    assert [j for bead in beads for j in bead.target_ids] == list(range(12))


def test_sides_that_are_swapped_are_refused(aligner):
    with pytest.raises(InputError):
        aligner.align(" ".join(ENGLISH), " ".join(ARABIC))


def test_beads_on_the_command_line(tmp_path, capfd):
    (tmp_path / "a.ar").write_text("\n".join(ARABIC) + "\n", "utf-8")
    (tmp_path / "a.en").write_text("\n".join(ENGLISH) + "\n", "utf-8")
    files = [str(tmp_path / "a.ar"), str(tmp_path / "a.en")]
    assert main(["align", *files, "--pre-split", "--to", "beads", "--no-cache"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.rsplit(":", 1)[0] for line in lines] == [
        "[0]:[0]",
        "[1, 2]:[1]",
        "[3]:[2]",
        "[4]:[3]",
    ]
