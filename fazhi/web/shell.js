// The frame: bar, report switcher, tabs and their panels.

import { embedded } from "./embedded.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { renderReading } from "./reading.js";
import { showKeys, showSave, showShare } from "./menus.js";
import { state, update } from "./state.js";
import { tabs } from "./tabs/index.js";

const views = [{ id: "report", title: (t) => t("report.title"), render: renderReading }, ...tabs];
export const tabIds = views.map((view) => view.id);

const byId = (id) => document.getElementById(id);
const panels = new Map(); // view id → element

/** Write every fixed text in the language on show. */
export function localise() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = t("brand");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  byId("language").lang = state.language === "zh" ? "en" : "zh-CN";
}

/** Bring the frame and the view on show in step with the state. */
export function renderShell(changed) {
  const isOpen = state.analyses.length > 0;
  byId("workspace").hidden = !isOpen || !byId("start").hidden;
  byId("add").hidden = !isOpen || embedded !== null;
  for (const id of ["save", "share"]) byId(id).hidden = !isOpen;
  if (state.model) byId("model").textContent = t("model", state.model);
  if (changed.has("analyses") || changed.has("current")) renderSwitcher();
  renderTabs();
  if (!isOpen) return;
  for (const [id, panel] of panels) panel.hidden = id !== state.tab;
  views.find((view) => view.id === state.tab).render(panelOf(state.tab), state, t, changed);
}

function renderSwitcher() {
  byId("switcher").hidden = state.analyses.length < 2;
  const title = ({ report }) => report.title ?? report.name;
  byId("reports").replaceChildren(
    ...state.analyses.map((analysis, i) => h("option", { value: i, selected: i === state.current }, title(analysis))),
  );
}

function renderTabs() {
  const list = byId("tabs");
  const tab = ({ id, title }) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${id}`,
        "aria-controls": panels.has(id) || id === state.tab ? `panel-${id}` : null,
        "aria-selected": String(id === state.tab),
        tabindex: id === state.tab ? 0 : -1,
        dataset: { tab: id },
      },
      title(t),
    );
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...views.map(tab));
  if (hadFocus) byId(`tab-${state.tab}`).focus();
}

function panelOf(id) {
  if (!panels.has(id)) {
    const panel = h("div", { id: `panel-${id}`, role: "tabpanel", "aria-labelledby": `tab-${id}`, class: id === "report" ? null : "sheet" });
    panels.set(id, panel);
    byId("panels").append(panel);
  }
  return panels.get(id);
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = tabIds.indexOf(state.tab) + step;
  update({ tab: tabIds[(at + tabIds.length) % tabIds.length] });
}

byId("tabs").addEventListener("click", ({ target }) => target.dataset.tab && update({ tab: target.dataset.tab }));
byId("tabs").addEventListener("keydown", moveTab);
byId("reports").addEventListener("change", ({ target }) => update({ current: Number(target.value), selected: null }));
byId("language").addEventListener("click", () => update({ language: state.language === "zh" ? "en" : "zh" }));
byId("save").addEventListener("click", showSave);
byId("share").addEventListener("click", showShare);
byId("keys").addEventListener("click", showKeys);
