// Suggestions under a search box while someone types. The box works without any of it.
//
// A combobox with a list of links (WAI-ARIA 1.2): the focus stays in the box, the arrows choose,
// Enter goes where the chosen link leads or, with none chosen, searches for the words; Escape closes.

const WAIT = 120; // milliseconds without a key before asking
const LONGEST = 100; // characters: a longer text is no beginning of a name
const KEPT = 50; // answers kept

/** Asks for the suggestions of a text; one that is no longer wanted is given up. */
function asker(address) {
  const kept = new Map();
  let controller = null;
  return async (text) => {
    controller?.abort();
    if (kept.has(text)) return kept.get(text);
    controller = new AbortController();
    const url = new URL(address, location.origin);
    url.searchParams.set("q", text);
    const answer = await fetch(url, { signal: controller.signal, credentials: "omit" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { groups } = await answer.json();
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
    kept.set(text, groups);
    return groups;
  };
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** One suggestion: a link with its name, how people say it where that was typed, and what it is. */
function option(id, suggestion, kind) {
  const link = element("a", "suggestion");
  link.id = id;
  link.href = suggestion.href;
  link.tabIndex = -1;
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  const name = element("span", "suggestion-name", suggestion.label);
  if (kind === "practice" || kind === "body") name.lang = "it";
  link.append(name);
  if (suggestion.via) link.append(" ", element("span", "suggestion-via", `← ${suggestion.via}`));
  if (suggestion.note) link.append(" ", element("span", "suggestion-note", suggestion.note));
  return link;
}

function fill(list, groups) {
  let count = 0;
  list.replaceChildren(
    ...groups.map(({ kind, label, suggestions }, place) => {
      const group = element("div");
      const heading = element("div", "suggestion-kind", label);
      heading.id = `${list.id}-${place}`;
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", heading.id);
      group.append(heading, ...suggestions.map((one) => option(`${list.id}-o${count++}`, one, kind)));
      return group;
    }),
  );
  return count;
}

/** Makes a combobox of the box `input`; `words` has its sentences and where to ask. */
function combobox(input, words, number) {
  const ask = asker(words.suggest);
  const list = element("div", "suggestions");
  const status = element("span", "visually-hidden");
  let chosen = -1;
  let timer = 0;

  list.id = `suggerimenti-${number}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.name);
  status.setAttribute("role", "status");
  input.after(list, status);
  input.type = "text"; // HTML lets only such a box be a combobox
  input.enterKeyHint = "search";
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
    input.setAttribute(name, value);
  }

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(place) {
    const all = options();
    all[chosen]?.setAttribute("aria-selected", "false");
    chosen = place;
    const link = all[chosen];
    if (!link) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    link.setAttribute("aria-selected", "true");
    link.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", link.id);
  }

  function open(wanted) {
    choose(-1);
    list.hidden = !wanted;
    input.setAttribute("aria-expanded", String(wanted));
  }

  function close() {
    clearTimeout(timer);
    status.textContent = "";
    open(false);
  }

  async function refresh() {
    const text = input.value.trim();
    if (text.length < 2 || text.length > LONGEST) {
      close();
      return;
    }
    let groups;
    try {
      groups = await ask(text);
    } catch {
      return; // given up for a newer one, or not to be had: the box goes on without
    }
    if (text !== input.value.trim() || document.activeElement !== input) return;
    const count = fill(list, groups);
    open(count > 0);
    status.textContent = count === 1 ? words.one : count ? words.many.replace("#", count) : words.none;
  }

  /** The next place down or up; past either end lies the box itself. */
  function step(by) {
    const count = options().length + 1;
    choose(((chosen + 1 + by + count) % count) - 1);
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(refresh, WAIT);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const shown = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!shown) refresh();
      else if (!event.altKey) step(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "ArrowUp") close();
    } else if (event.key === "Escape" && shown) {
      close();
    } else if (event.key === "Enter" && shown && chosen >= 0) {
      options()[chosen].click();
    } else {
      if (event.key === "Enter" || event.key === "Tab") close();
      return;
    }
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
  input.form?.addEventListener("submit", close);
  window.addEventListener("pagehide", close);
}

const words = document.querySelector("[data-suggest]")?.dataset;
if (words) {
  document.querySelectorAll("input[type=search][name=q]").forEach((input, number) => combobox(input, words, number));
}
