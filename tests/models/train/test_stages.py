"""The whole recipe on the toy language: what it learns, keeps, resumes and writes."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from jisr.models.checkpoint import open_checkpoint
from jisr.models.decoder import Decoder
from jisr.models.options import DecodingOptions
from jisr.models.train.arrange import EMBEDDING
from jisr.models.train.recipe import Development, Initial, Vocabulary
from jisr.models.train.stages import Run
from jisr.translate.cli.training import finetune, train
from jisr.translate.errors import InputError, JisrError

MakeRun = Callable[..., Run]
SOURCES = ["مدينة نهر قمر", "كتاب باب", "سوق شمس جبل باب"]
SHORT = {"updates": 12, "log_updates": 4}


def test_it_learns_to_translate_and_reverse(trained: Path) -> None:
    decoder = Decoder.load(trained, threads=1)
    found = [h[0].text for h in decoder.decode(SOURCES)]
    assert found == ["moon river city", "door book", "door mountain sun market"]


def test_both_engines_give_the_same(trained: Path) -> None:
    options = DecodingOptions(n_best=2)
    found = [
        [[h.text for h in n_best] for n_best in decoder.decode(SOURCES, options)]
        for decoder in (
            Decoder.load(trained, engine="ctranslate2", compute_type="float32", threads=1),
            Decoder.load(trained, engine="torch"),
        )
    ]
    assert found[0] == found[1]


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_transformers_loads_it_without_a_word(trained: Path, caplog: Any, capfd: Any) -> None:
    from transformers import MarianMTModel, MarianTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = MarianTokenizer.from_pretrained(trained)
    model = MarianMTModel.from_pretrained(trained)
    assert not caplog.records
    assert not capfd.readouterr().err
    assert model.dtype == torch.float16
    ids = model.float().generate(
        **tokenizer(SOURCES[:1], return_tensors="pt"), num_beams=2, max_new_tokens=8
    )
    assert tokenizer.batch_decode(ids, skip_special_tokens=True) == ["moon river city"]


def test_the_card_says_of_what_and_how_and_how_good(trained: Path) -> None:
    card = (trained / "MODEL_CARD.md").read_text("utf-8")
    assert re.search(r"\| held out \| 50 \| (9\d|100)\.\d\d ", card)
    assert "version:2" in card
    assert "toy@" in card
    assert "| toy | 1450 |" in card
    assert '"peak": 0.006' in card
    assert (trained / "curve.svg").is_file()


def test_stages_are_not_run_again(make_run: MakeRun, trained: Path, tmp_path: Path) -> None:
    told: list[tuple[str, Any]] = []
    run = make_run(report=lambda stage, facts: told.append((stage, facts)))
    run.checkpoint(tmp_path / "toy")
    assert not [stage for stage, facts in told if facts.get("state") == "begins"]
    assert not [stage for stage, _ in told if stage == "train"]
    assert open_checkpoint(tmp_path / "toy").hash == open_checkpoint(trained).hash


def test_other_settings_of_training_leave_the_earlier_stages(make_run: MakeRun) -> None:
    one, other = make_run(), make_run(SHORT)
    assert one.pack == other.pack
    assert one.training != other.training
    assert make_run(vocabulary=Vocabulary("train", 300)).pack != one.pack


def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(make_run: MakeRun) -> None:
    whole = make_run(SHORT | {"peak": 5e-3, "dropout": 0.1}).train()

    class Stopped(Exception):
        pass

    def stop(stage: str, facts: dict[str, Any]) -> None:
        if stage == "train" and facts["update"] == 8 and "loss" in facts:
            raise Stopped

    # The second run saves after every update, so that it is stopped with a state of update 7.
    settings = SHORT | {"peak": 5e-3, "dropout": 0.1, "save_minutes": 1e-9}
    with pytest.raises(Stopped):
        make_run(settings, stop).train()
    resumed = make_run(settings)
    again = resumed.train()
    assert whole.keys() == again.keys()
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    lines = (resumed.training / "log.jsonl").read_text("utf-8").splitlines()
    updates = [json.loads(line)["update"] for line in lines if '"loss"' in line]
    assert updates == [4, 8, 12]


def test_an_interrupt_waits_for_the_update_and_saves(make_run: MakeRun) -> None:
    def interrupt(stage: str, facts: dict[str, Any]) -> None:
        if stage == "train" and facts["update"] == 4:
            signal.raise_signal(signal.SIGTERM)

    settings = SHORT | {"peak": 4e-3}
    with pytest.raises(KeyboardInterrupt):
        make_run(settings, interrupt).train()
    told: list[int] = []
    make_run(settings, lambda _, facts: told.append(facts.get("update", 0))).train()
    assert [update for update in told if update] == [8, 12, 12]


def test_two_workers_do_the_work_of_one(make_run: MakeRun) -> None:
    settings = SHORT | {"batches": 2, "precision": "float32"}
    alone = make_run(settings | {"threads": 1}).train()
    together = make_run(settings | {"threads": 2}).train()
    for name, weight in alone.items():
        if "k_proj.bias" not in name:  # has no influence, so its gradient is rounding
            torch.testing.assert_close(together[name], weight, rtol=1e-3, atol=1e-4, msg=name)


def test_a_worker_that_dies_is_told_of(make_run: MakeRun, capfd: Any) -> None:
    with pytest.raises(JisrError, match="of the training has ended with status"):
        make_run(SHORT | {"batches": 2, "threads": 2}, initial=Initial("random", width=60)).train()


@pytest.mark.parametrize(
    ("setting", "value"), [("precision", "half"), ("device", "tpu"), ("optimiser", "sgd")]
)
def test_settings_that_make_no_sense_are_refused(
    make_run: MakeRun, setting: str, value: str
) -> None:
    with pytest.raises(InputError, match=f"{setting} is {value}; expected "):
        make_run(SHORT | {setting: value}).train()


def test_initial_weights_keep_their_share(make_run: MakeRun, trained: Path) -> None:
    def run(kept: float) -> Run:
        initial, vocabulary = Initial(str(trained), kept=kept), Vocabulary("model")
        return make_run(SHORT | {"average": 0.0}, initial=initial, vocabulary=vocabulary)

    some, none = run(0.25), run(0.0)
    assert some.training == none.training
    before, after, found = none.weights, none.result(), some.result()
    for name, weight in found.items():
        torch.testing.assert_close(weight, 0.25 * before[name] + 0.75 * after[name])
    assert not torch.equal(found[EMBEDDING], after[EMBEDDING])


def test_a_deeper_decoder_begins_with_what_the_shallower_knew(
    make_run: MakeRun, trained: Path, tmp_path: Path
) -> None:
    """And is a MarianMT of so many layers at its end."""
    initial, vocabulary = Initial(str(trained), added_decoder_layers=2), Vocabulary("model")
    run = make_run(SHORT | {"peak": 1e-9}, initial=initial, vocabulary=vocabulary)
    run.checkpoint(tmp_path / "deeper")
    config = json.loads((tmp_path / "deeper/config.json").read_text("utf-8"))
    assert config["decoder_layers"] == 3
    found = [h[0].text for h in Decoder.load(tmp_path / "deeper", threads=1).decode(SOURCES)]
    assert found == ["moon river city", "door book", "door mountain sun market"]


@pytest.mark.parametrize(
    "initial",
    [Initial("random", added_decoder_layers=1), Initial("builtin", added_decoder_layers=-1)],
)
def test_layers_are_added_to_a_checkpoint(make_run: MakeRun, initial: Initial) -> None:
    with pytest.raises(
        InputError, match=f"initial.added_decoder_layers is {initial.added_decoder_layers}"
    ):
        make_run(initial=initial).training  # noqa: B018


@pytest.mark.parametrize("initial", [Initial("random", kept=0.5), Initial("builtin", kept=1.0)])
def test_a_share_is_of_a_checkpoint(make_run: MakeRun, initial: Initial) -> None:
    with pytest.raises(InputError, match=f"initial.kept is {initial.kept:g}"):
        make_run(initial=initial).result()


def test_how_to_search_is_kept(make_run: MakeRun, trained: Path, tmp_path: Path) -> None:
    generation = trained / "generation_config.json"
    changed = tmp_path / "changed"
    shutil.copytree(trained, changed)
    asked = json.loads(generation.read_text("utf-8")) | {"repetition_penalty": 1.2}
    (changed / generation.name).write_text(json.dumps(asked), "utf-8")
    run = make_run(SHORT | {"updates": 4}, initial=Initial(str(changed)))
    run.checkpoint(tmp_path / "made")
    assert json.loads((tmp_path / "made" / generation.name).read_text("utf-8")) == asked
    assert "repetition_penalty" not in (tmp_path / "made/config.json").read_text("utf-8")


def test_scores_are_logged_on_the_way(make_run: MakeRun) -> None:
    run = make_run(SHORT | {"score_minutes": 1e-9, "updates": 2})
    run.train()
    log = [json.loads(line) for line in (run.training / "log.jsonl").read_text().splitlines()]
    assert any("bleu held out" in line and "chrf held out" in line for line in log)
    assert {"nll held out", "nll_average held out", "end"} <= log[-1].keys()


def test_minutes_are_a_budget(make_run: MakeRun) -> None:
    run = make_run({"updates": 0, "minutes": 0.01, "log_updates": 1})
    run.train()
    log = [json.loads(line) for line in (run.training / "log.jsonl").read_text().splitlines()]
    rates = [line["rate"] for line in log if "rate" in line]
    assert log[-1]["share"] == 1
    assert 0.6 <= log[-1]["seconds"] < 10
    assert len(rates) == log[-1]["update"]


def test_a_checkpoint_is_adapted_from_the_command_line(trained: Path, tmp_path: Path) -> None:
    units = "".join(
        f'<tu><tuv xml:lang="en"><seg>my {english}</seg></tuv>'
        f'<tuv xml:lang="ar"><seg>{arabic} لي</seg></tuv></tu>'
        for arabic, english in [("قلم", "pen"), ("نهر", "river"), ("كتاب", "book")] * 40
    )
    # Repeated units are dropped, but for their number: make each one of a kind.
    for number in range(120):
        units = units.replace("my ", f"m{chr(97 + number % 26)}{chr(97 + number // 26)} ", 1)
    (tmp_path / "own.tmx").write_text(f"<tmx><body>{units}</body></tmx>", "utf-8")
    result = CliRunner().invoke(
        finetune,
        [
            *("--bitext", str(tmp_path / "own.tmx"), "--from", str(trained)),
            *("--minutes", "0.02", "--threads", "1"),
            *("--work", str(tmp_path / "work"), "-o", str(tmp_path / "mine")),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text("utf-8")
    assert "It was started from toy (" in card
    assert Decoder.load(tmp_path / "mine", threads=1).decode(["قلم"])[0][0].text


def test_a_recipe_is_run_from_the_command_line(toy: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        f'name = "tiny"\nroot = "{toy.parent}"\n'
        '[[bitext]]\npath = "toy.tsv"\nheld_out = 30\n'
        '[vocabulary]\nsource = "train"\nsize = 320\n'
        '[initial]\nmodel = "random"\nwidth = 32\nheads = 2\nencoder_layers = 1\n'
        "[train]\nupdates = 3\nbatches = 1\n"
        '[[development]]\nname = "held out"\nof = "toy"\n',
        "utf-8",
    )
    command = [str(recipe), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    result = CliRunner().invoke(train, [*command, "--threads", "1"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "pack: 1500 pairs in 2 sets" in result.stderr
    assert "held out: BLEU" in result.stderr
    assert result.stdout.strip() == str(tmp_path / "out")
    assert open_checkpoint(tmp_path / "out").config["d_model"] == 32


def test_held_out_of_one_set_can_be_scored_under_any_name(make_run: MakeRun) -> None:
    run = make_run(development=(Development("x", of="toy"),))
    assert len(run.development["x"]) == 50


def test_a_stage_that_another_run_makes_meanwhile_is_taken_from_it(make_run: MakeRun) -> None:
    run = make_run()

    def build(folder: Path) -> None:
        (folder / "mine").touch()
        (name,) = {f.name for f in run.work.iterdir() if f.name.startswith(".x-")}
        assert name == folder.name
        (run.work / "theirs").mkdir()
        (run.work / "theirs" / "made").touch()
        (run.work / "theirs").rename(folder.parent / expected.name)

    expected = run._stage("x", ["key"], [], lambda folder: None)
    expected.rmdir()
    assert run._stage("x", ["key"], [], build) == expected
    assert [path.name for path in expected.iterdir()] == ["made"]
    assert not list(run.work.glob(".x-*"))


def test_a_baseline_has_the_figures_that_are_asked_for(make_run: MakeRun, trained: Path) -> None:
    for measure, figures in (
        ("translation", ["BLEU", "chrF"]),
        ("spelling", ["top-1", "top-5", "CER"]),
    ):
        development = (Development("held out", of="toy", measure=measure),)
        run = make_run(development=development, initial=Initial(str(trained)))
        assert list(run.baseline[0].figures) == figures
