// Google's SDK.

import { ApiError, GoogleGenAI } from "@google/genai";
import { z } from "zod";
import { KEY, Weather, faulty, main, resultOf } from "./task.mjs";

const client = (task) =>
  new GoogleGenAI({
    apiKey: KEY,
    httpOptions: {
      baseUrl: task.url,
      headers: faulty(task),
      retryOptions: { attempts: task.tries },
    },
  });

/** The parts that are answered; the stream's own, chunk after chunk. */
async function parts(task, whole, streamed) {
  const found = [];
  const answers = task.stream ? await streamed() : [await whole()];
  for await (const answer of answers) {
    found.push(...(answer.candidates?.[0]?.content?.parts ?? []));
  }
  return found;
}

const asked = (task, contents, config = {}) => {
  const { models } = client(task);
  const body = { model: "m", contents, config };
  return parts(
    task,
    () => models.generateContent(body),
    () => models.generateContentStream(body),
  );
};

const words = (found, thought = false) =>
  found
    .filter((part) => Boolean(part.thought) === thought)
    .map((part) => part.text ?? "")
    .join("");

const gemini = {
  async converse(task) {
    const tool = {
      name: task.tool.name,
      description: task.tool.description,
      parametersJsonSchema: task.tool.schema,
    };
    const config = { tools: [{ functionDeclarations: [tool] }] };
    const chat = client(task).chats.create({ model: "m", config });
    const send = (message) =>
      parts(
        task,
        () => chat.sendMessage({ message }),
        () => chat.sendMessageStream({ message }),
      );
    const answer = await send(task.question);
    const calls = answer.flatMap((part) => part.functionCall ?? []);
    const results = calls.map((call) => ({
      functionResponse: {
        id: call.id,
        name: call.name,
        response: { output: resultOf(task, call.args) },
      },
    }));
    return {
      text: words(answer),
      reasoning: words(answer, true),
      seals: answer.flatMap((part) => part.thoughtSignature ?? []),
      calls: calls.map(({ id, name, args }) => ({ id, name, arguments: args })),
      last: words(await send(results)),
    };
  },

  async structure(task) {
    const { $schema, ...schema } = z.toJSONSchema(Weather);
    const found = await asked(task, task.question, {
      responseMimeType: "application/json",
      responseJsonSchema: schema,
    });
    return { parsed: Weather.parse(JSON.parse(words(found))), schema };
  },

  async show(task) {
    const inlineData = { data: task.picture, mimeType: "image/png" };
    return { text: words(await asked(task, [task.question, { inlineData }])) };
  },

  async say(task) {
    return { text: words(await asked(task, task.question)) };
  },
};

function told(error) {
  if (!(error instanceof ApiError)) return undefined;
  return { name: error.constructor.name, status: error.status, wait: null };
}

await main({ gemini }, told);
