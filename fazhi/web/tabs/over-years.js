// A body over the years, below the comparison: topics that come and go, sentences that stay.

import { h } from "../dom.js";
import { labelName, percent } from "../i18n.js";
import { groupNumber, printed } from "../state.js";
import { smallLines } from "./charts.js";
import { csvButtons } from "./csv.js";
import { shortName } from "./findings.js";
import { nothing, section, sentence, topic } from "./parts.js";
import { table } from "./table.js";

const LINES = 12; // topics that a body's chart shows: those that moved most
const MAX_SENTENCES = 200; // that the page lists: the file has them all

/** The section of one series of `compare`. */
export function overYears({ issuer, rows, years, appeared, disappeared }, taxonomy, t) {
  const shares = (label) => rows.map((row) => row.shares[label]);
  const spread = (label) => Math.max(...shares(label)) - Math.min(...shares(label));
  const moved = taxonomy.labels
    .map((label) => label.id)
    .filter((label) => spread(label) > 0)
    .toSorted((a, b) => spread(b) - spread(a))
    .slice(0, LINES);
  const lines = moved.map((label) => ({ name: labelName(label), group: groupNumber(label), shares: shares(label) }));
  const title = t("comparison.series", { issuer, from: years[0], to: years.at(-1) });
  return section(
    title,
    t("comparison.series_note", { n: moved.length }),
    lines.length ? smallLines({ title, years, lines }) : null,
    h("dl", { class: "changes" }, changes("appeared", appeared, t), changes("disappeared", disappeared, t)),
  );
}

function changes(kind, list, t) {
  const inYear = ([year, entries]) =>
    h("dd", {}, h("span", { class: "quiet" }, t("tabs.year", { year })), entries.map(({ label }) => topic(label)));
  const years = [...Map.groupBy(list, (change) => change.year)].map(inYear);
  return h("div", {}, h("dt", {}, t(`comparison.${kind}`)), years.length ? years : h("dd", { class: "quiet" }, t("comparison.no_change")));
}

/** The section of the sentences that reports have from the same body's last one; null without such a pair. */
export function carriedSentences(rows, t) {
  if (!rows.some((row) => row.last)) return null;
  const found = rows.flatMap((row) => (row.carried ?? []).map((match) => ({ ...match, row })));
  const title = t("comparison.carried_title", { n: found.length });
  if (!found.length) return section(title, null, nothing(t("comparison.carried_none")));
  const shown = found.slice(0, MAX_SENTENCES);
  const rest = found.length > shown.length && h("p", { class: "quiet small" }, t("comparison.carried_rest", { n: shown.length }));
  return section(title, t("comparison.carried_note"), carriedTable(shown, t), rest, csvButtons("carried"));
}

const carriedTable = (found, t) =>
  table({
    id: "comparison-carried",
    caption: t("comparison.carried"),
    rows: found,
    columns: [
      {
        key: "report",
        title: t("comparison.report"),
        isHeader: true,
        class: "short",
        value: ({ row }) => shortName(row.analysis),
        cell: ({ row }) => `${shortName(row.analysis)} ${t("tabs.year", { year: row.analysis.report.year })}`,
      },
      { key: "now", title: t("comparison.now"), class: "wide", cell: ({ unit, row }) => sentence(unit, row.analysis) },
      { key: "before", title: t("comparison.before"), class: "wide", cell: (match) => before(match, t) },
      {
        key: "similarity",
        title: t("comparison.similarity"),
        isNumber: true,
        value: (match) => match.similarity,
        cell: (match) => percent(match.similarity),
      },
    ],
  });

/** The earlier sentence; a word for it where it reads the same. */
function before({ unit, from, row }, t) {
  const isSame = printed(unit, row.analysis) === printed(from, row.last);
  return isSame ? sentence(from, row.last, h("span", { class: "quiet" }, t("comparison.same"))) : sentence(from, row.last);
}
