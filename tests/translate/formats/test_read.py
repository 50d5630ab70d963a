import io
from pathlib import Path

import pytest

from jisr.translate.errors import DecodingError, FormatError, InputError
from jisr.translate.formats import read
from jisr.translate.formats.read import document_from_text

TEXT = "عنوان\r\n\r\nتعرضت شركة أمازون لموقف محرج. ثم عدلت.\r\n"


def test_a_file_keeps_its_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode("utf-8-sig"))
    document = read(path, name="a.txt")
    assert (document.text, document.name, document.encoding) == (TEXT, "a.txt", "utf-8-sig")
    assert [TEXT[slice(*block.span)] for block in document.blocks] == [
        "عنوان",
        "تعرضت شركة أمازون لموقف محرج. ثم عدلت.",
    ]


def test_a_stream_is_read_as_a_file_is():
    document = read(io.BytesIO(TEXT.encode("cp1256")), name="-", encoding="windows-1256")
    assert (document.text, document.name, document.encoding) == (TEXT, "-", "windows-1256")


def test_lines_are_blocks_if_asked_for():
    document = read(io.BytesIO(TEXT.encode()), name="-", lines=True)
    assert [TEXT[slice(*block.span)] for block in document.blocks] == [
        "عنوان",
        "",
        "تعرضت شركة أمازون لموقف محرج. ثم عدلت.",
    ]


def test_a_text_is_a_document():
    assert document_from_text("نعم\nلا").blocks == document_from_text("نعم\nلا", lines=True).blocks
    assert document_from_text("").blocks == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.txt", "there is no file missing.txt"),
        ("", "is a folder; name the files in it"),
        ("file/a.txt", r"cannot be read: Not a directory"),
        ("a\0b", "cannot be read"),
        ("x" * 300, "cannot be read: File name too long"),
    ],
)
def test_what_cannot_be_read(tmp_path, name, reason):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=reason) as caught:
        read(tmp_path / name, name=name)
    assert caught.value.path == name


def test_what_may_not_be_read(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match=r"a\.txt cannot be read: Permission denied"):
        read(tmp_path / "a.txt", name="a.txt")


def test_messages_call_standard_input_so():
    with pytest.raises(FormatError, match="standard input looks like a PDF"):
        read(io.BytesIO(b"%PDF-1.4"), name="-")
    with pytest.raises(DecodingError, match="standard input is not valid utf-8"):
        read(io.BytesIO(b"\xff"), name="-", encoding="utf-8")


def test_a_stream_that_breaks():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="standard input cannot be read: Input/output error"):
        read(Broken(), name="-")
