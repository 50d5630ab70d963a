import pytest

from jisr.translate.entities import NameFinder, write_names
from jisr.translate.text.normalise import normalise_for_model

FINDER = NameFinder.load()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("زار بومبيو القاهرة", "زار Pompeo Cairo"),
        ("زار والقاهرة", "زار و Cairo"),
        ("سافر بالقاهرة", "سافر ب Cairo"),
        ("سافر للقاهرة", "سافر ل Cairo"),
        ("«تيك توك»", "«TikTok»"),
        ("قال بُومبيُو.", "قال Pompeo."),
        ("شركة بايت دانس (ByteDance) الصينية", "شركة ByteDance الصينية"),
        ("في يونيو/حزيران", "في June"),
        ("قال وApple", "قال و Apple"),
        ("بحسب Wells Fargo", "بحسب Wells Fargo"),
        ("لا اسم هنا", "لا اسم هنا"),
    ],
)
def test_the_latin_spelling_stands_in_the_model_s_source(text, written):
    entities = FINDER.find_text(text)
    made = write_names(normalise_for_model(text), entities)
    assert made.text == written


def test_the_written_name_maps_back_to_the_surface():
    text = "سافر  مايـك بومبيو إلى القاهرة"
    made = write_names(normalise_for_model(text, 100), [])
    assert made.text == "سافر مايك بومبيو إلى القاهرة"
    entities = FINDER.find_text(text)
    made = write_names(normalise_for_model(text), entities)
    place = made.text.index("Mike Pompeo")
    assert made.span(place, place + len("Mike Pompeo")) == entities[0].source_span
    place = made.text.index("Cairo")
    assert made.span(place, place + 5) == entities[1].source_span
