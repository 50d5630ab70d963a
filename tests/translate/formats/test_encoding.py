import codecs
import logging
import os

import pytest

from jisr.translate.errors import DecodingError, FormatError, InputError
from jisr.translate.formats.encoding import decode

TEXT = "تعرضت شركة أمازون الأمريكية لموقف محرج.\r\nوقال متحدث: نعم، 2020 aitnews\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "utf-32"),
        (b"", "utf-8"),
        (b"plain\n", "utf-8"),
    ],
)
def test_unicode_is_known_without_a_guess(data, encoding, caplog):
    text = data.decode(encoding)
    assert decode(data, name="a.txt") == (text, encoding)
    assert not caplog.records


@pytest.mark.parametrize(
    "encoding", ["windows-1256", "iso-8859-6", "cp720", "utf-16-le", "utf-16-be", "utf-32-le"]
)
def test_other_arabic_is_guessed_and_announced(encoding, caplog):
    text = TEXT.replace("،", ",")  # which DOS did not have
    assert decode(text.encode(encoding), name="a.txt") == (text, encoding)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("jisr.translate.formats.encoding", logging.WARNING)
    assert f"a.txt is not marked as Unicode and not UTF-8; read as {encoding}" in record.message


def test_western_text_is_guessed_too():
    text = "He said “no” – it’s a café.\n"
    assert decode(text.encode("cp1252"), name="a.txt") == (text, "windows-1252")


@pytest.mark.parametrize("encoding", ["windows-1256", "cp864", "mac_arabic", "utf-16-be"])
def test_a_named_encoding_is_believed(encoding, caplog):
    text = "2020 aitnews ،"
    assert decode(text.encode(encoding), name="a.txt", encoding=encoding) == (text, encoding)
    assert not caplog.records


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_the_mark_is_no_text(encoding):
    data = f"\ufeff{TEXT}".encode(encoding)
    assert decode(data, name="a.txt", encoding=encoding)[0] == TEXT


@pytest.mark.parametrize("encoding", ["utf-9", "", "hex", "a\0b"])
def test_an_unknown_encoding(encoding):
    with pytest.raises(InputError, match=r"is not an encoding of text; known are utf-8"):
        decode(b"a", name="a.txt", encoding=encoding)


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (f"نعم\n{TEXT}".encode() + b"\xff", None, r"utf-8: byte 0xff at offset 124 \(line 4\)"),
        (TEXT.encode()[:-1] + b"\xd8", None, "utf-8: byte 0xd8 at offset 116"),
        (TEXT.encode("cp1256"), "utf-8", r"utf-8: byte 0xca at offset 0 \(line 1\)"),
        (TEXT.encode("utf-16")[:-1], None, "utf-16: byte 0x0a at offset 142"),
        (TEXT.encode(), "ascii", "ascii: byte 0xd8 at offset 0"),
    ],
)
def test_what_is_no_text_in_its_encoding(data, encoding, message):
    with pytest.raises(DecodingError, match=message) as caught:
        decode(data, name="a.txt", encoding=encoding)
    assert caught.value.path == "a.txt"
    assert "--encoding" in str(caught.value)


def test_what_is_no_text_in_any_encoding():
    with pytest.raises(DecodingError, match=r"no other encoding of text fits; expected UTF-8"):
        decode(bytes(range(128, 256)) * 20, name="a.txt")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"PK\x03\x04\x14\0", "Word, LibreOffice or EPUB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Word"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x1f\x8b\x08", "gunzip"),
        (b"\xfd7zXZ\0", "unxz"),
    ],
)
def test_other_kinds_of_files_are_named(data, kind):
    with pytest.raises(FormatError, match=kind):
        decode(data, name="a.txt")


@pytest.mark.parametrize("encoding", [None, "utf-8", "windows-1256"])
def test_nul_is_not_text(encoding):
    with pytest.raises(
        FormatError, match=r"NUL character in line 2 .* looks like binary"
    ) as caught:
        decode(b"one\ntw\0o\n", name="a.txt", encoding=encoding)
    assert caught.value.line == 2


def test_noise_is_not_text():
    noise = os.urandom(4096)
    with pytest.raises((DecodingError, FormatError)):
        decode(b"\xfe\x00\xfd" + noise, name="a.txt")
