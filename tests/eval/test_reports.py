"""The reports as text: what is in them, and that nothing of the data can break them."""

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from jisr.eval import evaluate
from jisr.eval.namelist import Name
from jisr.eval.reports import REPORTS, render
from jisr.eval.reports.differences import extra_words, lacking_words
from jisr.eval.reports.segments import chosen_segments
from jisr.eval.reports.text import table
from jisr.translate.errors import FormatError


@pytest.fixture(scope="module")
def evaluation(corpus):
    names = [[Name((n,), "LOC", "lexicon", "اسم") for n in names] for names in corpus["names"]]
    return evaluate(
        {"weak": corpus["weak"], "good": corpus["good"], "<b>&copy": corpus["reference"]},
        [corpus["reference"]],
        source=corpus["source"],
        names=names,
        metrics=["bleu", "chrf", "ter", "names"],
    )


def test_an_unknown_format_is_refused(evaluation):
    with pytest.raises(FormatError, match="unknown format 'pdf'; known: text, json, html, latex"):
        render(evaluation, "pdf")


@pytest.mark.parametrize("format_name", REPORTS)
def test_a_report_is_the_same_each_time_and_ends_its_last_line(evaluation, format_name):
    page = render(evaluation, format_name)
    assert page == render(evaluation, format_name)
    assert page.endswith("\n")


# --- text -----------------------------------------------------------------------------------------


def test_decimal_points_stand_in_a_column():
    rows = [["a", "9.95 ± 1.00", "100.0"], ["long name", "–", "7.5"], ["c", "12.5**", "3"]]
    assert list(table(["System", "BLEU", "Names"], rows)) == [
        "System     BLEU          Names",
        "a           9.95 ± 1.00  100.0",
        "long name   –              7.5",
        "c          12.5**          3",
    ]


def test_the_text_report(evaluation):
    page = render(evaluation, "text")
    assert page.startswith("12 segments, 1 reference, 11 names\n\nSystem    BLEU ")
    value = evaluation.system("good").scores["bleu"]
    assert f"{value.value:.2f} ± {value.interval.half_width:.2f}**" in page
    assert "BLEU   <b>&copy > good (p" in page
    assert "BLEU   nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:" in page
    assert "Note: weak left 1 of 12 segments empty." in page
    assert "approximate randomisation (10,000 trials over segments, seed 12345)" in page


def test_a_step_that_is_not_significant_is_no_greater_than(corpus):
    twin = [*corpus["good"][:-1], corpus["weak"][-1]]
    systems = {"good": corpus["good"], "twin": twin}
    page = render(evaluate(systems, [corpus["reference"]], metrics=["chrf"]), "text")
    assert "chrF2  good ≈ twin (p = 1.000)" in page


# --- JSON -----------------------------------------------------------------------------------------


def test_json_has_everything(evaluation, corpus):
    data = json.loads(render(evaluation, "json"))
    assert data["settings"]["test"] == "randomisation"
    assert [metric["key"] for metric in data["metrics"]] == ["bleu", "chrf", "ter", "names"]
    assert len(data["metrics"][0]["p_values"]) == 3
    good = data["systems"][1]
    assert good["scores"]["bleu"]["value"] == evaluation.system("good").scores["bleu"].value
    assert good["scores"]["bleu"]["brevity_penalty"] <= 1
    assert good["names"]["exact"] == {"right": 10, "total": 11, "percent": 100 * 10 / 11}
    assert good["names"]["missed"] == [
        {"segment": 9, "name": "Al-Ahly", "surface": "اسم", "found": "al-Ahly"}
    ]
    assert len(data["segments"]) == 12
    segment = data["segments"][7]
    assert segment["source"] == corpus["source"][7]
    assert segment["references"] == [corpus["reference"][7]]
    assert segment["systems"]["weak"]["hypothesis"] == ""
    assert data["segments"][3]["systems"]["good"]["scores"]["names"] is None
    assert {bucket["kind"] for bucket in data["buckets"]} == {"length", "names"}


# --- LaTeX ----------------------------------------------------------------------------------------


def test_latex_is_a_tabular_with_the_best_in_bold(corpus):
    systems = {"opus_mt & co 100%": corpus["weak"], "good": corpus["good"]}
    page = render(evaluate(systems, [corpus["reference"]], metrics=["chrf", "ter"]), "latex")
    assert page.startswith("\\begin{tabular}{lrr}\n\\toprule\nSystem & chrF2 & TER \\\\\n")
    assert "opus\\_mt \\& co 100\\% & " in page
    rows = [line for line in page.splitlines() if line.endswith("\\\\")]
    assert [row.count("&") - row.count("\\&") for row in rows] == [2, 2, 2]
    assert rows[2].count("\\textbf{") == 2
    assert re.search(r"\$\^\{\*\*\}\$", rows[2])
    assert all(
        line.startswith("%") for line in page.split("\\end{tabular}\n")[1].split("\n") if line
    )


# --- HTML -----------------------------------------------------------------------------------------


class _Checker(HTMLParser):
    """Checks that every tag is closed in order, and collects what could load something."""

    VOID = frozenset({"meta", "input", "line", "circle"})

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.styles = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "srcset", "data", "poster") or (
                name == "href" and not value.startswith("#")
            ):
                self.loads.append(value)
            if name == "style" or name.startswith("on"):
                self.styles.append((tag, name))

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(page):
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert checker.loads == []
    assert checker.styles == []  # the policy would refuse them
    return lxml_html.document_fromstring(page)


def test_the_page_is_well_formed_and_self_contained(evaluation):
    page = render(evaluation, "html")
    document = check(page)
    assert "url(" not in page
    assert "@import" not in page
    policy = document.xpath("//meta[@http-equiv]/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_shows_systems_names_parts_and_segments(evaluation, corpus):
    document = check(render(evaluation, "html"))
    rows = document.xpath("//table[@class='scores']/tbody/tr/th/text()")
    assert rows == ["<b>&copy", "good", "weak"]  # best first, and nothing of a name is markup
    assert len(document.xpath("//table[@class='scores']//svg")) == 12
    articles = document.xpath("//article")
    assert len(articles) == 12
    assert articles[0].get("id") == "s7"  # the segment that weak left empty
    assert "empty" in articles[0].text_content()
    sources = document.xpath("//article//dd[@lang='ar'][@dir='rtl']")
    assert {source.text for source in sources} == set(corpus["source"])
    missed = document.xpath("//table[@class='missed']/tbody/tr")
    assert missed[0].xpath("./th/text()") == ["Al-Ahly"]
    assert "al-Ahly" in missed[0].text_content()
    assert {caption.text for caption in document.xpath("//caption")} >= {
        "Words in the segment",
        "Names in the segment",
    }
    assert "nrefs:1|case:mixed" in document.xpath("//footer")[0].text_content()


def test_differences_are_marked(evaluation):
    document = check(render(evaluation, "html"))
    (article,) = document.xpath("//article[@id='s2']")
    weak = article.xpath(".//dt[text()='weak']/following-sibling::dd[1]")[0]
    assert "Mike Bombio said" not in [mark.text for mark in weak.xpath("./mark")]
    assert "Bombio" in " ".join(weak.xpath("./mark/text()"))
    assert weak.xpath("./span[@class='missing']/text()") == ["Mike Pompeo", "Muscat"]
    assert article.xpath(".//dd[@class='reference']/ins") == []  # the copy has every word


def test_a_page_for_one_system_without_source_or_names(corpus):
    page = render(evaluate(corpus["good"], [corpus["reference"]]), "html")
    document = check(page)
    assert document.xpath("//h1/text()") == ["Evaluation of hypothesis"]
    assert not document.xpath("//*[@id='names']")


def test_a_page_without_reference(corpus):
    names = [[Name((name,)) for name in names] for names in corpus["names"]]
    document = check(render(evaluate(corpus["weak"], names=names), "html"))
    assert not document.xpath("//*[@class='reference']")
    assert not document.xpath("//article//mark")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=2, max_size=4))
def test_no_text_can_break_the_page(segments):
    segments = [f"{segment} x" for segment in segments]
    page = render(evaluate({"</script>": segments}, [segments[::-1]], num_samples=1), "html")
    document = check(page)
    assert len(document.xpath("//article")) == len(segments)


def test_of_a_large_set_the_worst_and_the_most_different_are_shown(corpus):
    good, weak = corpus["good"] * 30, corpus["weak"] * 30
    reference = corpus["reference"] * 30
    good[100], weak[100] = "nothing of it", "nothing of it"
    good[200], weak[200] = reference[200], "nothing of it"
    result = evaluate({"good": good, "weak": weak}, [reference], num_samples=1)
    chosen = chosen_segments(result, 20)
    assert len(chosen) == 20
    assert {100, 200} <= set(chosen)
    assert chosen_segments(result, 1000)[0] == 100
    page = check(render(result, "html"))
    assert "150 of 360" in page.xpath("//h2[@id='segments']")[0].text_content()


@pytest.mark.parametrize(
    ("text", "others", "marked"),
    [
        ("the red car", ["the blue car"], ["red"]),
        ("a b c d", ["a d"], ["b c"]),
        ("a b", ["x y", "a b"], []),
        ("same", ["same"], []),
        ("a b", [""], ["a b"]),
        ("", ["a"], []),
        ("rose 2.4%", ["rose 2.5%"], ["2.4"]),
    ],
)
def test_words_that_no_other_has(text, others, marked):
    assert [text[start:end] for start, end in extra_words(text, others)] == marked


def test_words_that_every_system_lacks():
    spans = lacking_words("the minister met Pompeo", ["the man met him", "minister met Bombio"])
    assert ["the minister met Pompeo"[a:b] for a, b in spans] == ["Pompeo"]
