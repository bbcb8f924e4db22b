// What an administrator granted: requests, secrets and sources.

import { Failed } from "./error.js";
import { failureOf, host } from "./host/index.js";
import { fromUtf8Lossy, utf8 } from "./utf8.js";

const WITHOUT_WORDS = {
  timeout: "no answer came in time",
  "too-big": "the request or its answer is too large",
};

/** Why nothing came from outside; `tag` is the case of the interface, such as `denied` or `timeout`. */
class OutsideError extends Failed {
  constructor(tag, why) {
    super(why ?? WITHOUT_WORDS[tag] ?? tag);
    this.tag = tag;
  }
}

/** Why there is no answer to a request. */
export class HttpError extends OutsideError {
  /** Whether another attempt, later, may go better. */
  get isPassing() {
    return ["timeout", "dns", "io"].includes(this.tag);
  }
}

/** Why there is no secret. */
export class SecretError extends OutsideError {}

/** Why a source gave no answer. */
export class SourceError extends OutsideError {}

function asked(Kind, ask) {
  try {
    return ask();
  } catch (error) {
    const failure = error instanceof Kind ? undefined : failureOf(error);
    throw failure ? new Kind(failure.tag, failure.val) : error;
  }
}

/** An answer, whatever its status. */
export class Response {
  constructor(status, headers = {}, body = new Uint8Array()) {
    this.status = status;
    this.headers = Array.isArray(headers) ? headers : Object.entries(headers);
    this.body = typeof body === "string" ? utf8(body) : body;
  }

  get isSuccess() {
    return this.status >= 200 && this.status < 300;
  }

  header(name) {
    return this.headers.find(([key]) => key === name)?.[1];
  }

  text() {
    return fromUtf8Lossy(this.body);
  }

  json() {
    try {
      return JSON.parse(this.text());
    } catch (why) {
      throw new Failed(`the answer (status ${this.status}) does not read: ${why.message}`);
    }
  }
}

/** Requests to the URLs that an administrator granted. */
export const http = {
  send({ method, url, headers = {}, body = new Uint8Array(), json, timeoutMs }) {
    const own = json === undefined ? headers : { "content-type": "application/json", ...headers };
    const bytes = json === undefined ? body : JSON.stringify(json);
    const answer = asked(HttpError, () =>
      host.http.send({
        method,
        url,
        headers: Object.entries(own).map(([key, value]) => ({ key, value })),
        body: typeof bytes === "string" ? utf8(bytes) : bytes,
        timeoutMs: timeoutMs ?? null,
      }),
    );
    return new Response(
      answer.status,
      answer.headers.map(({ key, value }) => [key, value]),
      Uint8Array.from(answer.body),
    );
  },
  get: (url, options = {}) => http.send({ ...options, method: "GET", url }),
  post: (url, options = {}) => http.send({ ...options, method: "POST", url }),
};

/**
 * Secrets that an administrator set and granted, by name. To check a signature or a token, the
 * latter two do without the secret itself ever coming here.
 */
export const secrets = {
  get: (name) => asked(SecretError, () => host.secrets.get(name)),
  verifyHmac: (name, hash, data, signature) =>
    asked(SecretError, () => host.secrets.verifyHmac(name, hash, data, signature)),
  verifyEqual: (name, value) => asked(SecretError, () => host.secrets.verifyEqual(name, value)),
};

/** Sources that an administrator configured and granted, by name: for monitors. */
export const sources = {
  granted: () => host.sources.granted(),
  call: (source, method, args) =>
    JSON.parse(asked(SourceError, () => host.sources.call(source, method, JSON.stringify(args)))),
};
