// Anthropic's SDK.

import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { KEY, Weather, faulty, main, resultOf } from "./task.mjs";

async function asked(task, messages, more = {}) {
  const client = new Anthropic({
    apiKey: KEY,
    baseURL: task.url,
    maxRetries: task.tries - 1,
    defaultHeaders: faulty(task),
  });
  const body = { model: "m", max_tokens: 2048, messages, ...more };
  return task.stream
    ? await client.messages.stream(body).finalMessage()
    : await client.messages.parse(body);
}

const words = (message) =>
  message.content
    .filter((block) => block.type === "text")
    .map((block) => block.text)
    .join("");

/** A block as it came: what the SDK's helpers add is for the caller. */
const bare = ({ parsed_output, ...block }) => block;

const anthropic = {
  async converse(task) {
    const more = {
      thinking: { type: "enabled", budget_tokens: 1024 },
      tools: [
        {
          name: task.tool.name,
          description: task.tool.description,
          input_schema: task.tool.schema,
        },
      ],
    };
    const messages = [{ role: "user", content: task.question }];
    const answer = await asked(task, messages, more);
    const thoughts = answer.content.filter((b) => b.type === "thinking");
    const uses = answer.content.filter((b) => b.type === "tool_use");
    const results = uses.map((use) => ({
      type: "tool_result",
      tool_use_id: use.id,
      content: resultOf(task, use.input),
    }));
    messages.push(
      { role: "assistant", content: answer.content.map(bare) },
      { role: "user", content: results },
    );
    return {
      text: words(answer),
      reasoning: thoughts.map((block) => block.thinking).join(""),
      seals: thoughts.map((block) => block.signature),
      calls: uses.map(({ id, name, input }) => ({ id, name, arguments: input })),
      last: words(await asked(task, messages, more)),
    };
  },

  async structure(task) {
    const format = zodOutputFormat(Weather);
    const messages = [{ role: "user", content: task.question }];
    const answer = await asked(task, messages, { output_config: { format } });
    return { parsed: answer.parsed_output, schema: format.schema };
  },

  async show(task) {
    const data = task.picture;
    const source = { type: "base64", media_type: "image/png", data };
    const content = [
      { type: "image", source },
      { type: "text", text: task.question },
    ];
    return { text: words(await asked(task, [{ role: "user", content }])) };
  },

  async say(task) {
    const messages = [{ role: "user", content: task.question }];
    return { text: words(await asked(task, messages)) };
  },
};

function told(error) {
  if (!(error instanceof Anthropic.APIError)) return undefined;
  const wait = error.headers?.get("retry-after") ?? null;
  return { name: error.constructor.name, status: error.status, wait };
}

await main({ anthropic }, told);
