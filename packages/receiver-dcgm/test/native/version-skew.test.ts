import { describe, expect, test } from "vitest";
import { versionSkew } from "../../src/native/version-skew.ts";

describe("a libdcgm", () => {
  test.each([
    ["4.6.0", "4.5.3"],
    ["4.6.0", "3.3.9"],
    ["4.0.0", "3.3.9"],
    ["5.0.0", "4.5.0"],
  ])("is refused where the engine would not understand it: %s asks %s", (library, engine) => {
    expect(versionSkew(library, engine, "/lib/libdcgm.so.4")).toMatchObject({
      code: "dcgm-version-skew",
      message: `libdcgm ${library} (/lib/libdcgm.so.4) is too new for the engine, which is ${engine}: it would refuse every read`,
      remedy: `Update the engine (nv-hostengine) to ${library}, or name a libdcgm of ${engine} or older in the option library`,
    });
  });

  test.each([
    ["4.6.0", "4.6.0"],
    ["4.5.3", "4.0.0"],
    ["3.1.0", "4.6.0"],
    ["4.0.0", "4.6.0"],
    ["4.7.0", "4.6.0"],
    ["4.6.0", ""],
    ["4.6.0", "unknown"],
  ])("of %s may ask an engine of %s", (library, engine) => {
    expect(versionSkew(library, engine, "/lib/libdcgm.so.4")).toBeUndefined();
  });
});
