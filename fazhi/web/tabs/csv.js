// Sheets as CSV files and as text to paste into a spreadsheet, and the buttons for it.

import { h, saveFile } from "../dom.js";
import { t } from "../i18n.js";
import { currentAnalysis, state } from "../state.js";
import { reportName } from "./findings.js";
import { sheet } from "./sheets.js";

const BYTE_ORDER_MARK = "\ufeff"; // without it Excel reads Chinese as mojibake
const FORMULA = /^'*[=+\-@＝＋－＠\t\r\n]/; // as fazhi/formulas.py: text that a spreadsheet would run

const OF_ALL = new Set(["comparison", "carried"]); // sheets that no single report has

const guarded = (value) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);

const field = (value) => {
  const content = String(guarded(value) ?? "");
  return /[",\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
};

/** A sheet as the text of a CSV file: byte order mark, header, CRLF. */
export const csv = ({ columns, rows }) =>
  BYTE_ORDER_MARK + [columns.map(([title]) => title), ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");

/** A sheet as text that spreadsheets paste into cells. */
const pasteable = ({ columns, rows }) =>
  [columns.map(([title]) => title), ...rows]
    .map((row) => row.map((value) => String(guarded(value) ?? "").replace(/[\t\r\n]+/g, " ")).join("\t"))
    .join("\n");

/** A name for a file about these reports; without the signs that file systems refuse. */
export function fileName(analyses, what, extension) {
  const about = analyses.length === 1 ? reportName(analyses[0]) : t("downloads.reports", { n: analyses.length });
  const safe = about.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 60);
  return `${safe}-${what}.${extension}`;
}

/** Save one sheet of these analyses. */
export function saveCsv(id, analyses) {
  const content = sheet(id, analyses);
  saveFile(fileName(analyses, content.name, "csv"), csv(content), "text/csv;charset=utf-8");
}

const button = (title, listener) => h("button", { type: "button", on: { click: listener } }, title);

/** Buttons that save a tab's sheet, of the report on show and of all. */
export function csvButtons(id) {
  const all = () => saveCsv(id, state.analyses);
  const one = OF_ALL.has(id) ? null : button(t("downloads.csv_one"), () => saveCsv(id, [currentAnalysis()]));
  const several = state.analyses.length > 1 ? button(t("downloads.csv_all", { n: state.analyses.length }), all) : null;
  return h("div", { class: "row saving" }, one, several);
}

/** A button that copies a tab's sheet of the report on show. */
export function copyButton(id) {
  const copy = async (event) => {
    const target = event.currentTarget;
    await navigator.clipboard.writeText(pasteable(sheet(id, [currentAnalysis()])));
    target.textContent = t("downloads.copied");
  };
  return navigator.clipboard ? button(t("downloads.copy"), copy) : null; // browsers lack it on plain http
}
