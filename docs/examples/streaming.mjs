// An adapter as a program: Anthropic's Messages wire, with nothing but Node itself.
import { createInterface } from "node:readline";

const start = {
  protocol: 1, name: "example-node", version: "1.0", providers: ["anthropic"],
  capabilities: ["streaming", "conversation", "usage"], unseen: ["error.kind", "error.retryable", "usage.details"],
};

async function* events(who, messages, system) {
  const body = { model: who.model, max_tokens: 1024, messages, stream: who.stream, ...(system.length && { system }) };
  const headers = { "content-type": "application/json", "x-api-key": who.key, "anthropic-version": "2023-06-01" };
  const answer = await fetch(`${who.base_url}/v1/messages`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw Object.assign(new Error((await answer.text()) || answer.statusText), { status: answer.status });
  if (!who.stream) return yield { type: "whole", message: await answer.json() };
  let rest = "";
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
  }
}

async function hear(who, messages, system) {
  const reply = { events: [], messages: [], done: false, usage: {} };
  const count = (usage) => {
    if (usage?.input_tokens != null) reply.usage.input = usage.input_tokens;
    if (usage?.output_tokens != null) reply.usage.output = usage.output_tokens;
  };
  const finish = (reason) => { reply.finish_reason = { end_turn: "stop", max_tokens: "length" }[reason] ?? reason; };
  const citations = [];
  const cite = (index, citation) => {
    citations.push(citation);
    reply.events.push({ type: "text", chunk: "", part_index: index, provider_metadata: { anthropic: { citations: [...citations] } } });
  };
  const say = (index, chunk) => chunk && reply.events.push({ type: "text", chunk, part_index: index });
  try {
    for await (const event of events(who, messages, system)) {
      if (event.type === "error") throw Object.assign(new Error(event.error.message), { status: 529 });
      if (event.type === "whole") {
        event.message.content.forEach((block, index) => say(index, block.text));
        count(event.message.usage); finish(event.message.stop_reason); reply.done = true;
      }
      if (event.type === "message_start") count(event.message.usage);
      if (event.type === "content_block_start") say(event.index, event.content_block.text);
      if (event.type === "content_block_delta") say(event.index, event.delta.text);
      if (event.delta?.citation) cite(event.index, event.delta.citation);
      if (event.type === "message_delta") { count(event.usage); finish(event.delta.stop_reason); }
      if (event.type === "message_stop") reply.done = true;
    }
    if (!reply.done) throw new Error("the stream ended before message_stop");
  } catch (error) {
    Object.assign(reply, { done: false, error: { message: String(error.message), status: error.status ?? null } });
  }
  const text = reply.events.map((event) => event.chunk).join("");
  if (text) reply.messages = [{ role: "assistant", parts: [{ type: "text", text, ...(citations.length && { provider_metadata: { anthropic: { citations } } }) }] }];
  return reply;
}

let who, messages, system;
for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  let answer = {};
  if (said.command === "start") answer = start;
  if (said.command === "open") {
    [who, messages, system] = [said, [], []];
    if (said.tools.length || Object.keys(said.options).length) answer = { skipped: "no tools, no options here" };
  }
  if (said.command === "prompt" || said.command === "reply") {
    if (said.system) system.push({ type: "text", text: said.system });
    if (said.messages.length) answer = { skipped: "no messages here" };
    else {
      if (said.prompt) messages.push({ role: "user", content: said.prompt });
      answer = await hear(who, messages, system);
      for (const { parts } of answer.messages) messages.push({ role: "assistant", content: parts[0].text });
    }
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
