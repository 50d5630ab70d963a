"""A small set with what real ones have: names, numbers, quotes, Arabic, repeats, an empty line."""

import pytest

REFERENCE = [
    "The foreign minister arrived in Cairo on Tuesday for talks with his Egyptian counterpart.",
    "Talks are expected to focus on the situation in Libya and on water from the Nile.",
    "“We are open to dialogue,” Mike Pompeo said at a news conference in Muscat, Oman.",
    "A woman was injured in the accident, which closed the road for 3.5 hours.",
    "Oil prices rose 2.4% on Wednesday, their biggest gain since March 2017.",
    "The company, owned by ByteDance, did not respond to a request for comment.",
    "Egypt's central bank kept interest rates unchanged at 16.75 percent.",
    "He said the agreement would be signed next month in Geneva.",
    "Rain is expected over the Nile Delta and the northern coast.",
    "The club beat Al-Ahly 2-1 in extra time to reach the final.",
    "No one has claimed responsibility for the attack.",
    "The exhibition runs until May 12 at the Museum of Islamic Art in Doha.",
]
SOURCE = [
    "وصل وزير الخارجية إلى القاهرة يوم الثلاثاء لإجراء محادثات مع نظيره المصري.",
    "ومن المتوقع أن تركز المحادثات على الوضع في ليبيا وعلى مياه النيل.",
    "وقال مايك بومبيو في مؤتمر صحفي في مسقط بسلطنة عمان: «نحن منفتحون على الحوار».",
    "وأصيبت امرأة في الحادث الذي أغلق الطريق ٣٫٥ ساعات.",
    "وارتفعت أسعار النفط 2.4% يوم الأربعاء، في أكبر مكسب لها منذ مارس/آذار 2017.",
    "ولم ترد الشركة المملوكة لبايت دانس (ByteDance) على طلب التعليق.",
    "أبقى البنك المركزي المصري أسعار الفائدة دون تغيير عند 16.75 في المئة.",
    "وقال إن الاتفاق سيُوقَّع الشهر المقبل في جنيف.",
    "ومن المتوقع هطول أمطار على دلتا النيل والساحل الشمالي.",
    "وفاز النادي على الأهلي 2-1 في الوقت الإضافي ليبلغ المباراة النهائية.",
    "ولم تعلن أي جهة مسؤوليتها عن الهجوم.",
    "ويستمر المعرض حتى 12 مايو في متحف الفن الإسلامي بالدوحة.",
]
GOOD = [
    "The foreign minister arrived in Cairo on Tuesday to hold talks with his Egyptian counterpart.",
    "The talks are expected to focus on the situation in Libya and the waters of the Nile.",
    "“We are open to dialogue,” Mike Pompeo told a news conference in Muscat, Oman.",
    "A woman was injured in the accident that closed the road for 3.5 hours.",
    "Oil prices rose 2.4% on Wednesday, the biggest gain since March 2017.",
    "The company owned by ByteDance did not respond to a request for comment.",
    "Egypt's central bank left interest rates unchanged at 16.75 percent.",
    "He said the agreement will be signed next month in Geneva.",
    "Rain is expected on the Nile Delta and the north coast.",
    "The club beat al-Ahly 2-1 in extra time to reach the final.",
    "No group has claimed responsibility for the attack.",
    "The exhibition runs until 12 May at the Museum of Islamic Art in Doha.",
]
WEAK = [
    "Foreign Minister arrived to the Cairo Tuesday for talks with his Egyptian analog.",
    "It is expected that the talks focus on the situation in Libya and the Nile water.",
    "Mike Bombio said in press conference in Muskat, Sultanate of Oman: we open to the dialog.",
    "And woman was injured in the incident who closed the way 3.5 hour.",
    "And the prices of the oil raised 2.4% Wednesday, in biggest profit since March 2017.",
    "The company owned to Bait Dans did not reply on a request of comment.",
    "The Egyptian central bank kept the prices of the interest without change at 16.75 percent.",
    "",
    "Expected fall of rains on delta of Nile and the coast northern.",
    "And the club won on civil 2-1 in the additional time to reach the final match.",
    "No side announced its responsibility about the attack.",
    "The gallery continues until 12 May in museum of the art Islamic in Doha.",
]
NAMES = [
    ["Cairo"],
    ["Libya", "Nile"],
    ["Mike Pompeo", "Muscat", "Oman"],
    [],
    [],
    ["ByteDance"],
    [],
    ["Geneva"],
    ["Nile Delta"],
    ["Al-Ahly"],
    [],
    ["Doha"],
]


@pytest.fixture(scope="session")
def corpus():
    """Return reference, source, a good and a weak system, and names as plain lists."""
    return {
        "reference": list(REFERENCE),
        "source": list(SOURCE),
        "good": list(GOOD),
        "weak": list(WEAK),
        "names": [list(names) for names in NAMES],
    }


@pytest.fixture
def files(corpus, tmp_path):
    """Return the paths of the set's files, one segment a line."""
    import json

    paths = {}
    for name in ("reference", "source", "good", "weak"):
        paths[name] = tmp_path / f"{name}.txt"
        paths[name].write_text("\n".join(corpus[name]) + "\n", "utf-8")
    paths["names"] = tmp_path / "names.jsonl"
    lines = [json.dumps({"names": names}) for names in corpus["names"]]
    paths["names"].write_text("\n".join(lines) + "\n", "utf-8")
    return paths
