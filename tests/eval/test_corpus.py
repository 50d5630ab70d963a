import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jisr.eval.corpus import check_corpus, check_lengths, read_segments
from jisr.translate.errors import DecodingError, InputError, LengthMismatchError


@pytest.mark.parametrize(
    ("data", "segments"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),  # CRLF
        ("\ufeffعلم\n", ["علم"]),  # byte order mark
        ("a\n\n", ["a", ""]),  # a trailing empty line is a segment
        ("a\u2028b\x0bc\x85d\n", ["a\u2028b\x0bc\x85d"]),  # only "\n" ends a line
        ("", []),
        ("\n", [""]),
    ],
)
def test_one_segment_a_line(tmp_path, data, segments):
    path = tmp_path / "hypothesis.txt"
    path.write_bytes(data.encode())
    assert read_segments(path) == segments
    assert read_segments(io.BytesIO(data.encode())) == segments


def test_a_file_in_another_encoding_is_named_with_line_and_remedy(tmp_path):
    path = tmp_path / "arabic.txt"
    path.write_bytes(b"first\n" + "قال الوزير".encode("windows-1256"))
    with pytest.raises(DecodingError, match=r"arabic\.txt, line 2: not UTF-8 .*iconv") as error:
        read_segments(path)
    assert error.value.line == 2


def test_utf_16_is_refused(tmp_path):
    path = tmp_path / "wide.txt"
    path.write_bytes("قال".encode("utf-16"))
    with pytest.raises(DecodingError, match=r"wide\.txt, line 1"):
        read_segments(path)


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_what_is_no_file_is_named(tmp_path, name):
    with pytest.raises(InputError, match="cannot be read"):
        read_segments(tmp_path / name)


def test_one_line_short_in_the_middle_is_found(corpus):
    short = corpus["good"][:6] + corpus["good"][7:]
    with pytest.raises(LengthMismatchError) as error:
        check_corpus({"google": short}, [corpus["reference"]])
    message = str(error.value)
    assert "system google has 11 segments, reference 12 segments" in message
    assert (
        "part at line 7 or before: reference has “Egypt's central bank kept interest rates"
        in message
    )


def test_one_line_too_many_in_the_middle_is_found(corpus):
    long = [*corpus["good"][:3], "A line from elsewhere.", *corpus["good"][3:]]
    with pytest.raises(LengthMismatchError, match="part at line 4 or before: system x has “A line"):
        check_corpus({"x": long}, [corpus["reference"]])


def test_a_trailing_empty_line_is_recognised(corpus):
    with pytest.raises(LengthMismatchError, match=r"ends in 1 empty line\(s\), from line 13"):
        check_corpus({"x": [*corpus["good"], ""]}, [corpus["reference"]])


def test_texts_without_a_common_word_part_at_the_end():
    with pytest.raises(
        LengthMismatchError, match=r"without a partner is line 2 of source: “وداعا”"
    ):
        check_corpus({"x": ["hello"]}, [["hello"]], ["مرحبا", "وداعا"])


def test_numbers_show_where_source_and_reference_part(corpus):
    source = corpus["source"][:2] + corpus["source"][3:]
    with pytest.raises(LengthMismatchError, match="part at line 4 or before"):
        check_corpus({"x": corpus["good"]}, [corpus["reference"]], source)


def test_documents_and_source_are_compared_too(corpus):
    with pytest.raises(LengthMismatchError, match="documents has 2 segments"):
        check_corpus({"x": corpus["good"]}, [corpus["reference"]], None, ["a", "b"])


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ({"x": ["a"]}, ["a"], "flat list of strings"),
        ({"x": ["a"]}, "a", "flat list of strings"),
        ({"x": "a"}, [["a"]], "system x is a str"),
        ({"x": ["a", None]}, [["a", "b"]], "system x, segment 2 is a NoneType"),
        ({"x": []}, [[]], "system x is empty"),
        ({"x": ["a"]}, [[]], "reference is empty"),
        ({"x": ["", " "]}, [["a", "b"]], "all 2 segments are blank"),
        ({"x": ["a", "b"]}, [["", " "]], "reference: all 2 segments are blank"),
        ({}, [["a"]], "no system"),
    ],
)
def test_wrong_nesting_and_emptiness_are_refused(hypotheses, references, message):
    with pytest.raises(InputError, match=message):
        check_corpus(hypotheses, references)


def test_a_tuple_of_streams_and_several_references_are_welcome(corpus):
    check_corpus({"x": tuple(corpus["good"])}, (corpus["reference"], corpus["weak"]))


@given(st.lists(st.text("abc ", max_size=8), max_size=8), st.lists(st.text("abc "), max_size=8))
def test_unequal_lengths_always_give_both_counts(one, other):
    if len(one) == len(other):
        check_lengths("one", one, "other", other)
        return
    with pytest.raises(LengthMismatchError) as error:
        check_lengths("one", one, "other", other)
    assert f"one has {len(one)} segment" in str(error.value)
    assert f"other {len(other)} segment" in str(error.value)
