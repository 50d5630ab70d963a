"""The report in a browser: it loads nothing, its script sorts and finds, it fits and prints."""

import pytest

from jisr.eval import evaluate
from jisr.eval.namelist import Name
from jisr.eval.reports import render

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def page(corpus, tmp_path_factory):
    names = [[Name((n,), "LOC", "lexicon", "اسم") for n in names] for names in corpus["names"]]
    systems = {"weak": corpus["weak"], "good": corpus["good"]}
    result = evaluate(systems, [corpus["reference"]], source=corpus["source"], names=names)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(result, "html"), "utf-8")
    return path


def order(browser):
    script = '() => [...document.querySelectorAll("article")].map((a) => Number(a.id.slice(1)))'
    return browser.run(script)


def choose(browser, value):
    browser.run(
        """(value) => {
          const select = document.getElementById("order");
          select.value = value;
          select.dispatchEvent(new Event("change"));
        }""",
        value,
    )


def test_it_opens_without_a_complaint_or_a_request(browser, page):
    browser.open(page)
    requests = [
        e["params"]["request"]["url"] for e in browser.happened("Network.requestWillBeSent")
    ]
    assert requests == [page.as_uri()]
    assert not browser.happened("Log.entryAdded", "Runtime.exceptionThrown")
    assert browser.run("() => getComputedStyle(document.body).maxInlineSize") == "1248px"  # styled


def test_segments_are_sorted(browser, page):
    browser.open(page)
    worst = order(browser)
    assert worst[0] == 7  # left empty by one system
    choose(browser, "id")
    assert order(browser) == list(range(12))
    choose(browser, "spread")
    assert order(browser)[0] == 7
    choose(browser, "1")
    scores = browser.run(
        """() => [...document.querySelectorAll("article")]
          .map((a) => Number(a.dataset.scores.split(" ")[1]))"""
    )
    assert scores == sorted(scores)
    choose(browser, "mean")
    assert order(browser) == worst


@pytest.mark.parametrize(("words", "found"), [("pompeo", [2]), ("القاهرة", [0]), ("zebra", [])])
def test_segments_are_found(browser, page, words, found):
    browser.open(page)
    shown = browser.run(
        """(words) => {
          const find = document.getElementById("find");
          find.value = words;
          find.dispatchEvent(new Event("input"));
          return [...document.querySelectorAll("article")].filter((a) => a.offsetHeight)
            .map((a) => Number(a.id.slice(1)));
        }""",
        words,
    )
    assert shown == found
    assert (
        browser.run('() => document.getElementById("count").textContent') == f"{len(found)} found"
    )


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_it_fits_the_window(browser, page, width):
    browser.open(page, width=width)
    script = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.run(script) <= 0


def test_arabic_runs_from_the_right(browser, page):
    browser.open(page)
    script = """() => [...document.querySelectorAll("article .source")].every((source) => {
      const range = new Range();
      range.setStart(source.firstChild, 0);
      range.setEnd(source.firstChild, 1);
      const box = source.getBoundingClientRect();
      return range.getBoundingClientRect().right > box.right - 5;
    })"""
    assert browser.run(script) is True


@pytest.mark.parametrize("dark", [False, True])
def test_texts_have_contrast(browser, page, dark):
    browser.open(page, dark=dark)
    script = """() => {
      const luminance = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((c) => c / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (node) => {
        for (; node; node = node.parentElement) {
          const colour = getComputedStyle(node).backgroundColor;
          if (/^rgb\\(/.test(colour)) return colour;
        }
      };
      return [...document.querySelectorAll("p, small, td, th, dt, dd, mark, summary, .missing")]
        .filter((node) => node.offsetHeight && !/^heat/.test(node.className))
        .map((node) => {
          const both = [getComputedStyle(node).color, ground(node)].map(luminance);
          const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
          return [contrast, node.outerHTML.slice(0, 80)];
        })
        .filter(([contrast]) => contrast < 4.5);
    }"""
    assert browser.run(script) == []


def test_it_prints(browser, page):
    browser.open(page)
    pdf = browser.print()
    assert pdf.startswith(b"%PDF-")
    assert (
        1 < pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page") < 20
    )
