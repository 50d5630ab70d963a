"""How many names arrive, and what finding and enforcing them costs.

    python benchmarks/names.py recall NAMES.jsonl [--model NAME] [--write all,none,no-places,sure]
    python benchmarks/names.py repair NAMES.jsonl HYPOTHESES...
    python benchmarks/names.py warnings SOURCE TARGET...
    python benchmarks/names.py speed SOURCE
    python benchmarks/names.py found SOURCE [--sample 300]
    python benchmarks/names.py coverage NAMES.jsonl

NAMES.jsonl has an object a line with "ar", "en" and "names". `recall` translates; `repair`
puts right the names in other systems' outputs, line by line; `warnings`
counts what jisr.translate.checks says of given translations (references should raise next to
none); `found` prints what the finder would enforce in a sample, to be read by a person; `coverage`
counts the names of the references that the finder spells as they do, by who vouches for them.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import sacrebleu

from jisr.eval.tokens import locate
from jisr.translate.anchor import write_missed_names
from jisr.translate.checks import check
from jisr.translate.entities import NameFinder, enforce, write_names
from jisr.translate.entities.repair import repair_names
from jisr.translate.text.normalise import normalise_for_model
from jisr.translate.text.parts import join_parts
from jisr.translate.types import Document, Segment

# Which names are written into the source that the translator reads.
WRITTEN = {
    "none": lambda entity: False,
    "all": lambda entity: True,
    "no-places": lambda entity: entity.kind != "LOC" or entity.evidence in ("glossary", "document"),
    "sure": lambda entity: entity.evidence != "transliteration",
}


def segments_of(lines: list[str]) -> tuple[Document, list[Segment]]:
    """Return lines as a document of as many segments."""
    segments, place = [], 0
    for number, line in enumerate(lines):
        segments.append(Segment(number, number, (place, place + len(line)), line))
        place += len(line) + 1
    return Document("\n".join(lines), ()), segments


def read_lines(path: str) -> list[str]:
    """Return the lines of a text file."""
    return Path(path).read_text("utf-8").removesuffix("\n").split("\n")


def read_records(path: str) -> list[dict]:
    """Return the objects of a JSON lines file."""
    return [json.loads(line) for line in read_lines(path)]


def report(title: str, records: list[dict], texts: list[str]) -> None:
    """Print recall of the names (exact, whole words) and BLEU of texts."""
    found = expected = 0
    for record, text in zip(records, texts, strict=True):
        expected += len(record["names"])
        found += sum(s is not None for s in locate([[n] for n in record["names"]], text))
    references = [[record["en"] for record in records]]
    bleu = sacrebleu.corpus_bleu(texts, references).score
    chrf = sacrebleu.corpus_chrf(texts, references).score
    names = f"names {100 * found / expected:5.1f} ({found}/{expected})"
    print(f"{title:40} {names}  BLEU {bleu:5.2f}  chrF {chrf:5.2f}")


def recall(options: argparse.Namespace) -> None:
    """Translate with names written in, and report before and after enforcing."""
    from jisr.models import Decoder
    from jisr.models.registry import find
    from jisr.translate.coverage import Coverage
    from jisr.translate.decode import decode_sources, split_source

    records = read_records(options.names)[: options.limit]
    document, segments = segments_of([record["ar"] for record in records])
    finder = NameFinder.load()
    start = time.perf_counter()
    found = finder.find(document, segments)
    plain = [normalise_for_model(s.text, s.span[0]) for s in segments]
    written = {
        which: [
            write_names(p, [entity for entity in e if WRITTEN[which](entity)])
            for p, e in zip(plain, found, strict=True)
        ]
        for which in options.write.split(",")
    }
    seconds = time.perf_counter() - start
    decoder = Decoder.load(options.model, threads=1)
    search, coverage = replace(decoder.options, n_best=4), Coverage.load(find(options.model).folder)
    for name in options.write.split(","):
        start = time.perf_counter()
        groups = [split_source(decoder, s, e) for s, e in zip(written[name], found, strict=True)]
        parts, names = zip(*(part for group in groups for part in group), strict=True)
        n_bests = decode_sources(decoder, parts, search, coverage)
        decoding = time.perf_counter() - start
        decoded = joined(groups, [h[0].text for h in n_bests])
        report(f"{name} written, as decoded", records, decoded)
        start = time.perf_counter()
        made = [enforce(h, s, e) for h, s, e in zip(n_bests, parts, names, strict=True)]
        report(f"{name} written, enforced", records, joined(groups, [m.text.text for m in made]))
        made = write_missed_names(decoder, search, parts, names, made)
        enforcing = time.perf_counter() - start
        results = joined(groups, [m.text.text for m in made])
        report(f"{name} written, decoded again", records, results)
        statuses = Counter((e.evidence, e.status) for m in made for e in m.entities)
        print("  ", ", ".join(f"{a} {b} {n}" for (a, b), n in sorted(statuses.items())))
        share = (seconds + enforcing) / (seconds + enforcing + decoding)
        print(f"   names layer {100 * share:.1f} % of {seconds + enforcing + decoding:.1f} s")
        if options.out:
            with Path(options.out).open("w", encoding="utf-8") as out:
                for record, before, after in zip(records, decoded, results, strict=True):
                    line = {**record, "decoded": before, "enforced": after}
                    print(json.dumps(line, ensure_ascii=False), file=out)


def joined(groups: list[list], parts: list[str]) -> list[str]:
    """Return translated segments, made of the translations of the parts of each."""
    left = iter(parts)
    return [join_parts([s.text for s, _ in g], list(islice(left, len(g))))[0] for g in groups]


def repair(options: argparse.Namespace) -> None:
    """Put right names in other systems' outputs."""
    from jisr.models.encoder import SentenceEncoder

    records = read_records(options.names)
    document, segments = segments_of([record["ar"] for record in records])
    finder = NameFinder.load()
    encoder = SentenceEncoder.load() if options.encoder else None
    for path in options.hypotheses:
        texts = read_lines(path)
        report(f"{Path(path).name} before", records, texts)
        made = repair_names(document, segments, texts, finder=finder, encoder=encoder)
        report(f"{Path(path).name} after", records, [m.text.text for m in made])
        if options.verbose:
            for record, text, result in zip(records, texts, made, strict=True):
                for entity in result.entities:
                    if entity.status == "repaired":
                        print("  ", entity.surface, entity.canonical, text, record["en"], sep=" | ")


def warnings(options: argparse.Namespace) -> None:
    """Count the warnings that translations raise, names aside."""
    source = read_lines(options.source)
    for path in options.targets:
        counts: Counter[str] = Counter()
        for a, b in zip(source, read_lines(path), strict=True):
            for warning in check(a, b):
                counts[warning.code] += 1
                if options.verbose:
                    print("  ", warning.code, warning.message, a, b, sep=" | ")
        shares = ", ".join(f"{k} {100 * n / len(source):.2f} %" for k, n in counts.most_common())
        print(f"{Path(path).name:32} {shares}")


def speed(options: argparse.Namespace) -> None:
    """Time loading the lexicon and finding names."""
    start = time.process_time()
    finder = NameFinder.load()
    print(f"loading {1000 * (time.process_time() - start):.1f} ms")
    lines = read_lines(options.source)
    for times in (1, 10, 40):
        document, segments = segments_of(lines * times)
        start = time.process_time()
        count = sum(map(len, finder.find(document, segments)))
        seconds = time.process_time() - start
        size = len(document.text.encode("utf-8")) / 1e6
        print(
            f"{size:6.2f} MB {seconds:6.2f} s {1000 * seconds / len(segments):.3f} ms/segment, "
            f"{count} names"
        )


def found(options: argparse.Namespace) -> None:
    """Print the names found in a sample of lines."""
    lines = random.Random(options.seed).sample(read_lines(options.source), options.sample)
    document, segments = segments_of(lines)
    for line, entities in zip(lines, NameFinder.load().find(document, segments), strict=True):
        names = (f"{e.surface} = {e.canonical} ({e.evidence})" for e in entities)
        print("; ".join(names), line, sep="\t")


def coverage(options: argparse.Namespace) -> None:
    """Count the names that the finder spells as the references do; neighbours make longer names."""
    records = read_records(options.names)
    document, segments = segments_of([record["ar"] for record in records])
    counts: Counter[str] = Counter()
    for record, segment, entities in zip(
        records, segments, NameFinder.load().find(document, segments), strict=True
    ):
        text, places, end = "", [], None
        for entity in entities:
            start = entity.source_span[0] - segment.span[0]
            together = end is not None and not segment.text[end:start].strip()
            text += (" " if together else " | ") + entity.canonical
            places.append((len(text), entity.evidence))
            end = entity.source_span[1] - segment.span[0]
        for span in locate([[name] for name in record["names"]], text):
            found = span and next(evidence for place, evidence in places if place >= span[1])
            counts[found or "none"] += 1
    total = counts.total()
    found = total - counts["none"]
    print(f"{100 * found / total:.1f} % ({found}/{total}): {counts.most_common()}")


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("recall")
    command.add_argument("names")
    command.add_argument("--model", default="builtin")
    command.add_argument("--write", default="all", help="a list of " + ", ".join(WRITTEN))
    command.add_argument("--limit", type=int, help="only so many segments")
    command.add_argument(
        "--out", help="write records with translations before and after as JSON lines"
    )
    command.set_defaults(run=recall)
    command = commands.add_parser("repair")
    command.add_argument("names")
    command.add_argument("hypotheses", nargs="+")
    command.add_argument("--encoder", action="store_true", help="let the encoder align the words")
    command.add_argument("--verbose", action="store_true")
    command.set_defaults(run=repair)
    command = commands.add_parser("warnings")
    command.add_argument("source")
    command.add_argument("targets", nargs="+")
    command.add_argument("--verbose", action="store_true")
    command.set_defaults(run=warnings)
    command = commands.add_parser("speed")
    command.add_argument("source")
    command.set_defaults(run=speed)
    command = commands.add_parser("found")
    command.add_argument("source")
    command.add_argument("--sample", type=int, default=300)
    command.add_argument("--seed", type=int, default=1)
    command.set_defaults(run=found)
    command = commands.add_parser("coverage")
    command.add_argument("names")
    command.set_defaults(run=coverage)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    sys.exit(main())
