// Tab: what a report of this kind of body should hold, and whether it does.

import { h } from "../dom.js";
import { labelName, number, percent } from "../i18n.js";
import { currentAnalysis } from "../state.js";
import { csvButtons } from "./csv.js";
import { flag, nothing, paperTitle, section, sentence, show, statistic, statistics, topic, topicLink } from "./parts.js";
import { checklist, coverage, unitOf } from "./findings.js";
import { table } from "./table.js";

export const tab = {
  id: "missing",
  title: (t) => t("missing.title"),
  render(container, state, t) {
    const analysis = currentAnalysis();
    const filled = checklist(analysis);
    if (!filled) {
      show(container, nothing(t("missing.no_checklist")), leftOut(analysis, [], t));
      return;
    }
    const peers = othersOfThisKind(analysis, state);
    show(
      container,
      paperTitle(analysis),
      summary(filled, t),
      verdict(filled, t),
      section(t("missing.topics"), t("missing.topics_note", { name: filled.name }), topics(filled, peers, t)),
      section(t("missing.parts"), t("missing.parts_note"), parts(filled, analysis, t)),
      leftOut(analysis, filled.topics, t),
      csvButtons("checklist"),
    );
  },
};

/** The other analyses on the page whose issuer is of the same kind. */
const othersOfThisKind = (analysis, state) =>
  state.analyses.filter((other) => other !== analysis && other.checklist?.kind === analysis.checklist.kind);

function summary({ topics: all, missing, parts: five }, t) {
  const there = five.filter((part) => part.units.length > 0).length;
  return statistics(
    statistic(`${all.length - missing.length} / ${all.length}`, t("missing.topics_there")),
    statistic(number(missing.length), t("missing.topics_missing"), missing.length ? "missing" : null),
    statistic(`${there} / ${five.length}`, t("missing.parts_there"), there < five.length ? "missing" : null),
  );
}

/** One sentence that can be quoted: what is left out. */
function verdict({ name, missing }, t) {
  if (!missing.length) return h("p", { class: "verdict" }, t("missing.complete", { name }));
  return h("div", { class: "verdict" }, h("p", {}, t("missing.verdict", { name })), h("ul", { class: "chips" }, missing.map((label) => h("li", {}, topic(label)))));
}

const mark = (isThere, t) => flag(isThere ? "there" : "missing", t(isThere ? "missing.there" : "missing.not_there"));

function topics({ topics: all, name }, peers, t) {
  const found = peers.map((peer) => new Set(coverage(peer).filter((row) => row.units).map((row) => row.label)));
  const among = (label) => found.filter((labels) => labels.has(label)).length / found.length;
  const peerColumn = {
    key: "peers",
    title: t("missing.peers", { n: peers.length }),
    isNumber: true,
    value: (row) => among(row.label),
    cell: (row) => percent(among(row.label)),
  };
  return table({
    id: "missing-topics",
    caption: t("missing.topics_caption", { name }),
    rows: all.toSorted((a, b) => (a.units > 0) - (b.units > 0)),
    columns: [
      { key: "topic", title: t("tabs.topic"), isHeader: true, value: (row) => labelName(row.label), cell: (row) => (row.units ? topicLink(row.label) : topic(row.label)) },
      { key: "there", title: t("missing.state"), value: (row) => (row.units ? 1 : 0), cell: (row) => mark(row.units > 0, t) },
      { key: "units", title: t("coverage.units"), isNumber: true, value: (row) => row.units, cell: (row) => number(row.units) },
      ...(peers.length ? [peerColumn] : []),
      { key: "source", title: t("missing.source"), class: "wide small", cell: (row) => row.source },
    ],
  });
}

function parts({ parts: five }, analysis, t) {
  return table({
    id: "missing-parts",
    caption: t("missing.parts_caption"),
    rows: five,
    columns: [
      { key: "part", title: t("missing.part"), isHeader: true, cell: (row) => row.name },
      { key: "there", title: t("missing.state"), cell: (row) => mark(row.units.length > 0, t) },
      { key: "units", title: t("coverage.units"), isNumber: true, cell: (row) => number(row.units.length) },
      { key: "first", title: t("missing.where"), class: "wide", cell: (row) => (row.units.length ? sentence(unitOf(analysis, row.units[0]), analysis) : "") },
      { key: "source", title: t("missing.source"), class: "wide small", cell: (row) => row.source },
    ],
  });
}

/** Topics of the taxonomy that no list asks for and the report doesn't have either. */
function leftOut(analysis, listed, t) {
  const known = new Set(listed.map((entry) => entry.label));
  const others = coverage(analysis).filter((row) => row.units === 0 && !known.has(row.label));
  if (!others.length) return null;
  return section(t("missing.others"), t("missing.others_note"), h("ul", { class: "chips" }, others.map((row) => h("li", {}, topic(row.label)))));
}
