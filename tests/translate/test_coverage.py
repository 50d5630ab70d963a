import numpy as np
import pytest
from click.testing import CliRunner

from jisr.models.train.coverage import fit, main
from jisr.translate.coverage import FILE, LEAST, Coverage, source_words, target_words
from jisr.translate.decode import decode_sources
from jisr.translate.errors import InputError, ModelError
from jisr.translate.text.mapped import MappedText
from tests.translate.test_decode import OPTIONS, WordForWord, hypothesis

PAIRS = 3 * [
    ("البيت كبير", "a big house"),
    ("بيت صغير", "a small house"),
    ("الكتاب كبير", "a big book"),
    ("كتاب صغير", "a small book"),
    ("بيت وكتاب", "a house, a book"),
]


@pytest.fixture(scope="module")
def table():
    return Coverage(*fit(PAIRS))


def test_words_are_cut_and_arabic_ones_lose_their_clitics():
    assert source_words("والمستشفيات بالقاهرة، ولد") == ["مستشف", "قاهره", "ولد"]
    assert target_words("Hospitals in China") == ["hospit", "in", "china"]


def test_what_says_a_word_of_the_source_is_likelier(table):
    for source, right, wrong in (
        ("بيت", "a house", "a book"),
        ("الكتاب صغير", "a small book", "a book"),
        ("كتاب كبير", "a big book", "a small book"),
    ):
        likely, unlikely = table.log_probs(source, [right, wrong])
        assert likely > unlikely


def test_a_word_that_nothing_makes_has_the_least_probability(table):
    empty, house = table.log_probs("بيت", ["", "a house"])
    assert empty < house
    assert table.log_probs("قلم", ["a house"]) == [pytest.approx(np.log(LEAST))]
    assert table.log_probs("!", ["a house"]) == [0]


def test_names_in_latin_script_and_numbers_make_themselves(table):
    source = "ByteDance ٢٠١٩ Beyoncé"
    right, wrong = table.log_probs(source, ["ByteDance, Beyoncé, 2019", "Bytes, Bey, 2017"])
    assert right > wrong
    assert wrong == pytest.approx(np.log(LEAST))


def test_a_hypothesis_that_drops_a_word_gives_way_if_it_is_little_likelier(table):
    source = "كتاب صغير"
    short, whole = hypothesis(source, "a book", -1.0), hypothesis(source, "a small book", -1.1)
    assert table.best_first(source, (short, whole)) == (whole, short)
    unlikely = hypothesis(source, "a small book", -4.0)
    assert table.best_first(source, (short, unlikely)) == (short, unlikely)


def test_decoding_asks_it(table):
    decoder = WordForWord(says={("كتاب صغير", False): ["a book", "a small book"]})
    sources = [MappedText.from_text("كتاب صغير")]
    (n_best,) = decode_sources(decoder, sources, OPTIONS, table)
    assert n_best[0].text == "a small book"
    (n_best,) = decode_sources(decoder, sources, OPTIONS)
    assert n_best[0].text == "a book"


def test_the_recipe_leaves_held_out_rows_and_writes_what_is_read(tmp_path, table):
    numbered = [f"{number}\t{a}\t{e}" for number, (a, e) in enumerate(PAIRS, 1)]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join([*numbered, *["160\tبيت\tdog"] * 9]) + "\n", "utf-8")
    assert CliRunner().invoke(main, [str(tmp_path), str(path)]).exit_code == 0
    read = Coverage.load(tmp_path)
    assert read.log_probs("بيت", ["a house"]) == table.log_probs("بيت", ["a house"])


def test_a_checkpoint_without_a_table_has_none_and_a_damaged_one_is_named(tmp_path):
    assert Coverage.load(tmp_path) is None
    none = np.zeros(0, np.uint32)
    np.savez(tmp_path / "empty.npz", numbers=none, costs=none)
    np.save(tmp_path / "other.npy", none)
    for name in ("empty.npz", "other.npy"):
        (tmp_path / FILE).write_bytes((tmp_path / name).read_bytes())
        with pytest.raises(ModelError, match=FILE):
            Coverage.load(tmp_path)
    for content in (b"nothing", b""):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(ModelError, match=FILE):
            Coverage.load(tmp_path)


def test_a_set_without_pairs_is_named(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("\nبيت\n", "utf-8")
    result = CliRunner().invoke(main, [str(tmp_path), str(path)])
    assert isinstance(result.exception, InputError)
