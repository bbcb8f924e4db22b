// What the daemon offers to a plugin. An entry of a component connects its imports; until one has,
// as in tests, the host is a small stand-in of this process.

import { Failed } from "../error.js";
import { native } from "./native.js";

/** The host that there is: see `native.js` for its functions. */
export let host = native;

/** From now on, this is the host. */
export function connect(other) {
  host = other;
}

const REFUSALS = {
  "too-big": (key) => `the value for \`${key}\` is too big to be kept`,
  quota: () => "this subscription's state is full",
  "not-a-number": (key) => `what is kept under \`${key}\`, or would be, is no finite number`,
};

/** The host did not take a write. */
export class Refused extends Failed {
  constructor(why, key) {
    super(REFUSALS[why](key));
    this.why = why;
  }
}

/** What the interface says that went wrong, `{ tag, val }`; none when it is another kind of error. */
export function failureOf(error) {
  // The imports of a component throw an error around it.
  const said = error?.payload ?? error;
  return typeof said?.tag === "string" ? said : undefined;
}
