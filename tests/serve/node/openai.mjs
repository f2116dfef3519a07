// OpenAI's SDK on both its wires.

import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { KEY, Weather, faulty, main, resultOf } from "./task.mjs";

const client = (task) =>
  new OpenAI({
    apiKey: KEY,
    baseURL: `${task.url}/v1`,
    maxRetries: task.tries - 1,
    defaultHeaders: faulty(task),
  });

function told(error) {
  if (!(error instanceof OpenAI.APIError)) return undefined;
  const wait = error.headers?.get("retry-after") ?? null;
  return { name: error.constructor.name, status: error.status, wait };
}

// -------------------------------------------------------------------- chat

async function chatted(task, messages, more = {}) {
  const { completions } = client(task).chat;
  const asked = { model: "m", messages, ...more };
  const answer = task.stream
    ? await completions.stream(asked).finalChatCompletion()
    : await (more.response_format
        ? completions.parse(asked)
        : completions.create(asked));
  return answer.choices[0].message;
}

const chat = {
  async converse(task) {
    const tools = [
      {
        type: "function",
        function: {
          name: task.tool.name,
          description: task.tool.description,
          parameters: task.tool.schema,
        },
      },
    ];
    const messages = [{ role: "user", content: task.question }];
    const said = await chatted(task, messages, { tools });
    const calls = said.tool_calls.map((call) => ({
      id: call.id,
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
    }));
    messages.push(said);
    for (const call of calls) {
      const content = resultOf(task, call.arguments);
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
    const details = said.reasoning_details ?? [];
    return {
      text: said.content,
      reasoning: details.map((detail) => detail.text).join(""),
      seals: details.map((detail) => detail.signature),
      calls,
      last: (await chatted(task, messages, { tools })).content,
    };
  },

  async structure(task) {
    const form = zodResponseFormat(Weather, "Weather");
    const messages = [{ role: "user", content: task.question }];
    const said = await chatted(task, messages, { response_format: form });
    return { parsed: said.parsed, schema: form.json_schema.schema };
  },

  async show(task) {
    const url = `data:image/png;base64,${task.picture}`;
    const content = [
      { type: "text", text: task.question },
      { type: "image_url", image_url: { url } },
    ];
    return { text: (await chatted(task, [{ role: "user", content }])).content };
  },

  async say(task) {
    const messages = [{ role: "user", content: task.question }];
    return { text: (await chatted(task, messages)).content };
  },
};

// --------------------------------------------------------------- Responses

async function responded(task, input, more = {}) {
  const { responses } = client(task);
  const asked = {
    model: "m",
    input,
    store: false,
    include: ["reasoning.encrypted_content"],
    ...more,
  };
  if (task.stream) return await responses.stream(asked).finalResponse();
  return await (more.text ? responses.parse(asked) : responses.create(asked));
}

/** An item as it came: what the SDK's helpers add is for the caller. */
function bare({ parsed_arguments, ...item }) {
  if (item.type !== "message") return item;
  return { ...item, content: item.content.map(({ parsed, ...c }) => c) };
}

const responses = {
  async converse(task) {
    const tools = [
      {
        type: "function",
        name: task.tool.name,
        description: task.tool.description,
        parameters: task.tool.schema,
        strict: false,
      },
    ];
    const input = [{ role: "user", content: task.question }];
    const answer = await responded(task, input, { tools });
    input.push(...answer.output.map(bare));
    const calls = answer.output
      .filter((item) => item.type === "function_call")
      .map((item) => ({
        id: item.call_id,
        name: item.name,
        arguments: JSON.parse(item.arguments),
      }));
    for (const call of calls) {
      const output = resultOf(task, call.arguments);
      input.push({ type: "function_call_output", call_id: call.id, output });
    }
    const thoughts = answer.output.filter((item) => item.type === "reasoning");
    return {
      text: answer.output_text,
      reasoning: thoughts
        .flatMap((item) => [...(item.summary ?? []), ...(item.content ?? [])])
        .map((thought) => thought.text)
        .join(""),
      seals: thoughts.map((item) => item.encrypted_content),
      calls,
      last: (await responded(task, input, { tools })).output_text,
    };
  },

  async structure(task) {
    const format = zodTextFormat(Weather, "Weather");
    const answer = await responded(task, task.question, { text: { format } });
    return { parsed: answer.output_parsed, schema: format.schema };
  },

  async show(task) {
    const picture = `data:image/png;base64,${task.picture}`;
    const content = [
      { type: "input_text", text: task.question },
      { type: "input_image", image_url: picture, detail: "auto" },
    ];
    const answer = await responded(task, [{ role: "user", content }]);
    return { text: answer.output_text };
  },

  async say(task) {
    return { text: (await responded(task, task.question)).output_text };
  },
};

await main({ "openai-chat": chat, "openai-responses": responses }, told);
