// Sentences that a body's report has from its last one: the method of fazhi/comparison/carried_over.py,
// so that the page and `fazhi compare` find the same ones. Knows no DOM.
//
// Compared without numbering, white space, punctuation and years; the numbers must be the same in the
// same order, and the similarity, twice the longest common subsequence by the sum of the lengths, at
// least THRESHOLD. An index of character pairs spares most comparisons and loses none.

import { bodyUnits } from "../state.js";

const THRESHOLD = 0.9;
const NUMERAL = "[一二三四五六七八九十百零〇]+";
const MARKER = new RegExp( // as fazhi/markers.py has them
  "^(?:" +
    [
      `第${NUMERAL}(?:部分|章|篇)[、,:.]?`,
      `${NUMERAL}(?:、|\\.(?!\\d))(?![一二三四五六七八九十])`,
      `\\(${NUMERAL}\\)[、.,]?`,
      "\\d{1,2}(?:、(?!\\d)|\\s?\\.(?!\\d)|\\.(?=20\\d\\d年))",
      "\\(\\d{1,2}\\)[、.]?|\\d{1,2}\\)[、.]?",
      "[\u2460-\u2473\u2776-\u277f\u3251-\u325f\u32b1-\u32bf][、.]?",
      `${NUMERAL}是(?!${NUMERAL}[、,。;])[,:]?|第${NUMERAL}[,、:](?!第)`,
    ].join("|") +
    ") *(?=.)",
  "su",
);
const YEAR = /(?:(?:19|20)\d\d|[一二][〇零九][〇零一二三四五六七八九]{2})(?=年|[-—–~至](?:19|20)\d\d年)/g;
const NUMBER = /\d+(?:\.\d+)?/g;
const NO_LETTER = /[^\p{L}\p{N}]+/gu;

const known = new WeakMap(); // report → [last report, what it has from it]: neither changes

/** `{unit, from, similarity}` for the body units of `report` that `last` has as well, in order. */
export function carriedOver(report, last) {
  const [of, found] = known.get(report) ?? [];
  if (of === last) return found;
  const index = new Index(bodyUnits(last));
  const result = bodyUnits(report).map((unit) => index.find(unit)).filter(Boolean);
  known.set(report, [last, result]);
  return result;
}

/** What is compared of a sentence: its letters and digits, and its numbers, both without years. */
function compared(text) {
  const rest = text.replace(MARKER, "").replace(YEAR, "");
  return { letters: rest.replace(NO_LETTER, ""), numbers: (rest.match(NUMBER) ?? []).join(" ") };
}

/** How often each pair of neighbouring characters stands in a text. */
function pairs(letters) {
  const counts = new Map();
  for (let i = 1; i < letters.length; i++) {
    const pair = letters.slice(i - 1, i + 1);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

/** The sentences of one report, to be found by others. */
class Index {
  #same = new Map(); // numbers and letters → entry
  #holders = new Map(); // numbers and a pair of characters → [[entry, how often]]

  constructor(units) {
    units.forEach((unit, order) => {
      const { letters, numbers } = compared(unit.text);
      const key = `${numbers}|${letters}`;
      if (this.#same.has(key)) return;
      const entry = { unit, order, letters };
      this.#same.set(key, entry);
      for (const [pair, count] of pairs(letters)) {
        const at = `${numbers}|${pair}`;
        if (!this.#holders.has(at)) this.#holders.set(at, []);
        this.#holders.get(at).push([entry, count]);
      }
    });
  }

  find(unit) {
    const { letters, numbers } = compared(unit.text);
    if (!letters) return null;
    const same = this.#same.get(`${numbers}|${letters}`);
    if (same) return { unit, from: same.unit, similarity: 1 };
    let best = null;
    for (const entry of this.#candidates(letters, numbers)) {
      const similarity = (2 * commonLength(letters, entry.letters)) / (letters.length + entry.letters.length);
      if (similarity >= THRESHOLD && similarity > (best?.similarity ?? 0)) best = { unit, from: entry.unit, similarity };
    }
    return best;
  }

  /** Entries that share enough pairs to be similar enough, in the order of their report. */
  #candidates(letters, numbers) {
    const shared = new Map();
    for (const [pair, count] of pairs(letters)) {
      for (const [entry, holds] of this.#holders.get(`${numbers}|${pair}`) ?? []) {
        shared.set(entry, (shared.get(entry) ?? 0) + Math.min(count, holds));
      }
    }
    return [...shared]
      .filter(([entry, count]) => count >= leastShared(letters.length, entry.letters.length))
      .map(([entry]) => entry)
      .toSorted((a, b) => a.order - b.order);
  }
}

/**
 * Pairs that texts of these lengths share at least if they are similar enough. A character of `a`
 * that is left out breaks two of its pairs, one that is put in breaks one. Infinity where the
 * lengths alone forbid it.
 */
function leastShared(a, b) {
  const edits = Math.floor((1 - THRESHOLD) * (a + b) + 1e-9);
  if (edits < Math.abs(a - b)) return Infinity;
  return a - 1 - (edits + a - b) - (edits - a + b) / 2;
}

/** Length of the longest common subsequence. */
function commonLength(a, b) {
  let previous = new Uint16Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    const row = new Uint16Array(b.length + 1);
    for (let j = 0; j < b.length; j++) {
      row[j + 1] = a[i] === b[j] ? previous[j] + 1 : Math.max(previous[j + 1], row[j]);
    }
    previous = row;
  }
  return previous[b.length];
}
