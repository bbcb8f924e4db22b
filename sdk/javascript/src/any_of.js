// Configuration values that compare an event's fields: any one of several, field by field.

import { Misfit } from "./error.js";
import { require } from "./requirement.js";
import { parsed, withDefault } from "./shape.js";
import { byCodePoint, escapedKey, isObject } from "./values.js";

/** Any one of these: a comma list, one scalar, or an array of scalars. */
export class AnyOf {
  #words = [];

  constructor(value) {
    this.scalars = [];
    for (const element of Array.isArray(value) ? value : [value]) this.#add(element);
    if (this.scalars.length === 0) throw new Error("at least one value must stand here");
  }

  contains(value) {
    return this.scalars.includes(value);
  }

  holds(event, path) {
    return event.values(path).some((value) => this.contains(value));
  }

  toString() {
    return this.#words.join(" or ");
  }

  #add(value) {
    if (typeof value === "object" && value !== null) {
      throw new Error("only text, numbers and truth values can stand here");
    }
    if (typeof value !== "string") {
      this.#words.push(String(value));
      this.scalars.push(value);
      return;
    }
    for (const word of value.split(",").map((word) => word.trim()).filter(Boolean)) {
      this.#words.push(word);
      this.scalars.push(word, ...meant(word));
    }
  }
}

function meant(word) {
  try {
    const value = JSON.parse(word);
    return ["number", "boolean"].includes(typeof value) ? [value] : [];
  } catch {
    return [];
  }
}

const SCHEMA = {
  type: ["string", "number", "boolean", "array"],
  items: { type: ["string", "number", "boolean"] },
  minItems: 1,
};

/** The shape of an {@link AnyOf}. */
export function anyOf(about = "A comma list, one value, or an array: any one of these.") {
  return parsed(SCHEMA, (value) => new AnyOf(value), about);
}

/** Fields and what each must be, such as `{"project": "vr0,vr1", "status": "fail"}`. */
export class Conditions {
  #fields;

  constructor(fields = {}) {
    this.#fields = Object.entries(fields).sort(([a], [b]) => byCodePoint(a, b));
  }

  get isEmpty() {
    return this.#fields.length === 0;
  }

  hold(event) {
    return this.#fields.every(([field, values]) => values.holds(event, field));
  }

  requirements() {
    return this.#fields.map(([field, values]) => require.anyOf(field, values.scalars));
  }

  toString() {
    return this.#fields.map(([field, values]) => `${field} is ${values}`).join(" and ");
  }
}

/** The shape of {@link Conditions}; left out, there are none. */
export function conditions(about) {
  const schema = { type: "object", additionalProperties: anyOf().schema };
  return withDefault(parsed(schema, readConditions, about), new Conditions());
}

function readConditions(value) {
  if (!isObject(value)) throw new Error("fields with their values must stand here");
  const read = ([field, values]) => {
    try {
      return [field, new AnyOf(values)];
    } catch (why) {
      throw new Misfit(`/${escapedKey(field)}`, why.message);
    }
  };
  return new Conditions(Object.fromEntries(Object.entries(value).map(read)));
}
