// Typed configurations: a shape is the schema that people fill in, and reads what calls get.
//
// Every shape is `{ schema, read(value, pointer) }`, and `isOptional` where it may be left out.

import { Misfit } from "./error.js";
import { SEVERITIES } from "./event.js";
import { escapedKey, isObject } from "./values.js";

const scalar = (type, fits) => (about, bounds = {}) => {
  const { schema, otherwise } = described({ type }, about, bounds);
  const read = (value, pointer) => {
    if (!fits(value)) throw new Misfit(pointer, `${JSON.stringify(value)} is not of type ${type}`);
    return value;
  };
  return withDefault({ schema, read }, otherwise);
};

/** A text. */
export const text = scalar("string", (value) => typeof value === "string");
/** A number. */
export const number = scalar("number", (value) => typeof value === "number");
/** A whole number. */
export const integer = scalar("integer", (value) => Number.isInteger(value));
/** True or false. */
export const truth = scalar("boolean", (value) => typeof value === "boolean");

/** One of some words. */
export function oneOf(words, about, bounds = {}) {
  const { schema, otherwise } = described({ enum: words }, about, bounds);
  const read = (value, pointer) => {
    if (words.includes(value)) return value;
    throw new Misfit(pointer, `${JSON.stringify(value)} is not one of ${words.join(", ")}`);
  };
  return withDefault({ schema, read }, otherwise);
}

/** One of the severities. */
export const severity = (about, bounds) => oneOf(SEVERITIES, about, bounds);

/** Any JSON. */
export function anything(about) {
  return { schema: described({}, about).schema, read: (value) => value };
}

/** A list of values of one shape. */
export function list(item, about, bounds = {}) {
  const { schema } = described({ type: "array", items: item.schema }, about, bounds);
  const read = (value, pointer) => {
    if (!Array.isArray(value)) throw new Misfit(pointer, `${JSON.stringify(value)} is not of type array`);
    return value.map((element, i) => item.read(element, `${pointer}/${i}`));
  };
  return { schema, read };
}

/** An object with any keys, whose values have one shape. */
export function map(item, about) {
  const { schema } = described({ type: "object", additionalProperties: item.schema }, about);
  const read = (value, pointer) => {
    if (!isObject(value)) throw new Misfit(pointer, `${JSON.stringify(value)} is not of type object`);
    const entry = ([key, element]) => [key, item.read(element, `${pointer}/${escapedKey(key)}`)];
    return Object.fromEntries(Object.entries(value).map(entry));
  };
  return { schema, read };
}

/** An object with these keys, each of its own shape, and no others. */
export function object(fields, about) {
  const properties = Object.fromEntries(Object.entries(fields).map(([key, shape]) => [key, shape.schema]));
  const required = Object.keys(fields).filter((key) => !fields[key].isOptional);
  const { schema } = described({ type: "object", properties, additionalProperties: false }, about);
  if (required.length > 0) schema.required = required;
  return { schema, read: (value, pointer) => readObject(fields, value, pointer) };
}

/** A value that may be left out, or be null. */
export function optional(shape) {
  const read = (value, pointer) => (value == null ? undefined : shape.read(value, pointer));
  return { schema: orNull(shape.schema), read, isOptional: true };
}

/** What a text or a value of JSON becomes by `parse`, which throws what is wrong with it. */
export function parsed(schema, parse, about) {
  const read = (value, pointer) => {
    try {
      return parse(value);
    } catch (why) {
      if (why instanceof Misfit) throw new Misfit(pointer + why.pointer, why.reason);
      throw new Misfit(pointer, why.message);
    }
  };
  return { schema: described(schema, about).schema, read };
}

/** A shape that stands for `value` where it is left out. */
export function withDefault(shape, value) {
  if (value === undefined) return shape;
  const read = (found, pointer) => (found === undefined ? value : shape.read(found, pointer));
  const schema = typeof value === "object" ? shape.schema : { ...shape.schema, default: value };
  return { schema, read, isOptional: true };
}

const KEYWORDS = { min: "minimum", max: "maximum" };
const LENGTHS = { string: ["minLength", "maxLength"], array: ["minItems", "maxItems"] };

/** The schema with a sentence for the form and with bounds, and the value where it is left out. */
function described(schema, about, { min, max, pattern, default: otherwise } = {}) {
  const [least, most] = LENGTHS[schema.type] ?? [KEYWORDS.min, KEYWORDS.max];
  const said = { ...schema };
  if (about) said.description = about;
  if (min !== undefined) said[least] = min;
  if (max !== undefined) said[most] = max;
  if (pattern !== undefined) said.pattern = pattern;
  return { schema: said, otherwise };
}

function orNull(schema) {
  if ("enum" in schema) {
    const { description, ...rest } = schema;
    return { ...(description && { description }), anyOf: [rest, { type: "null" }] };
  }
  return "type" in schema ? { ...schema, type: [schema.type, "null"].flat() } : schema;
}

function readObject(fields, value, pointer) {
  if (!isObject(value)) throw new Misfit(pointer, `${JSON.stringify(value)} is not of type object`);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) {
    const known = Object.keys(fields).map((key) => `\`${key}\``).join(", ");
    throw new Misfit(pointer, `there is no key \`${unknown}\`, but ${known || "none at all"}`);
  }
  const entry = ([key, shape]) => {
    if (value[key] === undefined && !shape.isOptional) throw new Misfit(pointer, `\`${key}\` is missing`);
    return [key, shape.read(value[key], `${pointer}/${escapedKey(key)}`)];
  };
  return Object.fromEntries(Object.entries(fields).map(entry));
}
