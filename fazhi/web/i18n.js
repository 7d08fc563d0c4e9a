// Words of the page in two languages. Topics have their Chinese names from the service.

import { groupEntry, labelEntry, state } from "./state.js";
import { strings as page } from "./strings.js";
import { strings as tabs } from "./tabs/strings.js";

/** The text for a key in the language on show; `{name}` stands for a parameter. */
export function t(key, parameters = {}) {
  const text = page[state.language][key] ?? tabs[state.language][key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => parameters[name]);
}

const inWords = (id) => id[0].toUpperCase() + id.slice(1).replaceAll("_", " ");
const english = (kind, id) => page.en[`${kind}.${id}`] ?? inWords(id);

/** Name of a label, group or role in the language on show. */
export const labelName = (id) =>
  state.language === "zh" ? (labelEntry(id)?.name ?? id) : english("label", id);
export const groupName = (id) =>
  state.language === "zh" ? (groupEntry(id)?.name ?? id) : english("group", id);
export const roleName = (id) =>
  state.language === "zh"
    ? (state.taxonomy.roles.find((role) => role.id === id)?.name ?? id)
    : english("role", id);

/** A number as readers of the language write it; `digits` after the point. */
export const number = (value, digits = 0) =>
  value.toLocaleString(state.language === "zh" ? "zh-CN" : "en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

/** A share (0…1) in percent. */
export const percent = (share, digits = 0) => `${number(share * 100, digits)}%`;
