// What every script is told on standard input, and how it prints what it heard.

import { text } from "node:stream/consumers";
import { z } from "zod";

export const KEY = "sk-none";

/** The form that an answer is asked for in. */
export const Weather = z.strictObject({ city: z.string(), degrees: z.number() });

/** The headers that ask for a fault, where the task has one. */
export const faulty = (task) =>
  task.fault ? { "x-harness-fault": task.fault } : {};

/** What a tool gives back of a city. */
export const resultOf = (task, argumentsOf) => task.results[argumentsOf.city];

/**
 * Does what the task says, and prints it as JSON.
 *
 * @param talks by the wire and what is asked for, a function of the task.
 * @param told what an error of this SDK says, or nothing where it is none of its own.
 */
export async function main(talks, told) {
  const task = JSON.parse(await text(process.stdin));
  let heard;
  try {
    heard = await talks[task.wire][task.talk](task);
  } catch (error) {
    const raised = told(error);
    if (!raised) throw error;
    heard = { raised };
  }
  process.stdout.write(JSON.stringify(heard));
}
