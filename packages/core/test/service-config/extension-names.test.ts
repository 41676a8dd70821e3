import { describe, expect, test } from "vitest";
import { load, problemsOf } from "./fake-plugins.ts";

/** A config whose exporter has its requests signed by `id`. */
function textWith(id: string, more: string, startup = "fail"): string {
  return `receivers: { clock: }
exporters:
  otlp_http: { endpoint: "http://localhost:1", signers: [{ extension: ${id} }], startup: ${startup} }
pipelines: { metrics: { receivers: [clock], exporters: [otlp_http] } }
${more}`;
}

const problemsWith = (id: string, more: string): Promise<string[]> => problemsOf(textWith(id, more));

const place = "config.yaml:3:71: exporters.otlp_http.signers[0].extension:";

describe("an option that names an extension", () => {
  test("is right when that one starts", async () => {
    expect(await problemsWith("zpages/a", "extensions: { zpages/a: }")).toEqual([]);
    expect(await problemsWith("zpages/a", "extensions: { zpages/a: }\nservice: { extensions: [zpages/a] }")).toEqual(
      [],
    );
  });

  test("is wrong when there is none of this ID, or it does not start", async () => {
    expect(await problemsWith("zpages/b", "extensions: { zpages/a: }")).toEqual([
      `${place} no extension "zpages/b" is defined. Did you mean "zpages/a"? [authenticator-missing]`,
    ]);
    expect(await problemsWith("oidc", "")).toEqual([
      `${place} no extension "oidc" is defined. Define it under extensions, and list it under service.extensions. [authenticator-missing]`,
    ]);
    expect(
      await problemsWith("zpages", "extensions: { zpages: , health_check: }\nservice: { extensions: [health_check] }"),
    ).toEqual([
      `${place} the extension "zpages" does not start. Add it to service.extensions. [authenticator-missing]`,
      expect.stringContaining("extensions.zpages: the extension"),
    ]);
  });

  test("is a warning where the rest runs without the component", async () => {
    const { config, problems } = await load(textWith("oidc", "", "degrade"));
    expect(config).toBeDefined();
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([["authenticator-missing", "warning"]]);
  });

  test("is not judged where nobody knows what starts, or what it says", async () => {
    for (const [id, more] of [
      ["zpages", "extensions: { zpages: }\nservice: { extensions: [${env:NONE}] }"],
      ["zpages", "extensions: { zpages: }\nservice: { extensions: zpages }"],
      ["zpages", "extensions: [zpages]"],
      ["${env:NONE}", ""],
    ]) {
      const problems = await problemsWith(id!, more!);
      expect(problems).not.toEqual([]);
      expect(problems.filter((problem) => problem.includes("authenticator-missing"))).toEqual([]);
    }
  });
});
