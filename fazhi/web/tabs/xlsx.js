// Sheets as one XLSX workbook: typed columns, a frozen header, widths that suit the content.

import { writeXlsx } from "../vendor/write-excel-file/write-excel-file.js";

const MAX_CELL_CHARACTERS = 32_767; // Excel's own limit: it calls a file with longer cells damaged
const FORMATS = { count: "0", number: "General", score: "0.00", share: "0.0%" };
const HEADER = { fontWeight: "bold", backgroundColor: "#E6EEF6", wrap: true, alignVertical: "top" };
const FONT = { fontFamily: "等线", fontSize: 11 };

function cell(value, kind, fills) {
  if (value === null || value === undefined || value === "") return null;
  if (kind !== "text") return { type: Number, value, format: FORMATS[kind], alignVertical: "top" };
  const shown = value.slice(0, MAX_CELL_CHARACTERS);
  return { type: String, value: shown, wrap: true, alignVertical: "top", backgroundColor: fills[value] };
}

/** A workbook of sheets of `sheets.js`, as a Blob. */
export const workbook = (sheets) =>
  writeXlsx(
    sheets.map(({ name, columns, rows, fills }) => ({
      sheet: name,
      data: [
        columns.map(([title]) => ({ type: String, value: title, ...HEADER })),
        ...rows.map((row) => row.map((value, i) => cell(value, columns[i][2], fills))),
      ],
      columns: columns.map(([, width]) => ({ width })),
      stickyRowsCount: 1,
    })),
    FONT,
  );
