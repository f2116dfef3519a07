// Vercel's AI SDK, which calls the tools and asks again itself.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  Output,
  generateText,
  jsonSchema,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import { KEY, Weather, faulty, main, resultOf } from "./task.mjs";

const settings = (task, path) => ({
  apiKey: KEY,
  baseURL: `${task.url}${path}`,
  headers: faulty(task),
});

// It tells of settings that a model lacks on standard output, where the answer is.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** By wire: the model, its options, where it keeps a seal, and the form it asks for. */
const WIRES = {
  "openai-chat": {
    model: (task) => createOpenAI(settings(task, "/v1")).chat("m"),
    options: {},
    seal: () => undefined,
  },
  "openai-responses": {
    model: (task) => createOpenAI(settings(task, "/v1")).responses("gpt-5"),
    options: {
      openai: { store: false, include: ["reasoning.encrypted_content"] },
    },
    seal: (facts) => facts.openai?.reasoningEncryptedContent,
  },
  anthropic: {
    // Of a model that it does not know it asks for a form by a tool.
    model: (task) =>
      createAnthropic(settings(task, "/v1"))("claude-sonnet-4-5"),
    options: {
      anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } },
    },
    seal: (facts) => facts.anthropic?.signature,
  },
  gemini: {
    model: (task) =>
      createGoogleGenerativeAI(settings(task, "/v1beta"))("gemini-3-pro"),
    options: { google: { thinkingConfig: { includeThoughts: true } } },
    seal: (facts) => facts.google?.thoughtSignature,
    // It says what OpenAPI has a word for, and leaves the rest of a schema out.
    form: {
      type: "object",
      properties: { city: { type: "string" }, degrees: { type: "number" } },
      required: ["city", "degrees"],
    },
  },
};

/** The answer, whole or to the end of its stream; an error in it is thrown. */
async function asked(task, more) {
  const body = {
    model: WIRES[task.wire].model(task),
    maxRetries: task.tries - 1,
    ...more,
  };
  if (!task.stream) return await generateText(body);
  const result = streamText({ ...body, onError: () => {} });
  for await (const part of result.fullStream) {
    if (part.type === "error") throw part.error;
  }
  return {
    steps: await result.steps,
    text: await result.text,
    // There is none where none was asked for, and then it is thrown.
    output: more.output && (await result.output),
  };
}

const talks = {
  async converse(task) {
    const { name, description, schema } = task.tool;
    const weather = tool({
      description,
      inputSchema: jsonSchema(schema),
      execute: (argumentsOf) => resultOf(task, argumentsOf),
    });
    const { seal, options } = WIRES[task.wire];
    const answer = await asked(task, {
      messages: [{ role: "user", content: task.question }],
      tools: { [name]: weather },
      stopWhen: stepCountIs(2),
      providerOptions: options,
    });
    const [first] = answer.steps;
    return {
      text: first.text,
      reasoning: first.reasoningText ?? "",
      seals: first.content
        .filter((part) => part.type === "reasoning" || part.type === "tool-call")
        .flatMap((part) => seal(part.providerMetadata ?? {}) ?? []),
      calls: first.toolCalls.map((call) => ({
        id: call.toolCallId,
        name: call.toolName,
        arguments: call.input,
      })),
      last: answer.text,
    };
  },

  async structure(task) {
    const schema =
      WIRES[task.wire].form ?? z.toJSONSchema(Weather, { target: "draft-7" });
    const answer = await asked(task, {
      prompt: task.question,
      output: Output.object({ schema: Weather }),
    });
    return { parsed: answer.output, schema };
  },

  async show(task) {
    const image = Buffer.from(task.picture, "base64");
    const content = [
      { type: "text", text: task.question },
      { type: "image", image, mediaType: "image/png" },
    ];
    const answer = await asked(task, { messages: [{ role: "user", content }] });
    return { text: answer.text };
  },

  async say(task) {
    return { text: (await asked(task, { prompt: task.question })).text };
  },
};

function told(error) {
  if (!APICallError.isInstance(error)) return undefined;
  const wait = error.responseHeaders?.["retry-after"] ?? null;
  return { name: error.name, status: error.statusCode, wait };
}

await main(Object.fromEntries(Object.keys(WIRES).map((w) => [w, talks])), told);
