
"use strict";
// Lights the words that belong together and shows what is known of a name. That a sentence lights
// its partner is the style's work, and all that is said of a name stands in the list of names: the
// page needs this script for comfort only. Words are lit as highlights, without touching the text.
{
  const main = document.querySelector("main");
  const card = document.getElementById("card");
  const spoken = document.getElementById("spoken");
  const highlights = CSS.highlights; // undefined in old browsers, where words stay dark
  const SIDES = ["source", "target"];

  // --- words: data-words reads "skip length skip length …|skip length …|source-target …"

  const known = new WeakMap();

  const spansOf = (steps) => {
    const numbers = steps.split(" ").map(Number);
    const spans = [];
    for (let i = 0, place = 0; i + 1 < numbers.length; i += 2) {
      const start = place + numbers[i];
      place = start + numbers[i + 1];
      spans.push([start, place]);
    }
    return spans;
  };

  const wordsOf = (bead) => {
    if (!known.has(bead)) {
      const [source, target, links] = (bead.dataset.words ?? "||").split("|");
      known.set(bead, {
        spans: [spansOf(source), spansOf(target)],
        links: links.split(" ").map((link) => link.split("-").map(Number)),
      });
    }
    return known.get(bead);
  };

  const sideOf = (sentence) => SIDES.findIndex((side) => sentence.classList.contains(side));
  const sentenceOf = (bead, side) => bead.querySelector("." + SIDES[side]);

  const rangeOf = (sentence, [start, end]) => {
    const range = new Range();
    const texts = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
    let begun = false;
    for (let place = 0, node; (node = texts.nextNode()); place += node.length) {
      if (!begun && start < place + node.length) {
        range.setStart(node, start - place);
        begun = true;
      }
      if (end <= place + node.length) {
        range.setEnd(node, end - place);
        break;
      }
    }
    return range;
  };

  // --- light

  let lit = null; // {sentence, index, partners}

  const dim = () => {
    highlights?.clear();
    lit = null;
  };

  const light = (sentence, index) => {
    if (lit?.sentence === sentence && lit.index === index) return;
    const bead = sentence.parentElement;
    const side = sideOf(sentence);
    const { spans, links } = wordsOf(bead);
    const partners = links.filter((link) => link[side] === index).map((link) => link[1 - side]);
    const other = sentenceOf(bead, 1 - side);
    const word = rangeOf(sentence, spans[side][index]);
    const ranges = partners.map((partner) => rangeOf(other, spans[1 - side][partner]));
    highlights?.set("word", new Highlight(word));
    highlights?.set("partner", new Highlight(...ranges));
    lit = { sentence, index, partners, say: `${word}: ${ranges.join(", ")}` };
  };

  const caretAt = (x, y) => {
    const caret = document.caretPositionFromPoint?.(x, y);
    if (caret) return [caret.offsetNode, caret.offset];
    const range = document.caretRangeFromPoint?.(x, y);
    return range ? [range.startContainer, range.startOffset] : [null, 0];
  };

  // A caret stands between two characters, so the word on either side of it may be the one meant.
  const wordAt = (sentence, x, y) => {
    const [node, offset] = caretAt(x, y);
    if (!sentence.contains(node)) return -1;
    const before = new Range();
    before.setStart(sentence, 0);
    before.setEnd(node, offset);
    const place = before.toString().length;
    return wordsOf(sentence.parentElement).spans[sideOf(sentence)].findIndex(
      (span) =>
        span[0] <= place &&
        place <= span[1] &&
        [...rangeOf(sentence, span).getClientRects()].some(
          (box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom,
        ),
    );
  };

  const lightAt = (event) => {
    const sentence = event.target.closest(".source, .target");
    const index = sentence ? wordAt(sentence, event.clientX, event.clientY) : -1;
    if (index < 0) dim();
    else light(sentence, index);
  };

  main.addEventListener("pointermove", (event) => event.buttons || lightAt(event));
  main.addEventListener("pointerleave", dim);
  main.addEventListener("click", lightAt); // a tap

  // --- selecting: what begins in one language stays in it, so that copies are clean

  document.addEventListener("pointerdown", (event) => {
    const sentence = event.target.closest("main .source, main .target");
    main.dataset.selecting = sentence ? SIDES[sideOf(sentence)] : "";
  });

  // --- keys: up and down go from sentence to sentence, left and right from word to word

  const focus = (sentence) => {
    sentence.tabIndex = -1;
    sentence.focus();
  };

  const toSentence = (bead, side, step) => {
    const next = document.getElementById(`s${Number(bead.id.slice(1)) + step}`);
    if (!next) return;
    dim();
    focus(sentenceOf(next, side));
  };

  const toWord = (bead, side, step) => {
    const sentence = sentenceOf(bead, side);
    const last = wordsOf(bead).spans[side].length - 1;
    if (last < 0) return;
    const index = lit?.sentence === sentence ? lit.index + step : step > 0 ? 0 : last;
    focus(sentence);
    light(sentence, Math.min(Math.max(index, 0), last));
    spoken.textContent = lit.say;
  };

  const toOtherSide = (bead, side) => {
    const partner = lit?.partners[0];
    dim();
    focus(sentenceOf(bead, 1 - side));
    if (partner !== undefined) light(sentenceOf(bead, 1 - side), partner);
  };

  main.addEventListener("keydown", (event) => {
    const bead = event.target.closest(".bead");
    if (!bead || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const sentence = event.target.closest(".source, .target");
    const side = sentence ? sideOf(sentence) : 0;
    const forward = sentenceOf(bead, side).dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === "ArrowDown") toSentence(bead, side, 1);
    else if (event.key === "ArrowUp") toSentence(bead, side, -1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight")
      toWord(bead, side, event.key === forward ? 1 : -1);
    else if (event.key === "Enter" && event.target === sentence) toOtherSide(bead, side);
    else return;
    event.preventDefault();
  });

  // --- names: a card, on hover, focus and tap; a second tap, click or Enter goes to the list

  let shown = null; // the link whose card is open
  let hiding = 0;

  const hide = () => {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  };

  const show = (name) => {
    clearTimeout(hiding);
    hide();
    card.querySelector("bdi").textContent = document.querySelector(`${name.hash} th`).textContent;
    card.querySelector("span").textContent = name.dataset.about;
    card.hidden = false;
    const box = name.getClientRects()[0];
    const below = box.bottom + card.offsetHeight + 8 < innerHeight;
    const top = below ? box.bottom + 6 : box.top - card.offsetHeight - 6;
    const start = name.closest("[dir]").dir === "rtl" ? box.right - card.offsetWidth : box.left;
    const left = Math.min(start, document.documentElement.clientWidth - card.offsetWidth - 8);
    card.style.top = `${top + scrollY}px`;
    card.style.left = `${Math.max(left, 8) + scrollX}px`;
    name.setAttribute("aria-describedby", "card");
    shown = name;
  };

  const hideSoon = () => {
    clearTimeout(hiding);
    hiding = setTimeout(hide, 250);
  };

  const nameOf = (event) => event.target.closest("main .name");
  let tapped = null; // the name that a finger touched while its card was closed

  main.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    if (nameOf(event)) show(nameOf(event));
    else if (shown) hideSoon();
  });
  main.addEventListener("pointerdown", (event) => {
    tapped = event.pointerType === "touch" && nameOf(event) !== shown ? nameOf(event) : null;
  });
  main.addEventListener("click", (event) => {
    if (tapped && tapped === nameOf(event)) {
      event.preventDefault();
      show(tapped);
    }
  });
  main.addEventListener("focusin", (event) => nameOf(event) && show(nameOf(event)));
  main.addEventListener("focusout", hideSoon);
  main.addEventListener("pointerleave", hideSoon);
  card.addEventListener("pointerenter", () => clearTimeout(hiding));
  card.addEventListener("pointerleave", hideSoon);
  document.addEventListener("pointerdown", (event) => shown && !nameOf(event) && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && (hide(), dim()));

  const hasWords = main.querySelector("[data-words]");
  if (highlights && hasWords) document.documentElement.classList.add("words");
}
