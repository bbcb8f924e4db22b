// Plugins natively, without WebAssembly, as the daemon would call them: see `../testing.d.ts`.

export { accept, check, deliver, query, validate } from "./calls.js";
export { acceptSignature, addSource, answerHttp, reset, setSecret, takeLog, takeSent } from "./outside.js";
export { BEGIN, Stage } from "./stage.js";
