// Raises an alarm while a page does not answer as it should.

import { defineMonitor, http, HttpError, object, type Response, text } from "tellify-plugin";

export default defineMonitor({
  name: "{{name}}",
  version: "0.1.0",
  title: "A page answers",
  description: "Raises an alarm while a page does not answer as it should.",
  /** What a monitor's file configures. */
  config: object({
    url: text("The page."),
    word: text("A word that it must hold.", { default: "" }),
  }),

  check(config) {
    const answer = ask(config.url);
    if (!answer) return { status: "alarm", message: "it does not answer" };
    const value = answer.status;
    if (!answer.isSuccess) return { status: "alarm", message: `it answers with ${value}`, value };
    if (answer.text().includes(config.word)) return { status: "ok", message: "it answers", value };
    return { status: "alarm", message: `it answers without \`${config.word}\``, value };
  },
});

/** The answer, if there is one. */
function ask(url: string): Response | undefined {
  try {
    return http.get(url);
  } catch (error) {
    // That nobody answers is what this looks for; that it may not look is its own trouble.
    if (error instanceof HttpError && error.isPassing) return undefined;
    throw error;
  }
}
