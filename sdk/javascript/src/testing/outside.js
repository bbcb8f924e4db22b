// What a plugin finds outside in a test: what the test says.

import { now as here, Outside, Store } from "../host/native.js";
import { utf8 } from "../utf8.js";

const bytes = (content) => (typeof content === "string" ? utf8(content) : content);

export function answerHttp(answer) {
  here.outside.http = (request) => {
    const { status, headers, body } = answer(request);
    return { status, headers: headers.map(([key, value]) => ({ key, value })), body };
  };
}

export function takeSent() {
  return here.outside.sent.splice(0);
}

export function setSecret(name, text) {
  here.outside.secrets.set(name, text);
}

export function acceptSignature(secret, data, signature) {
  here.outside.signatures.push({ secret, data: bytes(data), signature: bytes(signature) });
}

export function addSource(name, kind, answer) {
  here.outside.sources.set(name, { kind, answer });
}

export function takeLog() {
  return here.store.lines.splice(0);
}

export function reset() {
  here.store = new Store();
  here.outside = new Outside();
}
