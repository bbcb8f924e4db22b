// Titles with placeholders.

import { parsed } from "./shape.js";
import { utf8 } from "./utf8.js";

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|\{|\}/g;

/** A line of text with `{field}` placeholders, such as `{block} failed at {step}`; `{{` and `}}` are braces. */
export class Template {
  /** Each a literal text and the field behind it. */
  #parts = [];

  constructor(text) {
    let [literal, at] = ["", 0];
    for (const token of text.matchAll(TOKEN)) {
      literal += text.slice(at, token.index);
      at = token.index + token[0].length;
      const name = token[1]?.trim();
      if (token[0] === "{{" || token[0] === "}}") {
        literal += token[0][0];
      } else if (name) {
        this.#parts.push([literal, name]);
        literal = "";
      } else {
        throw new Error(`byte ${utf8(text.slice(0, token.index)).length} of the template: ${whatIsWrong(token)}`);
      }
    }
    this.#parts.push([literal + text.slice(at), undefined]);
  }

  line(word) {
    const filled = ([text, field]) => text + (field === undefined ? "" : (word(field) ?? "?"));
    return oneLine(this.#parts.map(filled).join(""));
  }

  get onlyField() {
    const [[before, field], [after] = []] = this.#parts;
    return this.#parts.length === 2 && before === "" && after === "" ? field : undefined;
  }
}

function whatIsWrong([token, name]) {
  if (name !== undefined) return "no field is named between these braces";
  const other = token === "{" ? "}" : "{";
  return `this \`${token}\` has no \`${other}\` (write \`${token}${token}\` for a brace)`;
}

/** The text on one line: each run of blanks and control characters becomes one blank. */
export function oneLine(text) {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** The shape of a {@link Template}. */
export function template(about = "A line with {field} placeholders.") {
  const read = (value) => {
    if (typeof value !== "string") throw new Error("a line with {field} placeholders must stand here");
    return new Template(value);
  };
  return parsed({ type: "string" }, read, about);
}
