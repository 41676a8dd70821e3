import { deliveryOptions } from "@tracecore/core/delivery";
import { describe, expect, test } from "vitest";
import * as z from "zod";

describe("options of delivery", () => {
  test("refuses a max_size that batches of min_size would break", () => {
    const parse = (max_size: number): unknown =>
      z.strictObject(deliveryOptions).safeParse({ sending_queue: { batch: { min_size: 100, max_size } } });
    expect([parse(100), parse(0)]).toEqual([
      expect.objectContaining({ success: true }),
      expect.objectContaining({ success: true }),
    ]);
    expect(parse(99)).toMatchObject({
      error: {
        issues: [
          {
            path: ["sending_queue", "batch", "max_size"],
            message:
              "a batch of min_size (100) would be larger than max_size. Give max_size at least that, or a smaller min_size",
          },
        ],
      },
    });
  });

  test("takes a batch that is off for none, and one of no size for one that waits for nothing", () => {
    const queueWith = (batch: object): unknown =>
      z.strictObject(deliveryOptions).parse({ sending_queue: { batch } }).sending_queue.batch;
    expect(queueWith({ enabled: false, min_size: 10, max_size: 1 })).toBeUndefined();
    expect(queueWith({ min_size: 0, max_size: 50 })).toMatchObject({ min_size: 0, max_size: 50 });
  });

  test("refuses options of a queue that do not go together, each once", () => {
    const issuesOf = (sending_queue: object): unknown => {
      const { error } = z.strictObject(deliveryOptions).safeParse({ sending_queue });
      return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    };
    expect(issuesOf({ overflow: "drop_oldest", block_on_overflow: true })).toEqual([
      'sending_queue.block_on_overflow: "overflow" says "drop_oldest". Leave one of them out',
    ]);
    expect(issuesOf({ overflow: "drop_oldest", block_on_overflow: false })).toBeUndefined();
    const items = (queue_size: number): object => ({ queue_size, sizer: "items", batch: { min_size: 100 } });
    expect(issuesOf(items(100))).toBeUndefined();
    expect(issuesOf(items(99))).toEqual([
      "sending_queue.batch.min_size: the queue holds 99 items: a batch would never have min_size (100). Give queue_size at least that, or a smaller min_size",
    ]);
    expect(issuesOf({ ...items(99), sizer: "requests" })).toBeUndefined();
    expect(issuesOf({ ...items(99), enabled: false })).toBeUndefined();
    expect(issuesOf({ batch: { max_size: -1 } })).toHaveLength(1);
  });
});
