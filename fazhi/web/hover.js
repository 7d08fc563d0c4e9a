// Scores of the sentence under the pointer or with the focus; Escape hides them.

import { h } from "./dom.js";
import { roleScores, topicScores } from "./scores.js";
import { state } from "./state.js";

const DELAY_MILLISECONDS = 150;
const MOST = 5;

export function createHover({ element, rowOf }) {
  const tip = h("div", { class: "tip", id: "scores-tip", role: "tooltip", hidden: true });
  document.body.append(tip);
  let row = null;
  let timer = 0;

  function show() {
    tip.replaceChildren(topicScores(row.unit, MOST), roleScores(row.unit) ?? "");
    tip.hidden = false;
    const anchor = row.element.querySelector(".text").getBoundingClientRect();
    const below = anchor.bottom + 6;
    const top = below + tip.offsetHeight < innerHeight ? below : Math.max(8, anchor.top - tip.offsetHeight - 6);
    tip.style.setProperty("top", `${top}px`);
    tip.style.setProperty("left", `${Math.max(8, Math.min(anchor.left, innerWidth - tip.offsetWidth - 8))}px`);
  }

  function turnTo(next, delay) {
    if (next === row) return;
    row = next;
    clearTimeout(timer);
    tip.hidden = true;
    if (row?.mark && row.unit.id !== state.selected) timer = setTimeout(show, delay);
  }

  const rowAt = (target) => rowOf(target?.closest?.(".unit")?.dataset.id) ?? null;
  element.addEventListener("pointermove", (event) => event.pointerType === "mouse" && turnTo(rowAt(event.target), DELAY_MILLISECONDS));
  element.addEventListener("pointerleave", () => turnTo(null));
  element.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && turnTo(rowAt(target), 0));
  element.addEventListener("focusout", () => turnTo(null));
  element.addEventListener("click", () => turnTo(null));
  addEventListener("scroll", () => tip.hidden || turnTo(null), { passive: true });
  addEventListener("keydown", ({ key }) => key === "Escape" && turnTo(null));
}
