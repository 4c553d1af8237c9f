// node validate.mjs API_FOLDER TRAFFIC.jsonl...
// Validates recorded traffic, one JSON object a line: {operationId, direction: "request" | "answer", status,
// contentType, body}; body is the text as it travelled, status is 0 for requests. Fails if any body is wrong, or if
// nothing was recorded.
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";

import { Contract } from "./contract.mjs";

const [folder, ...files] = process.argv.slice(2);
const overlay = path.join(folder, "overlay.yaml");
const said = fs.existsSync(overlay) ? (YAML.parse(fs.readFileSync(overlay, "utf8"))?.wire ?? {}) : {};
const contract = new Contract(folder, Object.keys(said.open ?? {}));

let bodies = 0;
const operations = new Set();
const faults = new Map();
for (const file of files) {
  fs.readFileSync(file, "utf8").split("\n").forEach((line, index) => {
    if (line === "") return;
    const record = JSON.parse(line);
    bodies += 1;
    operations.add(record.operationId);
    for (const fault of contract.check(record)) {
      const key = `${record.operationId} ${record.direction} ${record.status || ""}: ${fault}`;
      const known = faults.get(key) ?? { count: 0, place: `${file}:${index + 1}`, body: record.body };
      known.count += 1;
      faults.set(key, known);
    }
  });
}

for (const [fault, { count, place, body }] of faults) {
  console.log(`${fault}\n    ${count} times, first at ${place}: ${body.slice(0, 300)}`);
}
console.log(`${bodies} bodies of ${operations.size} operations, ${faults.size} kinds of faults`);
if (bodies === 0) console.log("Nothing was recorded: the traffic is missing, not right.");
process.exitCode = bodies === 0 || faults.size > 0 ? 1 : 0;
