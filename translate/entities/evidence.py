"""What stands beside an ordinary word and shows that it is a name: titles, quotes, dates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jisr.translate.entities.clitics import readings
from jisr.translate.entities.lexicon import Entry

__all__ = ["MONTHS", "announced", "has_evidence", "is_title"]

MONTHS = frozenset(
    ("January", "February", "March", "April", "May", "June",
     "July", "August", "September", "October", "November", "December")
)  # fmt: skip
# Words before a name, normalised for matching, without article, by the kinds they announce.
_TITLES = {
    "PER": "سيد سيده انسه دكتور دكتوره مهندس استاذ شيخ شيخه ملك ملكه امير اميره بابا قس مطران "
    "رئيس رئيسه وزير وزيره سفير سفيره نائب نائبه مدير مديره لواء عميد عقيد جنرال مستشار مستشاره "
    "امين متحدث متحدثه ممثل ممثله مخرج مخرجه مطرب مطربه مغني مغنيه فنان فنانه لاعب لاعبه مدرب حارس "
    "مهاجم كاتب كاتبه شاعر شاعره روائي صحافي صحفي ناشط ناشطه محامي يدعي تدعي اسمه اسمها",
    "ORG": "شركه مجموعه مصرف بنك وكاله صحيفه جريده مجله قناه شبكه موقع اذاعه حركه حزب تنظيم جماعه "
    "نادي فريق منظمه جمعيه عملاق متاجر مطعم مطاعم مستشفي جامعه كتايب",
    "PRODUCT": "تطبيق برنامج لعبه هاتف هواتف جهاز منصه فيلم مسلسل روايه كتاب سياره طايره صاروخ "
    "نظام متصفح خدمه عمله موقع شبكه",
    "LOC": "مدينه محافظه دوله جمهوريه ولايه قريه بلده مملكه سلطنه اماره مطار ميناء اقليم منطقه "
    "مقاطعه جزيره جبل نهر عاصمه قضاء حي بلديه ساحل بحيره معبر",
    "EVENT": "بطوله دوري كاس مهرجان جايزه معرض حرب معركه اعصار عاصفه",
}
_KINDS = {"PRODUCT": {"PRODUCT", "ORG"}, "ORG": {"PRODUCT", "ORG"}, "EVENT": {"EVENT", "PRODUCT"}}
_ANNOUNCED = {
    word.replace("ئ", "ي"): title for title, words in _TITLES.items() for word in words.split()
}
_OPEN, _CLOSE = "\"«“'‘(", "\"»”'’)"
_DAY_OR_YEAR = re.compile(r"[12]?\d{1,3}")


def is_title(word: str, kind: str) -> bool:
    """Say whether a word, as it stands in the text, announces a name of this kind."""
    for clitics, rest in readings(word):
        if clitics.strip("وفبلكا") == "":
            title = _ANNOUNCED.get(rest)
            if title and (kind == "OTHER" or kind in _KINDS.get(title, {title})):
                return True
    return False


def announced(word: str) -> str | None:
    """Return the kind of name that a word announces, None if it is no title."""
    return next((kind for kind in _TITLES if is_title(word, kind)), None)


def has_evidence(words: Sequence[str], start: int, end: int, entry: Entry) -> bool:
    """Say whether the tokens beside [start, end) show that a name is meant."""
    before = words[start - 1] if start else ""
    after = words[end] if end < len(words) else ""
    if entry.canonical in MONTHS:
        return bool(
            _DAY_OR_YEAR.fullmatch(before)
            or _DAY_OR_YEAR.fullmatch(after)
            or before.endswith("شهر")
            or after in ("الماضي", "المقبل", "الجاري", "القادم")
        )
    if before and before in _OPEN and after and after in _CLOSE:
        title = words[start - 2] if start > 1 else ""  # «صحيفة "الخبر"» is not the city of Khobar
        return not is_title(title, "OTHER") or is_title(title, entry.kind)
    return bool(before) and is_title(before, entry.kind)
