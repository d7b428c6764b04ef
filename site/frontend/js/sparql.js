// The editor of the page /sparql, and its buttons to copy. The page works without any of it.
//
// The editor stands in a shadow tree: its styles are then constructed style sheets, which the
// Content-Security-Policy of the site allows, where a <style> element would be refused.

import { autocompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { EditorState, Prec, StateField } from "@codemirror/state";
import { Decoration, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completeFrom } from "./completion.js";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "#00613f", fontWeight: "700" },
  { tag: [tags.standard(tags.variableName), tags.operatorKeyword], color: "#00613f" },
  { tag: tags.local(tags.variableName), color: "#0b4a8f" },
  { tag: tags.atom, color: "#7a1f63" },
  { tag: [tags.string, tags.meta], color: "#8a3b00" },
  { tag: tags.comment, color: "#4a5c53", fontStyle: "italic" },
]);

const THEME = EditorView.theme({
  "&": {
    border: "1px solid var(--edge)",
    borderRadius: "var(--radius)",
    background: "#fff",
    color: "var(--ink)",
    fontSize: "0.9375rem",
  },
  "&.cm-focused": { outline: "3px solid var(--ink)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "10rem", maxHeight: "36rem", overflow: "auto" },
  ".cm-content": { padding: "0.5rem 0" },
  ".cm-gutters": { background: "var(--wash)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-wrong-line": { background: "var(--red-wash)" },
  ".cm-wrong": { outline: "2px solid var(--red)", background: "#fff" },
  ".cm-tooltip": { border: "1px solid var(--edge)", background: "#fff", fontFamily: "var(--mono)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", fontFamily: "var(--mono)" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.25rem 0.5rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--green)", color: "#fff" },
  ".cm-completionDetail": { fontFamily: "system-ui, sans-serif", fontStyle: "normal", marginLeft: "0.75rem" },
});

/** The position of a line and a column that count characters from 1; the nearest one there is. */
function positionOf(doc, line, column) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...found.text].slice(0, Math.max(column, 1) - 1).join(""); // a character may be two units
  return found.from + before.length;
}

/** Marks the place of a mistake until the text is changed. */
function mistake(doc, line, column) {
  const at = positionOf(doc, line, column);
  const within = doc.lineAt(at);
  const end = Math.min(at + 1, within.to);
  const marks = [Decoration.line({ class: "cm-wrong-line" }).range(within.from)];
  if (end > at) marks.push(Decoration.mark({ class: "cm-wrong" }).range(at, end));
  return StateField.define({
    create: () => Decoration.set(marks),
    update: (shown, transaction) => (transaction.docChanged ? Decoration.none : shown),
    provide: (field) => EditorView.decorations.from(field),
  });
}

/** Puts an editor in the place of the text area of `form`, which keeps what is sent. */
function edit(form) {
  const area = form.querySelector("textarea");
  const label = form.querySelector(`label[for="${area.id}"]`);
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  area.after(host);
  const doc = EditorState.create({ doc: area.value }).doc;
  const run = () => {
    form.requestSubmit();
    return true;
  };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc,
      extensions: [
        // Tab is left alone, so that it leads out of the editor.
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }, { key: "Ctrl-Space", run: startCompletion }])),
        keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        bracketMatching(),
        EditorView.lineWrapping,
        StreamLanguage.define(sparql),
        syntaxHighlighting(COLOURS),
        THEME,
        autocompletion({ override: [completeFrom(form.dataset.terms, form.dataset.lang)], icons: false, maxRenderedOptions: 10 }),
        form.dataset.line ? mistake(doc, Number(form.dataset.line), Number(form.dataset.column)) : [],
        EditorView.contentAttributes.of({
          "aria-label": label.textContent.trim(),
          tabindex: "0",
          ...(area.hasAttribute("aria-invalid") && { "aria-invalid": "true" }),
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) area.value = update.state.doc.toString();
        }),
      ],
    }),
  });
  describe(view.contentDOM, area);
  form.addEventListener("submit", () => {
    area.value = view.state.doc.toString(); // whatever the browser restored in it meanwhile
  });
  area.hidden = true;
  form.querySelector(".excerpt")?.remove(); // the editor marks the place itself
  document.fonts.ready.then(() => view.requestMeasure());
  area.required = false; // the browser cannot point at a field that is not seen
  form.querySelector("#query-keys").hidden = false;
  label.addEventListener("click", (event) => {
    event.preventDefault();
    view.focus();
  });
  if (form.dataset.line) {
    const anchor = positionOf(doc, Number(form.dataset.line), Number(form.dataset.column));
    view.dispatch({ selection: { anchor }, scrollIntoView: true });
  }
}

/** What describes the text area describes the editor too, where a shadow tree may point out of itself. */
function describe(content, area) {
  const ids = `${area.getAttribute("aria-describedby") ?? ""} query-keys`.trim().split(/\s+/);
  if ("ariaDescribedByElements" in content) {
    content.ariaDescribedByElements = ids.map((id) => document.getElementById(id)).filter(Boolean);
  }
}

/** A button beside each text that is made to be copied. */
function copyButtons(section) {
  for (const source of section.querySelectorAll("[data-copy-text]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-outline copy";
    button.textContent = section.dataset.copy;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    said.className = "visually-hidden";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = said.textContent = section.dataset.copied;
      setTimeout(() => {
        button.textContent = section.dataset.copy;
        said.textContent = "";
      }, 2000);
    });
    source.after(button, said);
  }
}

// Without constructed style sheets the editor would have no styles: the text area stays.
if ("adoptedStyleSheets" in document) {
  for (const form of document.querySelectorAll(".query-form")) edit(form);
}
if (navigator.clipboard) {
  for (const section of document.querySelectorAll("[data-copy]")) copyButtons(section);
}
