// Hands messages to an ntfy server, which pushes them to telephones that follow a topic.

import {
  BadConfig,
  defineChannel,
  Failed,
  http,
  HttpError,
  object,
  Retry,
  SecretError,
  secrets,
  text,
  truth,
} from "tellify-plugin";

/** ntfy's own, from 1 to 5. */
const PRIORITIES = { debug: 1, info: 2, notice: 3, warning: 3, error: 4, critical: 5 };
/** By their names in ntfy, which shows them as pictures. */
const TAGS = { firing: "rotating_light", resolved: "white_check_mark", note: "information_source" };
/** So many links fit below a message. */
const ACTIONS_MAX = 3;

export default defineChannel({
  name: "ntfy",
  version: "0.1.0",
  title: "Push messages by ntfy",
  description: "Hands messages to an ntfy server, which pushes them to whoever follows a topic.",
  config: object({
    server: text("Where the server is, with a slash at the end.", {
      pattern: "^https://[^/]+/$",
      default: "https://ntfy.sh/",
    }),
    topic: text("The topic. Whoever knows its name can read it, unless the server asks for a token.", {
      pattern: "^[-_A-Za-z0-9]{1,64}$",
    }),
    needs_token: truth("Whether the server wants the secret `ntfy-token`.", { default: false }),
  }),

  titleOf: (config) => `ntfy: ${config.topic}`,

  deliver(config, now, message) {
    const answer = send(config, message);
    if (answer.isSuccess) return answer.json().id;
    const reason = `the server answered with ${answer.status}`;
    if (answer.status === 429 || answer.status >= 500) throw new Retry(reason, pauseMs(answer));
    if (answer.status === 401 || answer.status === 403) {
      throw new BadConfig(`the server does not let us write to ${config.topic}: set needs_token and ntfy-token`);
    }
    throw new Failed(reason);
  },
});

function send(config, message) {
  const headers = config.needs_token ? { authorization: `Bearer ${token()}` } : {};
  const json = {
    topic: config.topic,
    title: message.subject,
    message: message.ascii || message.text,
    priority: PRIORITIES[message.severity],
    tags: [...new Set(message.items.map((item) => TAGS[item.state]))],
    actions: message.links.slice(0, ACTIONS_MAX).map(([label, url]) => ({ action: "view", label, url })),
  };
  const [first] = message.items;
  if (first?.link) json.click = first.link;
  try {
    return http.post(config.server, { headers, json });
  } catch (error) {
    throw error instanceof HttpError && error.isPassing ? new Retry(error.message) : error;
  }
}

function token() {
  try {
    return secrets.get("ntfy-token");
  } catch (error) {
    throw error instanceof SecretError ? new BadConfig(error.message) : error;
  }
}

/** What the server wants to be left alone for. */
function pauseMs(answer) {
  const seconds = Number(answer.header("retry-after"));
  return seconds > 0 ? seconds * 1000 : undefined;
}
