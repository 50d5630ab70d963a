"""How well the names of the source arrive in the translations.

- *Recall*: share of the expected names that stand in the hypothesis, in whole words, in their
  case (exact) or whatever their case, accents and punctuation (folded); each place serves one
  name, so a name expected twice must stand there twice.
- *M-ETA* (SemEval-2025 task 2; https://github.com/SapienzaNLP/ea-mt-eval, entity_eval.ipynb): an
  instance is right if one of its mentions is a substring of the hypothesis, case folded. It knows
  no words: "Oman" is in "woman". Given for comparison with published figures.
- *Terminology accuracy* (WMT 2021, https://github.com/mahfuzibnalam/terminology_evaluation, exact
  match): the exact recall of glossary terms.
- *Consistency*: of the mentions of names repeated in a document for which the hypothesis has a
  form, the share that use the document's commonest one.
- *Precision of enforced names*: of the names that jisr vouches for in its output (kept or
  repaired), the share that stand in the reference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from jisr.eval.metrics import Inputs
from jisr.eval.namelist import Name
from jisr.eval.tokens import locate, token_spans
from jisr.translate.types import Entity

__all__ = [
    "Missed",
    "NameScores",
    "NamesMetric",
    "Share",
    "consistency",
    "count_names",
    "enforced_precision",
    "m_eta",
    "score_names",
]

_SIMILAR = 0.65  # at least so like its canonical spelling is a form of a name (difflib's ratio)


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `total`; its value is in percent, None where there is nothing to count."""

    right: int
    total: int

    @property
    def value(self) -> float | None:
        """Return the share in percent."""
        return 100 * self.right / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Missed:
    """A name that is not in a hypothesis; `found` is what stands there instead, if alike."""

    segment: int
    name: Name
    found: str


@dataclass(frozen=True, slots=True)
class NameScores:
    """A system's figures for names; `kinds` and `evidence` split the exact recall."""

    exact: Share
    folded: Share
    m_eta: Share
    terminology: Share
    consistency: Share
    kinds: dict[str, Share]
    evidence: dict[str, Share]
    missed: tuple[Missed, ...]
    enforced: dict[str, Share]


class NamesMetric:
    """Recall of names (0-100) over all segments together; a jisr.eval.metrics.Metric."""

    def __init__(self, names: Sequence[Sequence[Name]], *, folded: bool = False):
        """Keep the expected names, one sequence a segment."""
        self._names = names
        self._folded = folded
        self.key = "names-folded" if folded else "names"
        self.label = "Names (folded)" if folded else "Names"
        case = "folded" if folded else "mixed"
        total = sum(map(len, names))
        self.signature = f"names:{total}|match:words|case:{case}|version:jisr {version('jisr')}"
        self.higher_is_better = True

    def statistics(self, hypotheses: Sequence[str]) -> NDArray[np.float64]:
        """Return found and expected names of each segment, (num_segments, 2)."""
        return np.array(count_names(self._names, hypotheses, folded=self._folded), np.float64)

    def corpus_score(self, statistics: NDArray[np.float64]) -> float:
        """Return the recall over all segments."""
        return float(self.scores(statistics.sum(axis=0)))

    def scores(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the recall of sums, (..., 2) -> (...); NaN where no name is expected."""
        found, expected = sums[..., 0], sums[..., 1]
        return 100 * np.where(expected > 0, found / np.where(expected > 0, expected, 1), np.nan)

    def segment_scores(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the recall of each segment."""
        return self.scores(statistics)

    def details(self, statistics: NDArray[np.float64]) -> dict[str, float]:
        """Return found and expected names."""
        found, expected = statistics.sum(axis=0)
        return {"found": float(found), "expected": float(expected)}


def score_names(
    inputs: Inputs,
    hypotheses: Sequence[str],
    *,
    documents: Sequence[str] | None = None,
    entities: Sequence[Sequence[Entity]] | None = None,
) -> NameScores:
    """Return all figures of one system; inputs (names, references) and hypotheses correspond.

    documents: an id a segment; without it all segments are one document.
    entities: what jisr says of the names in its own output, for the precision of enforced names.
    """
    names = inputs.names or ()
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    evidence: dict[str, Counter[bool]] = defaultdict(Counter)
    missed = []
    for number, (expected, text) in enumerate(zip(names, hypotheses, strict=True)):
        for name, span in zip(expected, _locate(expected, text), strict=True):
            kinds[name.kind][span is not None] += 1
            evidence[name.evidence][span is not None] += 1
            if span is None:
                missed.append(Missed(number, name, closest_form(name, text)))
    shares = {key: _share(counts) for key, counts in sorted(evidence.items())}
    return NameScores(
        exact=_total(count_names(names, hypotheses)),
        folded=_total(count_names(names, hypotheses, folded=True)),
        m_eta=m_eta(names, hypotheses),
        terminology=shares.get("glossary", Share(0, 0)),
        consistency=consistency(names, hypotheses, documents),
        kinds={key: _share(counts) for key, counts in sorted(kinds.items())},
        evidence=shares,
        missed=tuple(missed),
        enforced={} if entities is None else enforced_precision(entities, inputs.references),
    )


def count_names(
    names: Sequence[Sequence[Name]], hypotheses: Sequence[str], *, folded: bool = False
) -> list[tuple[int, int]]:
    """Return (found, expected) of each segment: the sufficient statistics of recall."""
    return [
        (sum(span is not None for span in _locate(expected, text, folded=folded)), len(expected))
        for expected, text in zip(names, hypotheses, strict=True)
    ]


def m_eta(names: Sequence[Sequence[Name]], hypotheses: Sequence[str]) -> Share:
    """Return M-ETA, every expected name an instance, its forms the accepted mentions."""
    right = total = 0
    for expected, text in zip(names, hypotheses, strict=True):
        folded = text.casefold()
        total += len(expected)
        right += sum(any(form.casefold() in folded for form in name.forms) for name in expected)
    return Share(right, total)


def consistency(
    names: Sequence[Sequence[Name]],
    hypotheses: Sequence[str],
    documents: Sequence[str] | None = None,
) -> Share:
    """Return how many mentions of repeated names use the commonest form of their document.

    A mention without any form alike (a pronoun, an omission) is not counted, nor is a name of
    which fewer than two mentions remain.
    """
    forms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    ids = documents or [""] * len(hypotheses)
    for expected, text, document in zip(names, hypotheses, ids, strict=True):
        for name in expected:
            form = closest_form(name, text)
            if form:
                forms[document, name.canonical][form] += 1
    repeated = [counts for counts in forms.values() if counts.total() > 1]
    return Share(sum(max(c.values()) for c in repeated), sum(c.total() for c in repeated))


def closest_form(name: Name, text: str) -> str:
    """Return how the text writes a name: a form of it, or the words most like one, or ""."""
    spans = token_spans(text)
    best, best_span = _SIMILAR, (0, 0)
    for form in name.forms:
        size = len(token_spans(form))
        matcher = SequenceMatcher(b=form.casefold(), autojunk=False)
        for length in range(max(size - 1, 1), size + 2):
            for first, last in zip(spans, spans[length - 1 :], strict=False):
                window = text[first[0] : last[1]]
                if window == form:
                    return form
                if not (window[0].isalnum() and window[-1].isalnum()):
                    continue
                matcher.set_seq1(window.casefold())
                if min(matcher.real_quick_ratio(), matcher.quick_ratio()) > best:
                    ratio = matcher.ratio()
                    if ratio > best:
                        best, best_span = ratio, (first[0], last[1])
    return text[slice(*best_span)]


def enforced_precision(
    entities: Sequence[Sequence[Entity]], references: Sequence[Sequence[str]]
) -> dict[str, Share]:
    """Return, by status (kept, repaired), how many enforced names stand in a reference, folded."""
    counts: dict[str, Counter[bool]] = {"kept": Counter(), "repaired": Counter()}
    for segment, *texts in zip(entities, *references, strict=True):
        enforced = [e for e in segment if e.status in counts and e.evidence != "translator"]
        forms = [[entity.canonical] for entity in enforced]
        places = [locate(forms, text, folded=True) for text in texts]
        for entity, *spans in zip(enforced, *places, strict=True):
            counts[entity.status][any(span is not None for span in spans)] += 1
    return {status: _share(count) for status, count in counts.items()}


def _locate(
    expected: Sequence[Name], text: str, *, folded: bool = False
) -> list[tuple[int, int] | None]:
    return locate([name.forms for name in expected], text, folded=folded)


def _share(counts: Counter[bool]) -> Share:
    return Share(counts[True], counts.total())


def _total(counts: Iterable[tuple[int, int]]) -> Share:
    pairs = list(counts)
    return Share(sum(found for found, _ in pairs), sum(expected for _, expected in pairs))
