import { describe, expect, test } from "vitest";
import { allFields, findField } from "../src/fields/catalogue.ts";
import { parseCountersFile } from "../src/fields/counters-file.ts";
import { closest } from "../src/fields/did-you-mean.ts";
import { exporterDefaults, fieldProblem, selectFields } from "../src/fields/select-fields.ts";
import { allMappings, scaled } from "../src/naming/mapping.ts";

describe("the field catalogue", () => {
  test.each([
    ["the id", "150"],
    ["the name of DCGM 4.6", "DCGM_FI_DEV_GPU_TEMP_CELSIUS"],
    ["the name before 4.6", "DCGM_FI_DEV_GPU_TEMP"],
    ["the name without its prefix", "DEV_GPU_TEMP"],
    ["the name of dcgm-exporter 1.x", "dcgm_gpu_temp"],
    ["the tag", "gpu_temp"],
  ])("finds a field by %s", (_what, text) => {
    expect(findField(text)).toMatchObject({
      id: 150,
      type: "int64",
      level: "GPU",
      family: "thermal",
      name: "DCGM_FI_DEV_GPU_TEMP_CELSIUS",
      legacyName: "DCGM_FI_DEV_GPU_TEMP",
    });
  });

  test("gives the fields in base units ids of their own", () => {
    expect([findField("DCGM_FI_DEV_SM_CLOCK_HERTZ")?.id, findField("DCGM_FI_DEV_SM_CLOCK")?.id]).toEqual([1603, 100]);
  });

  test("has no name and no tag twice", () => {
    const seen = new Map<string, number>();
    const twice: string[] = [];
    for (const { id, names, tag } of allFields()) {
      for (const name of new Set([...names, tag])) {
        if (seen.has(name) && seen.get(name) !== id) twice.push(name);
        seen.set(name, id);
      }
    }
    expect(twice).toEqual([]);
  });

  test("finds every field by every name that it has", () => {
    const lost = allFields().flatMap(({ id, names }) => names.filter((name) => findField(name)?.id !== id));
    expect(lost).toEqual([]);
  });

  test("maps only fields that it knows, and no metric twice with the same attributes and level", () => {
    const byId = new Map(allFields().map((field) => [field.id, field]));
    const seen = new Map<string, number>();
    const unknown: number[] = [];
    const clashes: [number, number][] = [];
    for (const [id, { metric, attributes, transform }] of allMappings()) {
      const field = byId.get(id);
      if (field === undefined) unknown.push(id);
      else {
        const key = `${metric} ${JSON.stringify(attributes)} ${field.level === "GPU_CI" ? "GPU" : field.level} ${transform.kind}`;
        const other = seen.get(key);
        // The same quantity in other units, which a host engine has or has not: the first that has a value is shown.
        if (other !== undefined && id < 1600) clashes.push([other, id]);
        seen.set(key, id);
      }
    }
    expect(unknown).toEqual([]);
    expect(clashes).toEqual([]);
  });
});

describe("the choice of fields", () => {
  test("shows under names of dcgm-exporter just its default counters", () => {
    const chosen = selectFields(["default"], [], "auto");
    expect(chosen.filter(({ exporter }) => exporter).map(({ field }) => field.id)).toEqual(
      exporterDefaults.toSorted((a, b) => a - b),
    );
    const free = chosen.find(({ field }) => field.id === 251);
    expect(free).toMatchObject({ otel: false, exporter: true });
  });

  test("takes families, presets, ids and names, each field once", () => {
    const ids = selectFields(["ecc", 150, "gpu_temp", "DCGM_FI_DEV_POWER_USAGE"], [], "auto").map(
      ({ field }) => field.id,
    );
    expect(ids).toContain(310);
    expect(ids.filter((id) => id === 150 || id === 155)).toEqual([150, 155]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(selectFields(["all"], [], "auto").length).toBeGreaterThan(600);
  });

  test("leaves the profiling fields out when profiling is off", () => {
    expect(selectFields(["profiling", 150], [], "off").map(({ field }) => field.id)).toEqual([150]);
  });

  test.each([
    [
      "DCGM_FI_DEV_GPU_TMP",
      '"DCGM_FI_DEV_GPU_TMP" is not a DCGM field, family or preset. Did you mean "DCGM_FI_DEV_GPU_TEMP"?',
    ],
    ["proflling", '"proflling" is not a DCGM field, family or preset. Did you mean "profiling"?'],
    ["qqqqqqqqqqqqqqqq", '"qqqqqqqqqqqqqqqq" is not a DCGM field, family or preset'],
    ["9999", "9999 is not the id of a DCGM field that this version knows"],
  ])("refuses %s", (entry, message) => {
    expect(fieldProblem(entry)).toBe(message);
  });

  test("suggests nothing where nothing is near", () => {
    expect(closest("abc", ["xyz"])).toBeUndefined();
  });
});

describe("a counters file of dcgm-exporter", () => {
  test("is read with comments, blank lines, blanks around cells, quoted helps and names of every generation", () => {
    const { counters, computed, problems, ignored } = parseCountersFile(
      `# Format
DCGM_FI_DEV_SM_CLOCK,  gauge, SM clock frequency (in MHz).

  # indented
DCGM_FI_DEV_DEC_UTIL ,     gauge, Decoder utilization (in %).\r
dcgm_gpu_temp, gauge, "Temperature, in C."
DCGM_FI_DEV_BOARD_POWER_WATTS, gauge, Power
DCGM_FI_DRIVER_VERSION, label, Driver Version
DCGM_EXP_XID_ERRORS_COUNT, counter, XIDs
DCGM_EXP_GPU_HEALTH_STATUS, gauge, Health
`,
      "counters.csv",
    );
    expect(problems).toEqual([]);
    expect(counters.map(({ field, name, type, help }) => [field.id, name, type, help])).toEqual([
      [100, "DCGM_FI_DEV_SM_CLOCK", "gauge", "SM clock frequency (in MHz)."],
      [207, "DCGM_FI_DEV_DEC_UTIL", "gauge", "Decoder utilization (in %)."],
      [150, "dcgm_gpu_temp", "gauge", "Temperature, in C."],
      [155, "DCGM_FI_DEV_BOARD_POWER_WATTS", "gauge", "Power"],
      [1, "DCGM_FI_DRIVER_VERSION", "label", "Driver Version"],
    ]);
    expect(computed).toEqual([
      { name: "DCGM_EXP_XID_ERRORS_COUNT", type: "counter", help: "XIDs", event: "xid", cumulative: false },
    ]);
    expect(ignored).toEqual([
      "counters.csv:10: DCGM_EXP_GPU_HEALTH_STATUS is not served: health is shown by hw.status",
    ]);
  });

  test("is refused with every problem and its line", () => {
    const { problems } = parseCountersFile(
      `DCGM_FI_DEV_SM_CLOCK, gauge
DCGM_FI_DEV_GPU_TEMP, gauge, Temperature, in C
DCGM_FI_DEV_GPU_TMP, gauge, x
DCGM_FI_DEV_FB_USED, gage, x
DCGM_FI_DEV_FB_FREE, histogram, x
DCGM_FI_DEV_NAME, gauge, x
DCGM_FI_DEV_FB_TOTAL, gauge, x
DCGM_FI_DEV_FB_TOTAL, gauge, x
DCGM_EXP_XID_ERRORS_TOTAL, label, x
DCGM_EXP_CLOCK_EVENTS_TOTAL, counter, x
DCGM_EXP_CLOCK_EVENTS_TOTAL, counter, x
`,
      "c.csv",
    );
    expect(problems).toEqual([
      "c.csv:1: expected 3 columns (field, type, help), found 2",
      "c.csv:2: expected 3 columns (field, type, help), found 4. Put the help text in quotes when it holds a comma",
      'c.csv:3: "DCGM_FI_DEV_GPU_TMP" is not a DCGM field. Did you mean "DCGM_FI_DEV_GPU_TEMP"?',
      'c.csv:4: "gage" is not one of gauge, counter, label, histogram, summary',
      "c.csv:5: DCGM has no histogram values. Write gauge or counter",
      'c.csv:6: DCGM_FI_DEV_NAME holds a text. Only "label" can show a text',
      "c.csv:8: DCGM_FI_DEV_FB_TOTAL stands on line 7 already",
      "c.csv:9: DCGM_EXP_XID_ERRORS_TOTAL is a number. Write gauge or counter, not label",
      "c.csv:11: DCGM_EXP_CLOCK_EVENTS_TOTAL stands in the file already",
    ]);
  });

  test("may come from Windows: a byte order mark, line ends of two characters and tabs", () => {
    const { counters, problems } = parseCountersFile(
      '\uFEFFDCGM_FI_DEV_GPU_TEMP,\tgauge\t, "in C, not F"\r\n# end\r\n',
      "c.csv",
    );
    expect(problems).toEqual([]);
    expect(counters.map(({ name, type, help }) => [name, type, help])).toEqual([
      ["DCGM_FI_DEV_GPU_TEMP", "gauge", "in C, not F"],
    ]);
  });

  test("shows a field under the first of its names and says that of the others", () => {
    const { counters, problems, ignored } = parseCountersFile(
      "DCGM_FI_DEV_GPU_TEMP, gauge, x\nDCGM_FI_DEV_GPU_TEMP_CELSIUS, gauge, x\n",
      "c.csv",
    );
    expect([counters.map(({ name }) => name), problems, ignored]).toEqual([
      ["DCGM_FI_DEV_GPU_TEMP"],
      [],
      ["c.csv:2: DCGM_FI_DEV_GPU_TEMP_CELSIUS is not served: it is the field of line 1, shown as DCGM_FI_DEV_GPU_TEMP"],
    ]);
  });

  test.each([
    ["nothing", "", 'c.csv: it names no field. A line is "FIELD, type, help"'],
    ["comments only", "# none\n", 'c.csv: it names no field. A line is "FIELD, type, help"'],
    ["a quote without an end", 'gpu_temp, gauge, "in C', "c.csv:1: a quote is opened and not closed"],
  ])("is refused with %s in it", (_what, text, problem) => {
    expect(parseCountersFile(text, "c.csv").problems).toEqual([problem]);
  });

  test("is not looked at after its twentieth problem: what is no counters file may have 100,000 lines", () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `DCGM_FI_DEV_NONSENSE_${i}, gauge, x`).join("\n");
    const { problems } = parseCountersFile(text, "c.csv");
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe("c.csv: after 20 problems, line 21 and those that follow were not looked at");
  });
});

describe("factors", () => {
  test.each([
    [203, 57, 0.57],
    [252, 81_559, 85_520_809_984],
    [100, 1980, 1_980_000_000],
    [240, 1_500_000_000, 1.5],
    [156, 123_456_789, 123_456.789],
    [449, 25, 25_600_000],
    [191, 33, 0.33],
    [155, 701.5, 701.5],
    [1120, 3_400_000, 3_400_000_000],
    [701, 850, 0.85],
  ])("of field %i turns %d into %d", (id, raw, value) => {
    expect(scaled(raw, allMappings().get(id)!.factor)).toBe(value);
  });
});
