import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree

from jisr.translate.formats import write

from .bitexts import BITEXT, bitexts, with_reference

# The document type definition of TMX 1.4b, without the inline elements of marked-up segments.
DTD = etree.DTD(
    io.StringIO("""
<!ELEMENT tmx (header, body)>
<!ATTLIST tmx version CDATA #FIXED "1.4">
<!ELEMENT header (note | prop | ude)*>
<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
    segtype (block | paragraph | sentence | phrase) #REQUIRED o-tmf CDATA #REQUIRED
    adminlang CDATA #REQUIRED srclang CDATA #REQUIRED datatype CDATA #REQUIRED
    o-encoding CDATA #IMPLIED creationdate CDATA #IMPLIED creationid CDATA #IMPLIED
    changedate CDATA #IMPLIED changeid CDATA #IMPLIED>
<!ELEMENT body (tu*)>
<!ELEMENT note (#PCDATA)>
<!ATTLIST note o-encoding CDATA #IMPLIED xml:lang CDATA #IMPLIED>
<!ELEMENT prop (#PCDATA)>
<!ATTLIST prop type CDATA #REQUIRED xml:lang CDATA #IMPLIED o-encoding CDATA #IMPLIED>
<!ELEMENT ude (map+)>
<!ELEMENT map EMPTY>
<!ELEMENT tu ((note | prop)*, tuv+)>
<!ATTLIST tu tuid CDATA #IMPLIED o-encoding CDATA #IMPLIED datatype CDATA #IMPLIED
    segtype CDATA #IMPLIED srclang CDATA #IMPLIED>
<!ELEMENT tuv ((note | prop)*, seg)>
<!ATTLIST tuv xml:lang CDATA #REQUIRED o-encoding CDATA #IMPLIED datatype CDATA #IMPLIED>
<!ELEMENT seg (#PCDATA)>
""")
)
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def parsed(bitext):
    stream = io.StringIO(newline="")
    write(bitext, stream, "tmx")
    root = etree.fromstring(stream.getvalue().encode("utf-8", "surrogatepass"))
    assert DTD.validate(root), DTD.error_log
    return root


def units(root):
    return [
        {tuv.get(LANG): tuv.findtext("seg") for tuv in unit.iterfind("tuv")}
        for unit in root.iterfind("body/tu")
    ]


def test_a_bead_is_a_unit():
    root = parsed(BITEXT)
    assert units(root) == [
        {"ar": "تيك توك يحرج أمازون", "en": "TikTok embarrasses Amazon"},
        {"ar": "قال «نعم & <لا>». ثم عاد.", "en": 'He said "yes & <no>". Then he came back.'},
    ]
    header = root.find("header")
    assert (header.get("srclang"), header.get("segtype")) == ("ar", "sentence")
    assert root.xpath("//prop/text()") == ["article.ar.txt", BITEXT.model, "-0.1235"]
    assert [unit.get("tuid") for unit in root.iterfind("body/tu")] == ["0", "1"]


@settings(deadline=None)
@given(bitexts())
def test_every_bitext_is_valid_and_holds_the_beads_with_two_sides(bitext):
    found = units(parsed(bitext))
    assert len(found) == sum(bool(b.source.strip() and b.target.strip()) for b in bitext.beads)


def test_the_validator_sees_faults():
    assert not DTD.validate(etree.fromstring("<tmx version='1.4'><body/></tmx>"))


@pytest.mark.parametrize("text", ["a & b", "<b>", "]]>", "&amp;", '"', "\U0001f600"])
def test_what_xml_takes_for_markup_is_text(text):
    bead = BITEXT.beads[0]
    changed = type(BITEXT)("", "", (type(bead)(0, 0, (0,), (0,), text, (0, 0), text, (0, 0)),))
    assert units(parsed(changed)) == [{"ar": text, "en": text}]


def test_a_reference_is_a_property():
    root = parsed(with_reference())
    assert root.xpath("//tu/prop[@type='x-reference']/text()") == ["Amazon is embarrassed."]


def test_what_has_no_counterpart_is_kept_where_texts_were_aligned():
    one, two = BITEXT.beads
    bitext = replace(
        BITEXT,
        beads=(
            replace(one, target_ids=(), target="", confidence=0.9),
            replace(two, source_ids=(), source="", confidence=0.8),
        ),
    )
    assert [set(unit) for unit in units(parsed(bitext))] == [{"ar"}, {"en"}]
