// What the reader can save, in the order of the menu. README.md says what an entry holds.

import { saveFile } from "./dom.js";
import { singleFile } from "./embedded.js";
import { currentAnalysis, state } from "./state.js";
import { fileName, saveCsv } from "./tabs/csv.js";
import { sheet } from "./tabs/sheets.js";
import { workbook } from "./tabs/xlsx.js";

const SHEETS = ["overview", "coverage", "units", "figures", "doubts", "problems", "checklist"];

const one = () => [currentAnalysis()];
const all = () => state.analyses;

async function saveXlsx(analyses, t) {
  const ids = analyses.length > 1 ? [...SHEETS, "comparison", "carried"] : SHEETS;
  const blob = await workbook(ids.map((id) => sheet(id, analyses)));
  saveFile(fileName(analyses, t("downloads.analysis"), "xlsx"), blob);
}

async function saveHtml(analyses, t) {
  const { model, taxonomy, threshold, corrections } = state;
  const text = await singleFile({ model, taxonomy, analyses, threshold, corrections });
  saveFile(fileName(analyses, t("downloads.analysis"), "html"), text, "text/html;charset=utf-8");
}

/** An entry for the report on show and, where there are several, one for all. */
const pair = (kind, save) => [
  { id: kind, title: (t) => t(`downloads.${kind}`), save: (_, t) => save(one(), t) },
  {
    id: `${kind}-all`,
    title: (t) => t(`downloads.all_${kind}`, { n: state.analyses.length }),
    isOffered: () => state.analyses.length > 1,
    save: (_, t) => save(all(), t),
  },
];

export const downloads = [
  ...pair("xlsx", saveXlsx),
  ...pair("csv", (analyses) => saveCsv("units", analyses)),
  ...pair("html", saveHtml),
];
