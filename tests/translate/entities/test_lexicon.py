import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.translate.entities.build import OWN, own_names
from jisr.translate.entities.lexicon import PAGE, SHIPPED, Entry, Lexicon, shipped
from jisr.translate.entities.tokens import key

CITIES = Lexicon.from_entries(
    (key(arabic), Entry(latin, "LOC"))
    for arabic, latin in [
        ("نيويورك", "New York"),
        ("نيويورك تايمز", "New York Times"),
        ("نيو", "Neo"),
        ("نيومكسيكو", "New Mexico"),
    ]
)


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("تيك توك", "TikTok"),
        ("تيكتوك", "TikTok"),
        ("أمازون", "Amazon"),
        ("مايك بومبيو", "Mike Pompeo"),
        ("فرجينيا", "Virginia"),
        ("الولايات المتحدة", "United States"),
        ("جوجل", "Google"),
        ("غوغل", "Google"),
        ("الناتو", "NATO"),
        ("اليونيسف", "UNICEF"),
        ("أوبك", "OPEC"),
        ("حزيران", "June"),
        ("يونيو", "June"),
        ("إسطنبول", "Istanbul"),
        ("اسطنبول", "Istanbul"),
    ],
)
def test_well_known_names_are_there(arabic, latin):
    assert shipped().get(key(arabic)).canonical == latin


@pytest.mark.parametrize("arabic", ["قطر", "عمان", "مبارك", "حماس", "مارس", "ماسك"])
def test_names_that_are_words_are_marked(arabic):
    assert shipped().get(key(arabic)).is_word


@pytest.mark.parametrize(
    "arabic", ["كريم", "أمل", "سعيد", "نور", "السلام", "الأمل", "شرف", "بعد", "على", "كان"]
)
def test_ordinary_words_alone_are_no_names(arabic):
    entry = shipped().get(key(arabic))
    assert entry is None or entry.is_word


def test_the_file_is_sorted_and_each_name_is_there_once():
    names = [line.split("\t")[0] for line in shipped().lines]
    assert len(names) > 30_000
    assert shipped().lines == sorted(shipped().lines)
    assert len(set(names)) == len(names)


def test_the_header_names_sources_and_licences():
    header = SHIPPED.read_text("utf-8").split("\n# wd")[0]
    for word in ("CLDR", "Unicode-3.0", "CC-BY-4.0", "MIT", "BSD-3-Clause", "own_names.txt"):
        assert word in header


def test_every_name_of_our_own_is_in_it():
    unique = {}
    for arabic, candidate in own_names(OWN, "own"):
        unique.setdefault(arabic, candidate.entry.canonical)
    assert len(unique) > 4000
    missing = [a for a, latin in unique.items() if len(a) > 1 and shipped().get(a) is None]
    assert not missing, f"run the build again: {missing[:5]} of {OWN.name} are not in the lexicon"


def test_loading_is_quick():
    program = (
        "import time; from jisr.translate.entities import lexicon\n"
        "start = time.process_time(); lexicon.shipped(); print(time.process_time() - start)"
    )
    seconds = min(
        float(subprocess.run([sys.executable, "-c", program], capture_output=True).stdout)
        for _ in range(3)
    )
    assert seconds < 0.05


def test_looking_up_does_not_slow_down_with_a_million_names():
    names = [f"اسم{number}" for number in range(1_000_000)]
    big = Lexicon("".join(sorted(f"{name}\tName\tPER\town\t\n" for name in names)))
    start = time.process_time()
    assert all(big.get(name) for name in names[::1000])
    assert (time.process_time() - start) / 1000 < 0.0005


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("نيويورك تايمز تنشر", "New York Times"),
        ("نيويورك تنشر", "New York"),
        ("نيو تنشر", "Neo"),
        ("نيومكسيكو", "New Mexico"),
        ("نيوم", None),
        ("تايمز", None),
    ],
)
def test_the_longest_name_wins(text, expected):
    words = text.split()
    match = CITIES.longest(words, 0, words[0])
    assert (match and match[1].canonical) == expected


ARABIC = st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", min_size=1, max_size=4)
NAMES = st.lists(st.lists(ARABIC, min_size=1, max_size=3).map(" ".join), unique=True)


@given(NAMES, st.lists(ARABIC, min_size=1, max_size=4))
def test_bisection_finds_what_a_search_through_all_names_finds(names, words):
    lexicon = Lexicon.from_entries((name, Entry(name.upper())) for name in names)
    expected = [end for end in range(1, len(words) + 1) if " ".join(words[:end]) in set(names)]
    match = lexicon.longest(words, 0, words[0])
    assert (match and match[0]) == (expected[-1] if expected else None)


def test_flags_survive_being_written_and_read():
    entry = Entry("Qatar", "LOC", "lexicon", True, ("ال", "ب"), True)
    assert Lexicon.from_entries([("قطر", entry)]).get("قطر") == entry


def test_every_name_is_found_wherever_pages_end():
    line = "{:05}\tX\tPER\tlist\t\n"
    size = len(line.format(0))
    for count in (*range(1, 4), *range(PAGE // size - 2, PAGE // size + 3), 3 * PAGE // size + 1):
        lexicon = Lexicon("".join(map(line.format, range(count))))
        assert all(lexicon.get(f"{i:05}") for i in range(count))
        assert lexicon.get(f"{count:05}") is None
        assert lexicon.get("0000") is None
