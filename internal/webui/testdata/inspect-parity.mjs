// Runs the cases of internal/inspector through the modules of the page and writes what they say, in the order of the cases.
import { readFileSync } from "node:fs";
import { decode } from "../static/inspect-decode.js";
import { find } from "../static/inspect-find.js";
import { judge } from "../static/inspect-judge.js";
import { lint } from "../static/inspect-lint.js";
import { verifySecret } from "../static/inspect-verify.js";

const all = JSON.parse(readFileSync(process.argv[2], "utf8"));
const secrets = JSON.parse(readFileSync(process.argv[3], "utf8"));
const said = [];
for (const { name, text, secret } of all.cases) {
  const { token, place } = find(text);
  const decoded = decode(token);
  const checked = secret === undefined ? { signature: "unchecked", verification: "assumed" } : await verifySecret(decoded, secret);
  const verdict = judge(decoded, { issuer: all.issuer, audience: all.audience, now: all.now * 1000, verification: checked.verification });
  said.push({
    name,
    where: place,
    kind: decoded.kind,
    findings: (await lint(decoded, secrets)).map(({ id, what }) => `${id} ${what}`.trim()),
    signature: decoded.kind === "jws" ? checked.signature : "unchecked",
    code: verdict.code,
    failed: verdict.steps.find((s) => s.outcome === "failed")?.rule ?? "",
  });
}
console.log(JSON.stringify(said));
