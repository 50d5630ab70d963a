
"use strict";
// Sorts and filters the segments. Without it the page shows them worst first.
{
  const list = document.getElementById("list");
  const order = document.getElementById("order");
  const find = document.getElementById("find");
  const count = document.getElementById("count");
  const segments = [...list.children].map((article, place) => {
    const scores = article.dataset.scores.split(" ").map((text) => (text ? Number(text) : NaN));
    const known = scores.filter((score) => !Number.isNaN(score));
    return {
      article,
      scores,
      mean: place, // the order in which the page was written
      spread: known.length ? Math.min(...known) - Math.max(...known) : 0,
      id: Number(article.id.slice(1)),
      text: article.textContent.toLowerCase(),
    };
  });

  const valueOf = (segment) => {
    if (order.value in segment) return segment[order.value];
    const score = segment.scores[order.value];
    if (Number.isNaN(score)) return Infinity;
    return list.dataset.worst === "low" ? score : -score;
  };

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0); // Infinity - Infinity is no number

  const sort = () => {
    segments.sort((a, b) => compare(valueOf(a), valueOf(b)) || a.id - b.id);
    list.append(...segments.map((segment) => segment.article));
  };

  const filter = () => {
    const words = find.value.toLowerCase().trim();
    let shown = 0;
    for (const { article, text } of segments) {
      article.hidden = !text.includes(words);
      shown += !article.hidden;
    }
    count.textContent = words ? `${shown} found` : "";
  };

  order.addEventListener("change", sort);
  find.addEventListener("input", filter);
  order.form.addEventListener("submit", (event) => event.preventDefault());
  order.form.hidden = false;
}
