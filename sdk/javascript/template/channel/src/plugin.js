// Hands each message to a service that sends it on to a telephone, as one line.

import { BadConfig, defineChannel, Failed, http, object, Retry, text } from "tellify-plugin";

export default defineChannel({
  name: "{{name}}",
  version: "0.1.0",
  title: "Short messages",
  description: "Sends one line to a telephone.",
  /** What an address configures. */
  config: object({ number: text("The telephone's number.") }),

  deliver(config, now, message) {
    // A message may come twice, after a crash: by its id the service knows it again.
    const headers = { "idempotency-key": message.id };
    const json = { to: config.number, text: message.text };
    const answer = http.post("https://sms.example.org/send", { headers, json });
    if (answer.isSuccess) return answer.header("x-message-id") ?? "";
    const reason = `the service answered with ${answer.status}`;
    if (answer.status === 429 || answer.status >= 500) {
      const seconds = Number(answer.header("retry-after"));
      throw new Retry(reason, seconds > 0 ? seconds * 1000 : undefined);
    }
    if (answer.status === 400) throw new BadConfig(`${config.number} is no number that it sends to`);
    throw new Failed(reason);
  },
});
