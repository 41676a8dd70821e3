import { expect, test } from "vitest";
import { emptyScope, itemMatcher, logs, resource, scope, type Logs } from "../../src/pdata/pdata.ts";

// Both texts may be megabytes, and there may be a million records under them.
test("a resource and a scope are looked at once, however many records they have", () => {
  let looks = 0;
  const owner = resource({ "service.name": "checkout" });
  const within = scope({ name: "http" });
  const records = logs(Array.from({ length: 50 }, () => ({ resource: owner, scope: within })));
  const count = <T extends object>(one: T, member: keyof T): void => {
    const value = one[member];
    Object.defineProperty(one, member, { get: () => (looks++, value) });
  };
  count(owner, "attributes");
  count(within, "name");
  const batch: Logs = { ...records, scopes: records.scopes.map((one, i) => (i === 49 ? emptyScope : one)) };
  const matcher = itemMatcher({ match_type: "regexp", services: ["^check"], libraries: [{ name: "^http$" }] });
  expect(Array.from({ length: 50 }, (_, i) => matcher.log(batch, i)).indexOf(false)).toBe(49);
  // Conditions on attributes, the service, and the scope.
  expect(looks).toBe(3);
});
