/** As many as a GPU has fields: a fleet of entities, each with one series in every family. */
const FAMILIES = 100;

/** What every server shows: N series in 100 families, 8 labels each, about 230 bytes a line. */
export interface Workload {
  readonly families: readonly { readonly name: string; readonly labels: readonly Readonly<Record<string, string>>[] }[];
  /** Series i belongs to family i % 100. */
  readonly count: number;
  /** The values of step 0, 1, 2, …; call it once for each. With `tenth`, one series in ten has another value than before. */
  next(tenth: boolean): Float64Array;
  /** The series whose value differs from the step before. */
  changed(tenth: boolean): Iterable<number>;
}

/** Makes the workload for `count` series; the same for the same count. */
export function workload(count: number): Workload {
  const random = generator(count);
  const entities = Array.from({ length: Math.ceil(count / FAMILIES) }, (_, entity) => ({
    uuid: `GPU-${hex(random, 8)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 12)}`,
    gpu: String(entity % 8),
    device: `nvidia${entity % 8}`,
    host: `node-${String(entity >> 3).padStart(5, "0")}.cluster.example`,
    model: "NVIDIA H100 80GB HBM3",
    namespace: `team-${entity % 17}`,
    pod: `training-job-${entity % 997}-worker-${entity % 31}`,
    container: "main",
  }));
  const families = Array.from({ length: FAMILIES }, (_, family) => ({
    name: `bench_metric_number_${String(family).padStart(3, "0")}`,
    labels: entities.slice(0, Math.ceil((count - family) / FAMILIES)),
  }));
  const steps = Array.from({ length: 7 }, () => Float64Array.from({ length: count }, (_, i) => valueOf(i, random)));
  const current = Float64Array.from(steps[0]!);
  let step = 0;
  return {
    families,
    count,
    next(tenth) {
      step++;
      const from = steps[step % steps.length]!;
      if (tenth) for (let i = step % 10; i < count; i += 10) current[i] = from[i]!;
      else current.set(from);
      return current;
    },
    *changed(tenth) {
      for (let i = tenth ? step % 10 : 0; i < count; i += tenth ? 10 : 1) yield i;
    },
  };
}

/** 40 % small integers, 20 % integers of 12 digits, 20 % with three decimals, 20 % full doubles. */
function valueOf(i: number, random: () => number): number {
  const kind = i % 5;
  if (kind < 2) return Math.floor(random() * 1000);
  if (kind === 2) return Math.floor(random() * 1e12);
  return kind === 3 ? Math.round(random() * 1e6) / 1e3 : random() * 1e4;
}

/** mulberry32: the same numbers in every process. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function hex(random: () => number, digits: number): string {
  let text = "";
  for (let i = 0; i < digits; i++) text += Math.floor(random() * 16).toString(16);
  return text;
}
