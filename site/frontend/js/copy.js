// The search of a copy of the catalogue that no server stands behind: it orders the list that is on
// the page, and says why each practice is there. Without a script the list is whole.

import { Ranking, fold } from "./ranking.js";

const SHOWN = 3; // reasons of a practice
const WAIT = 200; // milliseconds without a key before searching

/** One reason: what it is, and the words of the text that it rests on. */
function reason(label, name, words, by) {
  const line = document.createElement("li");
  line.append(`${label}: `);
  if (name) line.append(`${name} `);
  if (by) line.append(`← ${by} `);
  [...new Set(words)].forEach((word, place) => {
    const mark = document.createElement("mark");
    mark.textContent = word;
    line.append(place ? ", " : "", mark);
  });
  return line;
}

/** Why a practice was found, at most `SHOWN` reasons: the topic first, then where its words are. */
function reasons({ topic, where }, data, words) {
  const place = words.lang === "en" ? 1 : 0;
  const lines = topic ? [reason(words.topic, topic.names[place], topic.words, words.by)] : [];
  const fields = new Map();
  for (const [field, word] of where) fields.set(field, [...(fields.get(field) ?? []), word]);
  for (const field of [...fields.keys()].sort((a, b) => a - b)) {
    lines.push(reason(data.fields[field][place], "", fields.get(field)));
  }
  return lines.slice(0, SHOWN);
}

function start(form, data) {
  const ranking = new Ranking(data);
  const words = form.dataset;
  const box = form.querySelector("input");
  const all = form.querySelector("button[type=reset]").parentElement;
  const list = document.querySelector(".practice-list");
  const status = document.querySelector("[role=status]");
  const items = new Map([...list.children].map((item) => [item.dataset.slug, item]));
  const titles = new Map([...items].map(([slug, item]) => [slug, fold(item.querySelector("h2").textContent.trim())]));
  const whole = status.innerHTML;
  let timer = 0;

  function clear() {
    for (const item of items.values()) item.querySelector(".why")?.remove();
  }

  function everything() {
    clear();
    list.replaceChildren(...items.values());
    status.innerHTML = whole;
    all.hidden = true;
  }

  function said(sentence, text, count) {
    status.textContent = sentence.replace("@", count).replace("#", () => text);
  }

  function search() {
    clearTimeout(timer);
    const text = box.value.trim();
    if (!text) return everything();
    clear();
    const found = ranking.search(text);
    const wanted = fold(text);
    const results = found.results.filter(({ slug }) => items.has(slug));
    results.sort((a, b) => (titles.get(b.slug) === wanted) - (titles.get(a.slug) === wanted));
    list.replaceChildren(
      ...results.map((one) => {
        const item = items.get(one.slug);
        const why = document.createElement("ul");
        why.className = "why";
        why.append(...reasons(one, data, words));
        if (why.children.length) item.querySelector("article").append(why);
        return item;
      }),
    );
    all.hidden = false;
    if (!found.words) said(words.wordless, text);
    else if (!results.length) said(words.none, text);
    else if (!found.sure) said(words.closest, text);
    else said(results.length === 1 ? words.one : words.many, text, results.length);
  }

  form.hidden = false;
  document.querySelector("[data-copy-without]").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  form.addEventListener("reset", () => setTimeout(() => { everything(); box.focus(); }));
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    box.value = asked.slice(0, box.maxLength);
    search();
  }
}

const form = document.querySelector("[data-copy-search]");
if (form && window.TALEA_INDICE) start(form, window.TALEA_INDICE);
