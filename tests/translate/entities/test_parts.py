"""How the words of names are spelt."""

from __future__ import annotations

from collections import Counter

import pytest

from jisr.translate.entities.lexicon import Entry, Lexicon
from jisr.translate.entities.parts import Parts, count_parts, format_parts, shipped_parts


def test_words_are_counted_where_they_sound_alike() -> None:
    names = {
        "جون جوردون": "John Gordon",
        "جوردون": "Gordon",
        "جوردون براون": "Gordon Brown",
        "الامم المتحده": "United Nations",
        "جوردون بانكس المحترم": "Gordon Banks",
    }
    lexicon = Lexicon.from_entries((arabic, Entry(latin)) for arabic, latin in names.items())
    counts = count_parts(lexicon.lines)
    assert counts["جوردون"] == Counter(Gordon=3)
    assert counts["براون"] == Counter(Brown=1)
    assert "المتحده" not in counts
    assert count_parts(lexicon.lines, {"جوردون"})["جوردون"] == Counter(Gordon=2)


def test_shares_are_of_all_names_with_the_word() -> None:
    counts = {"ريد": Counter(Reed=3, Reid=1), "براون": Counter(Brown=1)}
    parts = Parts("".join(format_parts(counts)))
    assert parts.of("ريد") == {"Reed": 0.75, "Reid": 0.25}
    assert parts.of("رِيد") == parts.of("ريد")
    assert parts.of("ري") == {}


@pytest.mark.parametrize(
    ("word", "spelling"),
    [
        ("ترايسراتوبس", "Triceratops"),  # ترايسيراتوبس
        ("ترافالغار", "Trafalgar"),  # ترافالقار
        ("كامبل", ""),  # short: Campbell, and others
        ("المدارس", ""),  # the schools
    ],
)
def test_long_names_are_known_by_a_variant(word: str, spelling: str) -> None:
    assert shipped_parts().variant(word) == spelling


def test_a_variant_is_of_one_name_and_not_its_inflection() -> None:
    counts = {
        "بلانتاغنت": Counter(Plantagenet=2),
        "بلانتاغنيت": Counter(Plantagenet=2),
        "كرستينسن": Counter(Kristensen=1),
        "كريستنسن": Counter(Christensen=1),
    }
    parts = Parts("".join(format_parts(counts)))
    assert parts.variant("بلانتاغينت") == "Plantagenet"
    assert parts.variant("كرستنسن") == ""  # as near to Kristensen as to Christensen
    assert parts.variant("بلانتاغنيتي") == ""
