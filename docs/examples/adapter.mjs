// An adapter as a program: whole answers of Anthropic's Messages wire, nothing but Node itself.
import { createInterface } from "node:readline";

const start = {
  protocol: 1, name: "example-node", version: "1.0", providers: ["anthropic"],
  capabilities: ["conversation", "usage"], unseen: ["error.kind", "error.retryable", "usage.details"],
};

async function ask(who, messages, system) {
  const body = JSON.stringify({ model: who.model, max_tokens: 1024, messages, ...(system.length && { system }) });
  const headers = { "content-type": "application/json", "x-api-key": who.key, "anthropic-version": "2023-06-01" };
  try {
    const answer = await fetch(`${who.base_url}/v1/messages`, { method: "POST", headers, body });
    if (!answer.ok) return { error: { message: (await answer.text()) || answer.statusText, status: answer.status } };
    const { content, usage, stop_reason } = await answer.json();
    const parts = content.map(({ text, citations }) => ({ type: "text", text, ...(citations && { provider_metadata: { anthropic: { citations } } }) }));
    const events = parts.map(({ text, provider_metadata }, part_index) => ({ type: "text", chunk: text, part_index, provider_metadata }));
    const finish_reason = { end_turn: "stop", max_tokens: "length" }[stop_reason] ?? stop_reason;
    const messages = parts.length ? [{ role: "assistant", parts }] : [];
    return { events, messages, usage: { input: usage.input_tokens, output: usage.output_tokens }, finish_reason, done: true };
  } catch (error) { // cut off, no JSON, no answer
    return { error: { message: String(error) } };
  }
}

let who, messages, system;
for await (const line of createInterface({ input: process.stdin })) {
  let said = JSON.parse(line), answer = {};
  if (said.command === "start") answer = start;
  if (said.command === "open") [who, messages, system] = [said, [], []];
  if (said.command === "prompt" || said.command === "reply") {
    if (said.system) system.push({ type: "text", text: said.system });
    if (said.prompt) messages.push({ role: "user", content: said.prompt });
    answer = said.messages.length ? { skipped: "the example takes no messages" } : await ask(who, messages, system);
    for (const { parts } of answer.messages ?? []) messages.push({ role: "assistant", content: parts.map(({ text }) => ({ type: "text", text })) });
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
