// What the editor proposes: words of SPARQL, variables of the query, prefixes, classes, properties.

const WORDS = (
  "ASK BIND CONSTRUCT COUNT DESCRIBE DISTINCT EXISTS FILTER FROM GRAPH GROUP BY HAVING LIMIT MINUS NOT OFFSET " +
  "OPTIONAL ORDER BY PREFIX SELECT UNION VALUES WHERE AVG MAX MIN SUM SAMPLE GROUP_CONCAT BOUND COALESCE CONCAT " +
  "CONTAINS DATATYPE IF LANG LCASE REGEX REPLACE ROUND STR STRLEN STRSTARTS UCASE YEAR"
)
  .replaceAll(" BY", "_BY")
  .split(" ")
  .map((word) => ({ label: word.replace("_BY", " BY"), type: "keyword" }));

const KINDS = { class: { type: "class", boost: 1 }, property: { type: "property" } };
const NONE = { prefixes: {}, terms: [] };

/** Whether a text declares a prefix. */
function declares(text, prefix) {
  return new RegExp(`\\bPREFIX\\s+${prefix}:`, "i").test(text);
}

/** Inserts a name, and the declaration of its prefix at the top where the query has none. */
function applyName(name, prefixes) {
  const prefix = name.slice(0, name.indexOf(":"));
  return (view, _completion, from, to) => {
    const changes = [{ from, to, insert: name }];
    let shift = 0;
    if (prefixes[prefix] && !declares(view.state.doc.toString(), prefix)) {
      const line = `PREFIX ${prefix}: <${prefixes[prefix]}>\n`;
      changes.unshift({ from: 0, insert: line });
      shift = line.length;
    }
    view.dispatch({ changes, selection: { anchor: from + shift + name.length }, userEvent: "input.complete" });
  };
}

function names({ prefixes, terms }, lang) {
  return terms.map((term) => ({
    label: term.name,
    detail: term[lang],
    ...KINDS[term.kind],
    apply: applyName(term.name, prefixes),
  }));
}

/** The terms by what they are called in words, where their name does not have what was typed. */
function byWords({ prefixes, terms }, lang, typed) {
  const wanted = typed.toLowerCase();
  return terms
    .filter((term) => wanted.length > 2 && !term.name.toLowerCase().includes(wanted))
    .map((term) => ({
      label: term[lang],
      displayLabel: term.name,
      detail: term[lang],
      ...KINDS[term.kind],
      boost: -1,
      apply: applyName(term.name, prefixes),
    }));
}

function declarations({ prefixes }) {
  return Object.entries(prefixes).map(([prefix, space]) => ({
    label: `${prefix}: <${space}>`,
    type: "namespace",
  }));
}

function variables(text) {
  return [...new Set(text.match(/[?$]\w+/g) ?? [])].map((label) => ({ label, type: "variable" }));
}

/** Where the cursor is inside a string, a comment or an IRI, nothing is proposed. */
function inText(before) {
  const line = before.replace(/\\./g, "").replace(/"[^"]*"|'[^']*'|<[^>\s]*>/g, "");
  return /["'#]|<\S*$/.test(line);
}

/** A source of completions that asks `address` for its terms once, when they are first wanted. */
export function completeFrom(address, lang) {
  let asked;
  const terms = () => {
    asked ??= fetch(address)
      .then((answer) => (answer.ok ? answer.json() : NONE))
      .catch(() => NONE);
    return asked;
  };
  return async (context) => {
    const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
    if (inText(before)) return null;
    const declared = context.matchBefore(/\bPREFIX\s+[\w-]*/i);
    if (declared) {
      const from = context.pos - /[\w-]*$/.exec(before)[0].length;
      return { from, options: declarations(await terms()), validFor: /^[\w-]*$/ };
    }
    const word = context.matchBefore(/[?$]?[\w-]*:?[\w-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    if (/^[?$]/.test(word.text)) {
      const others = context.state.doc.toString().replace(word.text, "");
      return { from: word.from, options: variables(others), validFor: /^[?$]\w*$/ };
    }
    const known = await terms();
    if (word.text.includes(":")) return { from: word.from, options: names(known, lang), validFor: /^[\w-]*:[\w-]*$/ };
    const options = [...names(known, lang), ...WORDS, ...byWords(known, lang, word.text)];
    return { from: word.from, options };
  };
}
