// Ranks practices for a text, with no server and no model: the search of Talea by words and by the
// everyday labels of its concepts, on the data that talea_catalogue/search/portable.py writes.
//
// The figures are those of `fusion.py`, `ranking.py` and `space.py`, where each is explained.

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
const ENDING = 5; // letters that a word may have after its stem
const SHORTEST = 3; // letters of the shortest stem that a longer word is looked up by
const MAX_WORDS = 64; // words of a text that count
const MOST = 15; // concepts that a text is linked to at most
const NEAR_ENOUGH = 0.3; // the part of the best score from which a practice is found
const CLOSEST = 10; // practices shown where none seems relevant
const SLIP_FROM = 5; // letters of a word that may have a slip

const number = (text) => [...text].reduce((sum, digit) => sum * 64 + DIGITS.indexOf(digit), 0);
const rarity = (every, having) => Math.log(1 + (every - having + 0.5) / (having + 0.5));

/** A text in lower case, without accents. */
export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Standard scores; zero where nothing varies. */
function standard(values) {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + one * one, 0) / values.length - mean * mean;
  const spread = Math.sqrt(variance);
  return values.map((one) => (variance < 1e-12 ? 0 : (one - mean) / spread));
}

/** Whether one letter more, less or other, or two exchanged, makes `a` of `b`. */
function oneSlip(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

export class Ranking {
  constructor(data) {
    this.data = data;
    this.many = data.practices.length;
    this.terms = new Map(data.terms.split(" ").map((term, place) => [term, place]));
    this.irregular = new Map();
    for (const [term, words] of Object.entries(data.irregular)) {
      for (const word of words.split(" ")) this.irregular.set(word, term);
    }
    this.concept = data.owner.flatMap((count, concept) => Array(count).fill(concept));
    this.labels = this.concept.length;
    this.weight = new Float64Array(this.labels); // of each label: how rare its stems are together
    for (const place of this.terms.values()) {
      const having = this.spoken(place);
      for (const label of having) this.weight[label] += rarity(this.labels, having.length);
    }
    this.held = new Set(data.ties.flatMap((ties) => ties.filter((_, place) => place % 3 === 0)));
  }

  /** The labels that have a stem, by its place. */
  spoken(place) {
    const { broad, spoken } = this.data;
    const found = [];
    for (let at = 0; at < spoken[place].length; at += broad) found.push(number(spoken[place].slice(at, at + broad)));
    return found;
  }

  /** The practices that have a stem, by its place: row -> [BM25, field]. */
  postings(place) {
    const { wide, most, postings } = this.data;
    const text = postings[place];
    const found = new Map();
    for (let at = 0; at < text.length; at += wide + 2) {
      const level = DIGITS.indexOf(text[at + wide]) / (DIGITS.length - 1);
      found.set(number(text.slice(at, at + wide)), [level * level * most, DIGITS.indexOf(text[at + wide + 1])]);
    }
    return found;
  }

  /** The stem of a folded word: null for a stop word, the word itself where nothing has it. */
  stem(word) {
    if (this.irregular.has(word)) return this.irregular.get(word) || null;
    for (let end = word.length; end >= Math.max(SHORTEST, word.length - ENDING); end -= 1) {
      if (this.terms.has(word.slice(0, end))) return word.slice(0, end);
    }
    if (this.terms.has(word)) return word;
    if (word.length < SLIP_FROM) return word;
    for (let end = word.length; end >= Math.max(SLIP_FROM - 1, word.length - 3); end -= 1) {
      const beginning = word.slice(0, end);
      for (const term of this.terms.keys()) if (term.length >= SLIP_FROM - 1 && oneSlip(beginning, term)) return term;
    }
    return word;
  }

  /** The distinct stems of a text, each with the word as it was typed. */
  read(text) {
    const plain = text.normalize("NFC").replace(/(?<![\p{L}\p{N}_])(?:[\p{L}\p{N}]\.){3,}[\p{L}\p{N}]?/gu, (dotted) => `${dotted.replaceAll(".", "")} `);
    const found = new Map();
    for (const word of (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, MAX_WORDS)) {
      const stem = this.stem(fold(word));
      if (stem !== null && !found.has(stem)) found.set(stem, word);
    }
    return found;
  }

  /** How well the best label of each concept and the text cover each other, and by which words. */
  byWords(read) {
    const shared = new Map();
    let total = 0;
    for (const [stem, word] of read) {
      const having = this.terms.has(stem) ? this.spoken(this.terms.get(stem)) : [];
      const rare = having.length ? rarity(this.labels, having.length) : Math.log(1 + this.labels);
      total += rare;
      for (const label of having) {
        const [sum, words] = shared.get(label) ?? [0, []];
        shared.set(label, [sum + rare, [...words, word]]);
      }
    }
    const scores = new Float64Array(this.data.owner.length);
    const by = new Map();
    for (const [label, [sum, words]] of shared) {
      const score = sum * Math.sqrt(1 / (total || 1) / (this.weight[label] || 1));
      const concept = this.concept[label];
      if (score > scores[concept]) {
        scores[concept] = score;
        by.set(concept, words);
      }
    }
    return { scores, by };
  }

  /** How much every practice counts for how much concepts do, by one of the two kinds of weight. */
  tied(strength, kind) {
    return this.data.ties.map((ties) => {
      let sum = 0;
      for (let at = 0; at < ties.length; at += 3) sum += (strength[ties[at]] * ties[at + kind]) / 1000;
      return sum;
    });
  }

  /** BM25 of every practice, how much of the text the best one has, and which have every word. */
  words(read) {
    const bm25 = Array(this.many).fill(0);
    const weights = Array(this.many).fill(0);
    const had = Array(this.many).fill(0);
    const where = Array.from({ length: this.many }, () => []);
    let total = 0;
    for (const [stem, word] of read) {
      const found = this.terms.has(stem) ? this.postings(this.terms.get(stem)) : new Map();
      const rare = rarity(this.many, found.size);
      total += rare;
      for (const [row, [score, field]] of found) {
        bm25[row] += score;
        weights[row] += rare;
        had[row] += 1;
        where[row].push([field, word]);
      }
    }
    const covered = total ? Math.max(...weights, 0) / total : 0;
    return { bm25, covered, where, whole: had.map((count) => (read.size && count === read.size ? 1 : 0)) };
  }

  /** Every practice, best first, with its score and why; and whether the first is an answer. */
  rank(text) {
    const read = this.read(text);
    const { bm25, covered, where, whole } = this.words(read);
    const { scores, by } = this.byWords(read);
    const sum = scores.reduce((all, one) => all + one, 0);
    const least = [...scores].sort((a, b) => b - a)[Math.min(MOST, scores.length) - 1] ?? 0;
    const near = scores.map((one) => (sum ? one / sum : 0));
    const strongest = near.map((one, concept) => (scores[concept] >= least ? one : 0));
    const best = Math.max(...scores, 0);
    const features = {
      words: standard(bm25).map((one) => one * covered),
      whole,
      likely: standard(this.tied(strongest, 2)),
      label: standard(this.tied(scores.map((one) => one * one * best), 1)),
    };
    const points = bm25.map((_, row) =>
      Object.entries(features).reduce((all, [name, values]) => all + this.data.weights[name] * values[row], 0),
    );
    const rows = points.map((_, row) => row).sort((a, b) => points[b] - points[a] || a - b);
    const sure = this.sure(read, near, scores, covered, points[rows[0]] ?? 0);
    return {
      words: read.size,
      sure,
      results: rows.map((row) => ({
        row,
        slug: this.data.practices[row],
        score: points[row],
        whole: whole[row] === 1,
        where: where[row],
        topic: this.topic(row, scores, by),
      })),
    };
  }

  /** Whether the first practice is likely to answer: the clues that need no model. */
  sure(read, near, scores, covered, top) {
    let known = 0;
    let [held, others] = [0, 0];
    scores.forEach((score, concept) => {
      if (this.held.has(concept)) {
        known += near[concept];
        held = Math.max(held, score);
      } else others = Math.max(others, score);
    });
    const clues = [known, known, 0, 0, held - others, covered, read.size, 0, 0, top, 1];
    return clues.reduce((all, clue, place) => all + clue * this.data.sure[place], 0) > 0;
  }

  /** The concept that ties a practice to a text most, and the words that name it; or null. */
  topic(row, scores, by) {
    const ties = this.data.ties[row];
    let [most, concept] = [0, -1];
    for (let at = 0; at < ties.length; at += 3) {
      const tie = scores[ties[at]] * ties[at + 1];
      if (tie > most) [most, concept] = [tie, ties[at]];
    }
    return concept < 0 ? null : { names: this.data.concepts[concept], words: by.get(concept) };
  }

  /** What a text finds: `results` near enough to the best, or, where none answers, the closest. */
  search(text) {
    const { words, sure, results } = this.rank(text);
    const top = results[0]?.score ?? 0;
    if (!words || top <= 0) return { words, sure: false, results: [] };
    const near = sure
      ? results.filter((one) => one.score >= NEAR_ENOUGH * top || one.whole)
      : results.slice(0, CLOSEST).filter((one) => one.score > 0);
    return { words, sure, results: near };
  }
}
