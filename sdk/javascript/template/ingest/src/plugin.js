// Takes reports of finished jobs: `{"job": "backup", "status": "good"}`, and whatever else there is to say.

import { defineIngest, Malformed, object, secrets, text, Unauthorized } from "tellify-plugin";

export default defineIngest({
  name: "{{name}}",
  version: "0.1.0",
  title: "Reports of jobs",
  description: "Takes a JSON object with `job` and `status`, and whatever else there is.",
  config: object({
    type: text("The type of the events that are made.", { default: "job.done" }),
  }),

  accept(config, now, request) {
    // The secret itself stays with the daemon, which compares.
    if (!secrets.verifyEqual("{{name}}-token", request.header("x-token") ?? "")) {
      throw new Unauthorized("the header `x-token` is not the token");
    }
    const data = read(request);
    if (typeof data?.job !== "string") throw new Malformed("the body has no `job`");
    return { events: [{ type: config.type, subject: data.job, data }] };
  },
});

function read(request) {
  try {
    return request.json();
  } catch {
    throw new Malformed("the body is no JSON");
  }
}
