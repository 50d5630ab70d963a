import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.eval.metrics import Inputs
from jisr.eval.namelist import Name, find_names, keep_attested, read_names
from jisr.eval.names import (
    NamesMetric,
    Share,
    closest_form,
    consistency,
    count_names,
    enforced_precision,
    m_eta,
    score_names,
)
from jisr.eval.tokens import locate, stands_in, tokens
from jisr.translate.errors import FormatError
from jisr.translate.types import Entity


def names(*forms):
    return tuple(Name((form,)) for form in forms)


@pytest.mark.parametrize(
    ("form", "text", "exact", "folded"),
    [
        ("Oman", "A woman spoke.", False, False),
        ("Oman", "Oman's ruler; Oman-based firms", True, True),
        ("Oman", "OMAN", False, True),
        ("Oman", "Omani", False, False),
        ("Pompeo", "“Pompeo,” he said", True, True),
        ("Al-Ahly", "al Ahly", False, True),
        ("Al-Ahly", "Al-Ahly's", True, True),
        ("Müslüm Gürses", "Muslum Gurses", False, True),
        ("Jose\u0301", "José", True, True),  # composed and decomposed
        ("U.S.", "one U.S. cent", True, True),
        ("New York", "New  York", True, True),
        ("New York", "New and York", False, False),
        ("Zaha Hadid", "Hadid, Zaha", False, False),
        ("Straße", "strasse", False, True),
        ("3.5", "13.5 hours", False, False),
        ("", "anything", False, False),
        ("—", "a — b", True, False),
    ],
)
def test_a_name_stands_in_whole_words(form, text, exact, folded):
    assert stands_in(form, text) is exact
    assert stands_in(form, text, folded=True) is folded


def test_each_place_serves_one_name_and_long_names_choose_first():
    found = locate(
        [["New York"], ["New York Times"], ["New York"]], "The New York Times of New York"
    )
    assert found == [(5, 7), (1, 4), None]


def test_any_accepted_form_will_do():
    assert locate([["Mike Pompeo", "Pompeo"]], "Pompeo said") == [(0, 1)]


def test_recall_counts_a_name_as_often_as_it_is_expected():
    expected = [names("Doha", "Doha"), names("Oman"), ()]
    texts = ["Doha is big.", "the woman of oman", "none"]
    assert count_names(expected, texts) == [(1, 2), (0, 1), (0, 0)]
    assert count_names(expected, texts, folded=True) == [(1, 2), (1, 1), (0, 0)]


def test_m_eta_is_blind_to_words_as_published():
    # The notebook's rule by hand: any mention, case folded, a substring of the prediction.
    expected = [(Name(("Oman",)),), (Name(("Pompeo", "Mike Pompeo")),), (Name(("Cairo",)),)]
    assert m_eta(expected, ["A woman", "MIKE POMPEO", "Kairo"]) == Share(2, 3)


def test_consistency_by_hand():
    expected = [names("Pompeo"), names("Pompeo", "Cairo"), names("Pompeo"), names("Pompeo")]
    texts = ["Pompeo spoke.", "Bompeo is in Cairo.", "Pompeo left.", "He left."]
    # Pompeo, Bompeo, Pompeo: two of three agree; "He" has no form; Cairo is not repeated.
    assert consistency(expected, texts) == Share(2, 3)
    # In two documents each with one form, or too few, nothing contradicts.
    assert consistency(expected, texts, ["a", "b", "a", "b"]) == Share(2, 2)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("Mike Pompeo", "Then Mike Bombio said", "Mike Bombio"),
        ("Mike Pompeo", "Then Mike Pompeo, who", "Mike Pompeo"),
        ("Pompeo", "The weather is fine", ""),
        ("ByteDance", "owned by Byte Dance.", "Byte Dance"),
        ("Al-Ahly", "beat al-Ahly 2-1", "al-Ahly"),
        ("Doha", "", ""),
    ],
)
def test_the_form_that_stands_for_a_name(form, text, expected):
    assert closest_form(Name((form,)), text) == expected


def entity(canonical, status, evidence="lexicon"):
    return Entity("اسم", (0, 3), canonical, evidence=evidence, status=status)


def test_precision_of_enforced_names():
    entities = [
        [entity("Mike Pompeo", "kept"), entity("Virginia", "repaired")],
        [entity("Qatar", "repaired"), entity("Nile", "missed"), entity("x", "kept", "translator")],
    ]
    reference = ["Mike Pompeo was in Virginia.", "A train (qitar) by the Nile."]
    found = enforced_precision(entities, [reference])
    assert found == {"kept": Share(1, 1), "repaired": Share(1, 2)}


def test_all_figures_of_a_system():
    expected = (
        (Name(("Cairo",), "LOC", "lexicon"), Name(("ByteDance",), "ORG", "glossary")),
        (Name(("Mike Pompeo",), "PER", "lexicon", "مايك بومبيو"),),
    )
    scores = score_names(Inputs(names=expected), ["bytedance in Cairo", "Mike Bombio"])
    assert scores.exact == Share(1, 3)
    assert scores.folded == scores.m_eta == Share(2, 3)
    assert scores.terminology == Share(0, 1)
    assert scores.kinds == {"LOC": Share(1, 1), "ORG": Share(0, 1), "PER": Share(0, 1)}
    assert scores.evidence == {"glossary": Share(0, 1), "lexicon": Share(1, 2)}
    assert [(m.segment, m.name.canonical, m.found) for m in scores.missed] == [
        (0, "ByteDance", "bytedance"),
        (1, "Mike Pompeo", "Mike Bombio"),
    ]
    assert scores.enforced == {}


def test_the_metric_is_undefined_where_no_name_is_expected():
    metric = NamesMetric([names("Doha"), ()])
    statistics = metric.statistics(["Doha", "no name"])
    assert metric.corpus_score(statistics) == 100.0
    first, second = metric.segment_scores(statistics)
    assert first == 100.0
    assert second != second
    assert metric.signature.startswith("names:1|match:words|case:mixed|version:jisr ")


def test_names_that_no_reference_has_are_dropped():
    expected = [names("Cairo", "Qatar"), names("Doha")]
    kept = keep_attested(expected, [["cairo trains", "none"], ["nothing", "in Doha"]])
    assert kept == [names("Cairo"), names("Doha")]


def test_jisrs_names_file(tmp_path):
    path = tmp_path / "names.jsonl"
    records = [
        {
            "names": ["Gripen", "Oman"],
            "spans": [{"name": "Gripen", "ar": "غربين", "how": "translit", "kind": "PRODUCT"}],
        },
        {"names": []},
        {"names": [{"forms": ["Mike Pompeo", "Pompeo"], "kind": "PER", "evidence": "lexicon"}]},
    ]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    assert read_names(path) == [
        (Name(("Gripen",), "PRODUCT", "translit", "غربين"), Name(("Oman",))),
        (),
        (Name(("Mike Pompeo", "Pompeo"), "PER", "lexicon"),),
    ]


def test_semevals_names_file(tmp_path):
    path = tmp_path / "ar_AE.jsonl"
    targets = [
        {"translation": "Who wrote Bleak House?", "mention": "Bleak House"},
        {"translation": "Who wrote it?", "mention": "The Bleak House"},
        {"translation": "By whom is Bleak House?", "mention": "Bleak House"},
    ]
    path.write_text(json.dumps({"id": "Q1_0", "source": "…", "targets": targets}) + "\n", "utf-8")
    assert read_names(path) == [(Name(("Bleak House", "The Bleak House")),)]


@pytest.mark.parametrize(
    "line", ["no json", "{}", "[]", '{"names": [" "]}', '{"names": [3]}', '{"targets": [{"a": 1}]}']
)
def test_a_line_of_neither_shape_is_named(tmp_path, line):
    path = tmp_path / "names.jsonl"
    path.write_text('{"names": []}\n' + line + "\n", "utf-8")
    with pytest.raises(FormatError, match=r"names\.jsonl, line 2: expected an object") as error:
        read_names(path)
    assert error.value.line == 2


@given(st.text(max_size=30))
def test_a_text_contains_itself(text):
    assert stands_in(text, f"so {text} ends") is bool(tokens(text))


@given(
    st.lists(st.sampled_from(["Oman", "New York", "York", "Al-Ahly"]), max_size=6),
    st.text("OmanNewYrkAlhy- ", max_size=40),
)
def test_places_are_apart_and_hold_their_names(forms, text):
    words = tokens(text)
    spans = locate([[form] for form in forms], text)
    taken = [i for span in spans if span for i in range(*span)]
    assert len(taken) == len(set(taken))
    for form, span in zip(forms, spans, strict=True):
        assert span is None or words[slice(*span)] == tokens(form)


def test_names_are_found_in_the_source_where_no_file_tells_them(corpus):
    found = find_names(corpus["source"])
    kept = keep_attested(found, [corpus["reference"]])
    assert len(kept) == 12
    canonical = {name.canonical for segment in kept for name in segment}
    assert {"Cairo", "Libya", "Mike Pompeo", "ByteDance", "Geneva", "Doha"} <= canonical
    (cairo,) = kept[0]
    assert (cairo.kind, cairo.surface) == ("LOC", "القاهرة")


def test_glossary_terms_are_found_and_known_as_such(corpus, tmp_path):
    glossary = tmp_path / "terms.tsv"
    glossary.write_text("الوقت الإضافي\textra time\n", "utf-8")
    found = find_names(corpus["source"], glossary=glossary)
    terms = [name for segment in found for name in segment if name.evidence == "glossary"]
    assert [name.canonical for name in terms] == ["extra time"]
    scores = score_names(Inputs(names=tuple(found)), corpus["good"])
    assert scores.terminology == Share(1, 1)
    assert score_names(Inputs(names=tuple(found)), corpus["weak"]).terminology == Share(0, 1)
