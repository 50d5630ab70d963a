import lzma

import pytest

from jisr.translate.entities.build import build
from jisr.translate.entities.lexicon import read
from jisr.translate.entities.mine import capitalised_words, mine, read_pair

NEWS = [
    ("1", "زار زوكربلاط مدينة كلبنوف أمس", "Zokerblat visited the city of Kalbanov yesterday."),
    ("2", "قال زوكربلاط إن كلبنوف جميلة", "It is beautiful in Kalbanov, Zokerblat said."),
    ("3", "عاد نديم زوكربلاط إلى كلبنوف", "Then Nadim Zokerblat came back to Kalbanov."),
    ("4", "كان الجو جميلا في الجبل", "The weather in the mountains was fine."),
    ("5", "شرب الرجل ماء باردا", "The man drank some cold water."),
    ("6", "ماء البحر بارد", "Sea water is cold."),
]
FILES = {
    "own/news.tsv.xz": NEWS,
    "own/sharealike.tsv.xz": [],
    "own/words.tsv.xz": [("ماء", "water", "-"), ("كلبنوف", "Kalbanov", "LOC")],
    "own/phrases.tsv.xz": [],
    "names/_merged_permissive.tsv.xz": [
        ("ماء", "Maa", "LOC", "wct:Nowhere", "world_cities_translations"),
        ("فلسطينبورغ", "Falastinburg", "LOC", "wct:Nowhere", "world_cities_translations"),
        ("بورتسموث", "Portsmouth, Ohio", "OTHER", "x", "arwikicats_py"),
        ("رجل", "Person", "PER", "Q1", "everypolitician"),
    ],
    "names/translit_train.tsv.xz": [("بكسلبوت", "bakselbot", "wd", "40", "")],
    "names/translit_dev.tsv.xz": [],
    "mono/news_ar.tsv.xz": [(number, "x", arabic) for number, arabic, _ in NEWS],
    "bitext/other.tsv.xz": [("ماء", "water")],
}


@pytest.fixture
def data(tmp_path):
    for name, lines in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        with lzma.open(path, "wt", encoding="utf-8") as out:
            out.writelines("\t".join(line) + "\n" for line in lines)
    manifest = "source\tlicence_class\nother\topen\nabsent\tnone-stated\n"
    (tmp_path / "bitext/manifest.tsv").write_text(manifest, "utf-8")
    return tmp_path


def test_names_are_learnt_from_translated_sentences():
    pairs = [read_pair(arabic, english) for _, arabic, english in NEWS]
    found = mine(pairs, {}, capitalised_words(english for _, english in pairs))
    assert found["زوكربلاط"][0] == "Zokerblat"
    assert found["نديم زوكربلاط"][0] == "Nadim Zokerblat"
    assert not {"ماء", "كان", "الجبل"} & set(found)


def test_the_recipe_makes_a_lexicon_from_its_lists(data):
    counts = build(data, data / "lexicon.tsv")
    lexicon = read(data / "lexicon.tsv")
    assert len(lexicon) == sum(counts.values())
    assert {"own", "news", "cldr", "wct", "wd"} <= set(counts)
    assert lexicon.get("زوكربلاط").canonical == "Zokerblat"
    assert lexicon.get("كلبنوف").kind == "LOC"
    assert lexicon.get("فلسطينبورغ").is_rare
    assert lexicon.get("تيك توك").canonical == "TikTok"  # of our own
    assert lexicon.get("بكسلبوت").canonical == "Bakselbot"
    assert lexicon.get("ماء") is None  # the news say water
    assert lexicon.get("رجل") is None  # a list without a licence


def test_the_recipe_gives_the_same_file_again(data):
    build(data, data / "a.tsv")
    build(data, data / "b.tsv")
    assert (data / "a.tsv").read_bytes() == (data / "b.tsv").read_bytes()
