// aws-local-stepfunctions, in process in Node; it keeps no history.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";

const { StateMachine } = createRequire(`${process.cwd()}/`)("aws-local-stepfunctions");

async function measured(workload) {
  const machine = new StateMachine(workload.definition, { validationOptions: { noValidate: true } });
  const run = async () => {
    const runs = Array.from({ length: workload.times }, () => machine.run(structuredClone(workload.input)).result);
    return (await Promise.all(runs)).at(-1);
  };
  await run();
  const began = performance.now();
  const output = await run();
  const seconds = (performance.now() - began) / 1000;
  return { name: workload.name, seconds, right: isDeepStrictEqual(output, workload.output) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const workload = JSON.parse(line);
  try {
    console.log(JSON.stringify(await measured(workload)));
  } catch (error) {
    console.log(JSON.stringify({ name: workload.name, error: String(error).slice(0, 200) }));
  }
}
