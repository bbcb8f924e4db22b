// Several alerts of one handler in one part of a message: worst first, those that are over last.

import { compareSeverities } from "./event.js";
import { byCodePoint } from "./values.js";

/** Names of a line together; with the words around them it stays one text message. */
const LINE_CHARS_MAX = 120;
/** Longer keys stand out of their column rather than push all others away. */
const KEY_WIDTH_MAX = 40;

/** The words in which a handler's alerts are told together; see `index.d.ts` for what they are. */
export class Gang {
  constructor(words) {
    this.words = words;
  }

  /** One line for a phone. A single alert is told by its title. */
  line(items) {
    if (items.length === 1) return items[0].alert.title;
    const [over, holding] = [sorted(items).filter(isResolved), sorted(items).filter((i) => !isResolved(i))];
    const named = (item) => [item.alert.key, this.words.brief(item)].filter((part) => part != null).join(" ");
    const parts = [];
    if (holding.length > 0) {
      const names = short(holding.map(named), (LINE_CHARS_MAX * 2) / 3);
      parts.push(`${holding.length} ${this.words.holding(holding)}: ${names}`);
    }
    if (over.length > 0) {
      const names = short(over.map((item) => item.alert.key), LINE_CHARS_MAX / 3);
      parts.push(`${over.length} ${this.words.over}: ${names}`);
    }
    return parts.join("; ");
  }

  /** One line for each alert. */
  lines(items) {
    const width = Math.min(Math.max(0, ...items.map((item) => length(item.alert.key))), KEY_WIDTH_MAX);
    const padded = (text, width) => text + " ".repeat(Math.max(0, width - length(text)));
    const line = (item) =>
      `${padded(standing(item), 8)}  ${padded(item.alert.key, width)}  ${this.#told(item)}`.trimEnd();
    return sorted(items).map(line).join("\n");
  }

  /** The same as an HTML list. */
  list(items) {
    const entry = (item) =>
      `<li>${standing(item)}: <b>${escapeHtml(item.alert.key)}</b> ${escapeHtml(this.#told(item))}</li>`;
    return `<ul>${sorted(items).map(entry).join("")}</ul>`;
  }

  /** The particulars, with how often it was when that was more than once. */
  #told(item) {
    return this.words.particulars(item) + (item.count > 1 ? `, ${item.count} times` : "");
  }
}

const HTML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The text as it stands in HTML, in content and in quoted attributes alike. */
export function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (c) => HTML[c]);
}

/** As many of the names as fit, and how many more there are. */
export function short(names, charsMax) {
  let line = "";
  for (const [i, name] of names.entries()) {
    if (i > 0 && length(line) + length(name) > charsMax) return `${line}, +${names.length - i} more`;
    line += (i > 0 ? ", " : "") + name;
  }
  return line;
}

const length = (text) => [...text].length;
const isResolved = (item) => item.alert.state === "resolved";
const standing = (item) => (isResolved(item) ? "resolved" : item.alert.severity);

/** Worst first, those that are over last. */
function sorted(items) {
  return [...items].sort((a, b) => {
    const [overA, overB] = [isResolved(a), isResolved(b)];
    const worse = overA && overB ? 0 : compareSeverities(b.alert.severity, a.alert.severity);
    return overA - overB || worse || b.latest - a.latest || byCodePoint(a.alert.key, b.alert.key);
  });
}
