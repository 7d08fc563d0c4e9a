// Threshold, roles and topics: what counts, and what is on show.

import { h } from "./dom.js";
import { groupName, labelName, number, roleName, t } from "./i18n.js";
import { roleLetter } from "./rows.js";
import { bodyUnits, currentAnalysis, groupNumber, labelsOf, NONE, roleOf, state, update } from "./state.js";

const isWide = matchMedia("(min-width: 64rem)");

export function createSide() {
  const element = h("section", { class: "controls" });
  let slider, value, reset;
  let toggles = []; // {button, count, kind, id}

  const build = () => {
    slider = h("input", { type: "range", id: "threshold", min: 0.05, max: 0.95, step: 0.05, "aria-describedby": "threshold-hint" });
    value = h("output", { for: "threshold", class: "small" });
    reset = h("button", { type: "button", class: "plain small", id: "threshold-reset", on: { click: () => update({ threshold: null }) } }, t("threshold.reset"));
    slider.addEventListener("input", () => update({ threshold: Number(slider.value) }));
    toggles = [];
    const { groups, labels, roles } = state.taxonomy;
    const roleButtons = roles.map(({ id }) => toggle("roles", id, h("span", { class: "mark", dataset: { role: id } }, roleLetter(id, state.language)), roleName(id)));
    const group = ({ id }) => [
      h("h4", {}, groupName(id)),
      labels.filter((label) => label.group === id).map((label) => toggle("labels", label.id, swatch(label.id), labelName(label.id))),
    ];
    element.setAttribute("aria-label", t("filter.title"));
    element.replaceChildren(
      h(
        "div",
        { class: "threshold" },
        h("label", { for: "threshold" }, t("threshold.title")),
        value,
        slider,
        h("p", { class: "quiet small", id: "threshold-hint" }, t("threshold.hint")),
        reset,
      ),
      h(
        "details",
        { open: isWide.matches, class: "filters" },
        h("summary", {}, t("filter.title")),
        h("div", { role: "group", "aria-label": t("filter.roles") }, h("h3", {}, t("filter.roles")), roleButtons),
        h("div", { role: "group", "aria-label": t("filter.topics") }, h("h3", {}, t("filter.topics")), groups.map(group), toggle("labels", NONE, swatch(null), t("none"))),
      ),
    );
  };

  function toggle(kind, id, sign, name) {
    const count = h("span", { class: "count" });
    const button = h("button", { type: "button", class: "toggle", dataset: { kind, id } }, sign, h("span", { class: "name" }, name), count);
    toggles.push({ button, count, kind, id });
    return button;
  }

  const refresh = () => {
    const isModels = state.threshold === null;
    slider.value = state.threshold ?? 0.5;
    const text = isModels ? t("threshold.model") : t("threshold.value", { value: number(state.threshold, 2) });
    value.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    reset.hidden = isModels;
    const counts = count(bodyUnits(currentAnalysis()));
    for (const { button, count, kind, id } of toggles) {
      const found = counts[kind].get(id) ?? 0;
      count.textContent = number(found);
      button.classList.toggle("empty", found === 0);
      button.setAttribute("aria-pressed", String(state.filter[kind].includes(id)));
    }
  };

  element.addEventListener("click", ({ target }) => {
    const button = target.closest(".toggle");
    if (!button) return;
    const { kind, id } = button.dataset;
    const chosen = state.filter[kind];
    const next = chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
    update({ filter: { ...state.filter, [kind]: next } });
  });
  return { element, build, refresh };
}

const swatch = (label) => h("span", { class: "swatch", dataset: label ? { group: groupNumber(label) } : {} });

/** How many units each topic has among those of the chosen roles, and each role among the chosen topics. */
function count(units) {
  const labels = new Map();
  const roles = new Map();
  const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  const { filter } = state;
  for (const unit of units) {
    const [role, own] = [roleOf(unit), labelsOf(unit)];
    const topics = own.length ? own : [NONE];
    if (!filter.roles.length || filter.roles.includes(role)) for (const label of topics) add(labels, label);
    if (!filter.labels.length || topics.some((label) => filter.labels.includes(label))) add(roles, role);
  }
  return { labels, roles };
}
